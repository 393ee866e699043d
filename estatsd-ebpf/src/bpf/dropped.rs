//! Packets that the host itself drops, on their way out or in.

use core::ffi::c_void;

use aya_ebpf::{macros::btf_tracepoint, programs::BtfTracePointContext};

use crate::{
    kernel::{TcpSock, fact, load, offset, present, state},
    storage,
};

/// `kfree_skb` passes so many arguments where it says for which socket a received packet was.
const WITH_RECEIVER: usize = 4;

const IPPROTO_TCP: u16 = 6;

/// The kernel has this reason, and it is the one given.
macro_rules! is {
    ($reason:expr, $wanted:ident) => {
        present!($wanted) && $reason == fact!(Offset of $wanted)
    };
}

#[btf_tracepoint(function = "kfree_skb")]
fn dropped(ctx: BtfTracePointContext) -> i32 {
    let reason = u64::from(ctx.arg::<u64>(2) as u32);
    if is!(reason, drop_qdisc) || is!(reason, drop_overlimit) {
        if let Some(record) = sender(ctx.arg::<*const c_void>(0)).and_then(storage::get) {
            record.send_limits.stalled();
        }
    } else if is!(reason, drop_checksum) {
        corrupted(&ctx);
    }
    0
}

/// A segment has a wrong checksum. It is found out before the search for its socket, but for those of which a shorter way to the socket
/// is known by then; or behind it.
#[inline(always)]
fn corrupted(ctx: &BtfTracePointContext) {
    if offset!(kfree_skb) >= WITH_RECEIVER
        && let Some(tp) = connection(ctx.arg::<*mut c_void>(3))
    {
        if let Some(record) = storage::get(tp) {
            record.segments.corrupted(true);
        }
    } else if let Some(record) = sender(ctx.arg::<*const c_void>(0)).and_then(storage::get) {
        record.segments.corrupted(false);
    }
}

/// The connection that a packet belongs to by itself, if a process holds its socket.
///
/// The verifier lends the socket of a packet to no helper. That of the file behind it, which is the same one, it does. (A subflow of
/// multipath TCP has the file of the whole connection, which is no `tcp_sock`.)
#[inline(always)]
fn sender(skb: *const c_void) -> Option<TcpSock> {
    let sk = load!(skb, skb_sk: *const c_void);
    // Requests and sockets in TIME-WAIT are smaller, and have no file.
    if sk.is_null() || !state::full(load!(sk, skc_state: u8)) || load!(sk, sk_protocol: u16) != IPPROTO_TCP {
        return None;
    }
    let file = load!(sk, sk_socket: *const c_void);
    if file.is_null() {
        return None;
    }
    connection(load!(file, socket_sk: *mut c_void))
}

/// The connection behind a socket that there may be or not.
#[inline(always)]
fn connection(sk: *mut c_void) -> Option<TcpSock> {
    if sk.is_null() { None } else { TcpSock::from_sock(sk) }
}
