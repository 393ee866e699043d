//! What the programs are compared with, at the hooks that fire for each packet. Only the benchmark loads them.
//!
//! Empty ones tell what the kernel takes for running any program there. Those that `find` do what none can do without that keeps a
//! record for each connection: they get the socket's storage, and where a segment is received they ask for the time.
#![no_std]
#![no_main]
#![expect(
    clippy::inline_always,
    reason = "inlined as the daemon's programs are, which are compared with these"
)]
#![expect(
    clippy::needless_pass_by_value,
    reason = "the attribute macros call programs with the context by value"
)]

use core::{ffi::c_void, ptr};

use aya_ebpf::{
    bindings::BPF_SK_STORAGE_GET_F_CREATE,
    btf_maps::SkStorage,
    helpers::generated::{bpf_ktime_get_ns, bpf_sk_storage_get, bpf_skc_to_tcp_sock},
    macros::{btf_map, btf_tracepoint, cgroup_skb},
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

/// As large as the daemon's, so that it comes from the same slab.
#[repr(C)]
struct Record {
    last_ns: u64,
    rest: [u64; 54],
}

#[btf_map]
static RECORDS: SkStorage<Record> = SkStorage::new();

#[btf_tracepoint(function = "tcp_probe")]
fn find_segment(ctx: BtfTracePointContext) -> i32 {
    if let Some(record) = find(ctx.arg::<*mut c_void>(0)) {
        // SAFETY: a helper without arguments.
        record.last_ns = unsafe { bpf_ktime_get_ns() };
    }
    0
}

#[cgroup_skb(ingress)]
fn find_ingress(ctx: SkBuffContext) -> i32 {
    found(&ctx)
}

#[cgroup_skb(egress)]
fn find_egress(ctx: SkBuffContext) -> i32 {
    found(&ctx)
}

#[inline(always)]
fn found(ctx: &SkBuffContext) -> i32 {
    // SAFETY: a field of the context; the verifier checks the access.
    let sk: *mut c_void = unsafe { (*ctx.skb.skb).__bindgen_anon_2.sk }.cast();
    if !sk.is_null()
        && let Some(record) = find(sk)
    {
        // Written, as the daemon's is: reading alone would leave the cache line where it is.
        record.rest[0] = record.rest[0].wrapping_add(1);
    }
    PASS
}

/// The record of the TCP connection behind a socket.
#[inline(always)]
fn find(sk: *mut c_void) -> Option<&'static mut Record> {
    // SAFETY: the first helper checks the socket's type by itself, the second one takes what it gives; the storage outlives the
    // program's run, which is what 'static means here.
    unsafe {
        let tp = bpf_skc_to_tcp_sock(sk);
        if tp.is_null() {
            return None;
        }
        let records = (&raw const RECORDS).cast_mut().cast();
        bpf_sk_storage_get(
            records,
            tp.cast(),
            ptr::null_mut(),
            u64::from(BPF_SK_STORAGE_GET_F_CREATE),
        )
        .cast::<Record>()
        .as_mut()
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // SAFETY: nothing in these programs panics.
    unsafe { core::hint::unreachable_unchecked() }
}

#[unsafe(link_section = "license")]
#[unsafe(no_mangle)]
static LICENSE: [u8; 13] = *b"Dual MIT/GPL\0";
