//! Each segment received in ESTABLISHED, before it is processed, with the socket locked.

use core::ffi::c_void;

use aya_ebpf::{helpers::generated::bpf_probe_read_kernel, macros::btf_tracepoint, programs::BtfTracePointContext};
use estatsd_ebpf::{Record, Sample, Tables, header::Packet, reordering::Repeated, sample::before, segments::Incoming};

use crate::{
    control::control,
    kernel::{TcpSock, load, load_bits, offset},
    lifecycle, storage,
};

#[btf_tracepoint(function = "tcp_probe")]
fn segment(ctx: BtfTracePointContext) -> i32 {
    let Some(tp) = TcpSock::from_sock(ctx.arg::<*mut c_void>(0)) else {
        return 0;
    };
    let skb = ctx.arg::<*const c_void>(1);
    let on = control().tables;
    match storage::get(tp) {
        Some(record) if record.cookie != 0 => {
            let snd_una = load!(tp.as_ptr(), snd_una: u32);
            let write_seq = load!(tp.as_ptr(), write_seq: u32);
            if record.sender_rests(snd_una, write_seq) {
                // Most segments of a download, say: half of the work is of no use for them.
                let now = tp.receiver_sample(snd_una);
                record.settle_receiver(&now, on);
                look(tp, skb, &now, record, on);
                record.arrive_at_rest(&now, on, || tp.clocks());
            } else if record.untroubled(tp.open()) {
                // Nearly all others.
                let timestamps = record.flags & Record::TIMESTAMPS != 0;
                let now = tp.untroubled_sample(snd_una, write_seq, timestamps);
                if !record.cwnd.rests(now.snd_cwnd) {
                    record.cwnd.governed(tp.autonomous());
                }
                record.settle_untroubled(&now, on);
                let fresh = look(tp, skb, &now, record, on);
                record.arrive(&now, on, fresh, || tp.clocks());
            } else {
                let now = tp.sample();
                record.cwnd.governed(tp.autonomous());
                record.settle(&now, on);
                look(tp, skb, &now, record, on);
                record.last_ns = now.clocks.now_ns;
            }
        }
        _ => {
            if let Some((record, opener)) = lifecycle::discover(tp) {
                lifecycle::announce(tp, record, &opener);
            }
        }
    }
    0
}

/// Looks at the segment itself. Its control block has been filled from the headers (`tcp_v4_fill_cb()`). Says whether it acknowledges
/// something new and has nothing about it for which TCP would not take it.
#[inline(always)]
fn look(tp: TcpSock, skb: *const c_void, now: &Sample, record: &mut Record, on: Tables) -> bool {
    let flags = load!(skb, cb_tcp_flags: u8);
    let ack = load!(skb, cb_ack_seq: u32);
    let fresh = flags & (Packet::ACK | Packet::SYN | Packet::RST) == Packet::ACK
        && before(now.snd_una, ack)
        && !before(now.snd_nxt, ack);
    if !on.any(Tables::SEGMENTS.with(Tables::REORDERING)) {
        return fresh;
    }
    let end_seq = load!(skb, cb_end_seq: u32);
    let incoming = Incoming {
        seq: load!(skb, cb_seq: u32),
        end_seq,
        ack,
        flags,
        reset_at: if flags & Packet::RST != 0 && load_bits!(tp.as_ptr(), sack_ok) & 1 != 0 {
            now.rcv_nxt.wrapping_add(now.reassembly)
        } else {
            now.rcv_nxt
        },
        window_end: if before(now.rcv_nxt, end_seq) {
            load!(tp.as_ptr(), rcv_wup: u32).wrapping_add(tp.rcv_wnd())
        } else {
            now.rcv_nxt
        },
    };
    if on.any(Tables::SEGMENTS) {
        record.segments.check(&now.expected(), &incoming);
    }
    // Only what may be a duplicate ACK, or come before one, is worth a look at its header.
    if on.any(Tables::REORDERING)
        && now.packets_out > 0
        && flags & Packet::ACK != 0
        && !before(now.snd_una, incoming.ack)
    {
        let mut header = [0u8; 16];
        let data = load!(skb, skb_data: *const c_void);
        // SAFETY: the destination has the size that is read; a bad source gives an error, not a fault.
        unsafe { bpf_probe_read_kernel((&raw mut header).cast(), 16, data) };
        let repeated = Repeated {
            pure: incoming.seq == incoming.end_seq
                && incoming.ack == now.snd_una
                && flags & (Packet::FIN | Packet::SYN | Packet::RST) == 0,
            window: u16::from_be_bytes([header[14], header[15]]),
            window_scale: load_bits!(tp.as_ptr(), snd_wscale),
            segments: segments(skb),
            sack: load_bits!(tp.as_ptr(), sack_ok) & 1 != 0,
            sacked_out: load!(tp.as_ptr(), sacked_out: u32),
            dsack_dups: load!(tp.as_ptr(), dsack_dups: u32),
        };
        record.reordering.received(now, &repeated);
    }
    fresh && !record.segments.failed()
}

/// Segments that a buffer stands for: ACKs that wait for a busy socket are merged (`tcp_add_backlog()`).
#[inline(always)]
fn segments(skb: *const c_void) -> u16 {
    let shared = load!(skb, skb_head: u64) + u64::from(load!(skb, skb_end: u32)) + offset!(shared_gso_segs) as u64;
    let mut merged = 0u16;
    // SAFETY: the destination has the size that is read; a bad source gives an error, not a fault.
    unsafe { bpf_probe_read_kernel((&raw mut merged).cast(), 2, shared as *const c_void) };
    if merged == 0 { 1 } else { merged }
}
