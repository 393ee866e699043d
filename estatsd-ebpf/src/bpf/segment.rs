//! Each segment received in ESTABLISHED, before it is processed, with the socket locked.

use core::ffi::c_void;

use aya_ebpf::{macros::btf_tracepoint, programs::BtfTracePointContext};

use crate::{kernel::TcpSock, storage};

#[btf_tracepoint(function = "tcp_probe")]
fn segment(ctx: BtfTracePointContext) -> i32 {
    if let Some(tp) = TcpSock::from_sock(ctx.arg::<*mut c_void>(0))
        && let Some(record) = storage::get(tp)
    {
        record.settle(&tp.sample());
    }
    0
}
