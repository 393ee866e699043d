//! Each packet of a socket, as it enters and leaves the host's IP layer.

use core::{ffi::c_void, ptr};

use aya_ebpf::{macros::cgroup_skb, programs::SkBuffContext};
use estatsd_ebpf::header::{Header, Packet};

use crate::{
    kernel::{TcpSock, state},
    storage,
};

/// What both programs answer: let the packet pass.
const PASS: i32 = 1;

const IPPROTO_TCP: u8 = 6;
const IPV6_HEADER: usize = 40;
const TCP_HEADER: usize = 20;

#[cgroup_skb(ingress)]
fn ingress(ctx: SkBuffContext) -> i32 {
    if let Some(tp) = socket(&ctx)
        && tp.state() != state::LISTEN
        && let Some(record) = storage::get(tp)
        && let Some(packet) = parse(&ctx)
    {
        let header = &mut record.header;
        // The socket is not locked here, but packets of one connection are not received on two processors at once.
        header.data_octets_in += u64::from(packet.payload);
        header.ttl_in = packet.ttl;
        header.tos_in = packet.tos;
        header.seen |= Header::RECEIVED;
        // Only ESTABLISHED has the tracepoint that `segment` hangs on.
        if state::closing(tp.state()) {
            record.settle(&tp.sample());
        }
    }
    PASS
}

#[cgroup_skb(egress)]
fn egress(ctx: SkBuffContext) -> i32 {
    if let Some(tp) = socket(&ctx)
        && tp.state() != state::LISTEN
        && let Some(record) = storage::get(tp)
        && let Some(packet) = parse(&ctx)
    {
        record.header.tos_out = packet.tos;
        record.header.seen |= Header::SENT;
        record.windows.sent(tp.rcv_wnd());
        record.pipe.sent(&tp.sample(), packet.seq, packet.sequence_length());
    }
    PASS
}

#[inline(always)]
fn socket(ctx: &SkBuffContext) -> Option<TcpSock> {
    // SAFETY: a field of the context; the verifier checks the access.
    let sk: *mut c_void = unsafe { (*ctx.skb.skb).__bindgen_anon_2.sk }.cast();
    if sk.is_null() { None } else { TcpSock::from_sock(sk) }
}

/// Reads the IP and TCP headers. The packet starts with its IP header at both hooks.
#[inline(always)]
fn parse(ctx: &SkBuffContext) -> Option<Packet> {
    // SAFETY: fields of the context; the verifier checks the accesses.
    let (data, end) = unsafe { ((*ctx.skb.skb).data as usize, (*ctx.skb.skb).data_end as usize) };
    // No TCP packet is shorter than two minimal headers.
    if data + IPV6_HEADER > end {
        return None;
    }
    let octet = |n: usize| {
        // SAFETY: below the 40 octets that were just checked.
        unsafe { ptr::read_volatile((data + n) as *const u8) }
    };
    let (ip_header, protocol, ttl, tos) = if octet(0) >> 4 == 4 {
        (usize::from(octet(0) & 0x0f) * 4, octet(9), octet(8), octet(1))
    } else {
        // Extension headers before TCP are not looked through: such a packet is passed over.
        (IPV6_HEADER, octet(6), octet(7), octet(0) << 4 | octet(1) >> 4)
    };
    let tcp = data + ip_header;
    if protocol != IPPROTO_TCP || tcp + TCP_HEADER > end {
        return None;
    }
    // SAFETY: within the TCP header that was just checked.
    let (seq, offset, flags) = unsafe {
        (
            ptr::read_unaligned((tcp + 4) as *const u32),
            ptr::read_volatile((tcp + 12) as *const u8),
            ptr::read_volatile((tcp + 13) as *const u8),
        )
    };
    let headers = ip_header as u32 + u32::from(offset >> 4) * 4;
    // The whole packet's length, of which a GSO or GRO packet's IP header says nothing reliable.
    let payload = ctx.len().saturating_sub(headers);
    Some(Packet {
        seq: u32::from_be(seq),
        payload,
        ttl,
        tos,
        flags,
    })
}
