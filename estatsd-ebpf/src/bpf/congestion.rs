//! Changes of the sender's congestion state, with the old state still in the socket.

use core::ffi::c_void;

use aya_ebpf::{macros::btf_tracepoint, programs::BtfTracePointContext};
use estatsd_ebpf::congestion::StateChange;

use crate::{
    control::control,
    kernel::{TcpSock, load},
    storage,
};

#[btf_tracepoint(function = "tcp_cong_state_set")]
fn congestion(ctx: BtfTracePointContext) -> i32 {
    if let Some(tp) = TcpSock::from_sock(ctx.arg::<*mut c_void>(0))
        && let Some(record) = storage::get(tp)
    {
        let mut change = StateChange {
            new: ctx.arg::<u64>(1) as u8,
            backoff: load!(tp.as_ptr(), icsk_backoff: u8),
            retransmits: load!(tp.as_ptr(), icsk_retransmits: u8),
            high_seq: load!(tp.as_ptr(), high_seq: u32),
            prior_cwnd: load!(tp.as_ptr(), prior_cwnd: u32),
            prior_ssthresh: load!(tp.as_ptr(), prior_ssthresh: u32),
            last_cwnd: 0,
            sample_us: 0,
        };
        record.state_change(&tp.sample(), &mut change, control().tables);
    }
    0
}
