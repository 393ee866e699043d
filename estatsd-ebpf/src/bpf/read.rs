//! The read of one connection: run by the daemon, attached to nothing.
//!
//! The daemon hands in the addresses that the open event carried. They may be stale by now: reads of kernel memory through them
//! cannot fault, and the cookies in the record and in the socket tell whether both are still the ones meant.

use core::ffi::c_void;

use aya_ebpf::{
    bindings::BPF_F_MMAPABLE,
    btf_maps::Array,
    helpers::generated::bpf_probe_read_kernel,
    macros::{btf_map, raw_tracepoint},
    programs::RawTracePointContext,
};
use estatsd_ebpf::{
    Record, Snapshot,
    snapshot::{IMAGE_MAX, NO_OWNER},
};

use crate::kernel::{fact, offset};

/// Where `read` leaves its result, mapped by the daemon.
#[btf_map]
static SNAPSHOT: Array<Snapshot, 1, { BPF_F_MMAPABLE as usize }> = Array::new();

/// Copies the connection with the socket at argument 0, the record at argument 1 and the cookie of argument 2. Returns 0, or 1
/// when it is gone.
#[raw_tracepoint]
fn read(ctx: RawTracePointContext) -> i32 {
    let (sk, record, cookie) = (ctx.arg::<u64>(0), ctx.arg::<u64>(1), ctx.arg::<u64>(2));
    let Some(out) = SNAPSHOT.get_ptr_mut(0) else { return 1 };
    let size = fact!(Offset of tcp_sock_size);
    if size > IMAGE_MAX as u64 {
        return 1;
    }
    // SAFETY: `out` is a live map value; each copy goes to a member of at least its size; sources are checked by the helper.
    unsafe {
        if !copy((&raw mut (*out).before).cast(), size as u32, sk)
            || !copy((&raw mut (*out).record).cast(), size_of::<Record>() as u32, record)
            || !copy((&raw mut (*out).after).cast(), size as u32, sk)
            || (*out).record.cookie != cookie
        {
            return 1;
        }
        (*out).ooo_end_seq = 0;
        if word(sk, offset!(out_of_order_queue)) != 0 {
            let last = word(sk, offset!(ooo_last_skb)) + offset!(cb_end_seq) as u64;
            copy((&raw mut (*out).ooo_end_seq).cast(), 4, last);
        }
        (*out).uid = owner(sk, offset!(socket_alloc_uid));
        (*out).gid = owner(sk, offset!(socket_alloc_gid));
    }
    0
}

/// Owner of the inode behind the socket, user or group by where it stands; [`NO_OWNER`] where there is none.
#[inline(always)]
pub(crate) unsafe fn owner(sk: u64, offset: usize) -> u32 {
    let mut id = NO_OWNER;
    // SAFETY: the destination is a local of the size that is read; sources are checked by the helper.
    unsafe {
        let socket = word(sk, offset!(sk_socket));
        if socket != 0 {
            let alloc = socket - (offset!(socket_alloc_socket) - offset!(socket_ops)) as u64;
            copy((&raw mut id).cast(), 4, alloc + offset as u64);
        }
    }
    id
}

/// A pointer-sized word of the structure at `base`; 0 where it cannot be read.
#[inline(always)]
pub(crate) unsafe fn word(base: u64, offset: usize) -> u64 {
    let mut value = 0u64;
    // SAFETY: the destination is a local of the size that is read.
    unsafe { copy((&raw mut value).cast(), 8, base + offset as u64) };
    value
}

#[inline(always)]
pub(crate) unsafe fn copy(to: *mut c_void, size: u32, from: u64) -> bool {
    // SAFETY: the caller vouches for the destination; the helper checks the source.
    unsafe { bpf_probe_read_kernel(to, size, from as *const c_void) == 0 }
}
