//! Programs that do nothing, at the hooks that fire for each packet: what the kernel takes for running any program there.
//!
//! Only the benchmark loads them, beside the daemon's, so that both run for the same packets.
#![no_std]
#![no_main]

use aya_ebpf::{
    macros::{btf_tracepoint, cgroup_skb},
    programs::{BtfTracePointContext, SkBuffContext},
};

/// Let the packet pass.
const PASS: i32 = 1;

#[btf_tracepoint(function = "tcp_probe")]
fn segment(_: BtfTracePointContext) -> i32 {
    0
}

#[cgroup_skb(ingress)]
fn ingress(_: SkBuffContext) -> i32 {
    PASS
}

#[cgroup_skb(egress)]
fn egress(_: SkBuffContext) -> i32 {
    PASS
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: nothing in these programs panics.
    unsafe { core::hint::unreachable_unchecked() }
}

#[unsafe(link_section = "license")]
#[unsafe(no_mangle)]
static LICENSE: [u8; 13] = *b"Dual MIT/GPL\0";
