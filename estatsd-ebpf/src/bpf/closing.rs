//! Whether a reset follows when a connection is closed.
//!
//! Its final values are to have the reset, and to be those from before `tcp_disconnect()` empties the socket. The kernel changes the
//! state first. Where a reset does not follow after all, for want of memory, the socket's end tells.

use estatsd_ebpf::sample::before;

use crate::kernel::{TcpSock, load, present, state};

/// Nothing more will be written (`net/sock.h`).
const SEND_SHUTDOWN: u8 = 2;

/// The connection goes from state `old` to CLOSED, and then a reset leaves: that of `__tcp_close()` or `tcp_disconnect()`. When
/// anything else closes it, a reset of the peer or a timer, the socket is given its error before; where TCP's own exchange is over,
/// the state says so. If nobody has the socket any more, it goes at once, and a wrong guess does no harm.
#[inline(always)]
pub(crate) fn reset_follows(tp: TcpSock, old: u8) -> bool {
    // It is being made or dumped by hand, and sends nothing meanwhile.
    if tp.in_repair() {
        return false;
    }
    // Only `close()` shuts down sending in these states: `shutdown()` goes on to the next one.
    let writable = old == state::ESTABLISHED || old == state::CLOSE_WAIT;
    if writable && load!(tp.as_ptr(), sk_shutdown: u8) & SEND_SHUTDOWN != 0 {
        return true;
    }
    // What is above a subflow resets it first, and closes it without an error.
    if is_subflow(tp) || load!(tp.as_ptr(), sk_err: u32) != 0 {
        return false;
    }
    match old {
        state::ESTABLISHED | state::CLOSE_WAIT | state::FIN_WAIT1 => true,
        // TIME-WAIT is a closed state here, and a FIN leads to it.
        state::FIN_WAIT2 => !tp.fin_received() || thrown_away(tp),
        state::CLOSING | state::LAST_ACK => {
            let unsent = load!(tp.as_ptr(), snd_nxt: u32) != load!(tp.as_ptr(), write_seq: u32);
            unsent || thrown_away(tp)
        }
        _ => false,
    }
}

/// `close()` has emptied the receive queue of what the application has not read (RFC 2525, section 2.17).
#[inline(always)]
fn thrown_away(tp: TcpSock) -> bool {
    let end = load!(tp.as_ptr(), rcv_nxt: u32).wrapping_sub(u32::from(tp.fin_received()));
    before(load!(tp.as_ptr(), copied_seq: u32), end) && load!(tp.as_ptr(), receive_queue_length: u32) == 0
}

/// It is a subflow of multipath TCP.
#[inline(always)]
fn is_subflow(tp: TcpSock) -> bool {
    present!(is_mptcp) && load!(tp.as_ptr(), is_mptcp: u8) != 0
}
