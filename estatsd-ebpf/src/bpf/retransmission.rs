//! Segments that are retransmitted.

use core::ffi::c_void;

use aya_ebpf::{macros::btf_tracepoint, programs::BtfTracePointContext};
use estatsd_ebpf::recovery::Retransmission;

use crate::{
    kernel::{TcpSock, load, offset},
    storage,
};

/// The tracepoint passes so many arguments where it fires for failures, too, and says so.
const WITH_ERROR: usize = 3;
/// The segment is taken for lost (`TCPCB_LOST`). One that a tail loss probe repeats is not.
const LOST: u8 = 0x04;

#[btf_tracepoint(function = "tcp_retransmit_skb")]
fn retransmission(ctx: BtfTracePointContext) -> i32 {
    if offset!(tcp_retransmit_skb) >= WITH_ERROR && ctx.arg::<u64>(2) as u32 != 0 {
        return 0;
    }
    let skb = ctx.arg::<*const c_void>(1);
    if load!(skb, cb_sacked: u8) & LOST != 0
        && let Some(tp) = TcpSock::from_sock(ctx.arg::<*mut c_void>(0))
        && let Some(record) = storage::get(tp)
    {
        record.recovery.retransmitted(&Retransmission {
            seq: load!(skb, cb_seq: u32),
            end_seq: load!(skb, cb_end_seq: u32),
            segments: u32::from(load!(skb, cb_segments: u16)),
            retrans_out: load!(tp.as_ptr(), retrans_out: u32),
        });
    }
    0
}
