//! Each write of the application, before its octets are queued, with the socket locked.
//!
//! A write after a pause is where a window that went unused is given up; and one that finds the peer's window closed sends nothing, so
//! that no packet tells when it came.

use core::ffi::c_void;

use aya_ebpf::{macros::btf_tracepoint, programs::BtfTracePointContext};

use crate::{
    control::control,
    kernel::{TcpSock, load, state},
    storage,
};

#[btf_tracepoint(function = "tcp_sendmsg_locked")]
fn written(ctx: BtfTracePointContext) -> i32 {
    // In the states that close a connection `ingress` may be at the record, without the lock.
    if let Some(tp) = TcpSock::from_sock(ctx.arg::<*mut c_void>(0))
        && tp.state() == state::ESTABLISHED
        // What is added to waiting data changes nothing.
        && load!(tp.as_ptr(), write_seq: u32) == load!(tp.as_ptr(), snd_nxt: u32)
        && let Some(record) = storage::get(tp)
        && record.cookie != 0
    {
        let on = control().tables;
        if record.cwnd.rests(load!(tp.as_ptr(), snd_cwnd: u32)) {
            // Most writes of a dialogue, say: a fraction of the work is enough.
            record.settle_wait(&tp.waiting_sample(), on);
        } else {
            record.cwnd.governed(tp.autonomous());
            record.settle(&tp.sample(), on);
        }
    }
    0
}
