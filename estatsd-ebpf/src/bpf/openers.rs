//! Who opened a connection, from the moment at which the kernel knows it to the one at which the connection is announced.

use core::{ffi::c_void, ptr};

use aya_ebpf::{
    bindings::{BPF_F_CLONE, BPF_F_NO_PREALLOC, BPF_SK_STORAGE_GET_F_CREATE, bpf_map_type::BPF_MAP_TYPE_SK_STORAGE},
    helpers::generated::{
        bpf_get_current_pid_tgid, bpf_get_current_task_btf, bpf_probe_read_kernel, bpf_sk_storage_delete,
        bpf_sk_storage_get,
    },
    macros::btf_map,
};
use estatsd_ebpf::{
    Event,
    origin::{COMM, Opener},
};

use crate::kernel::{TcpSock, load, offset, present};

/// A socket storage whose values the kernel copies when a listener's socket is cloned for a new connection. aya's own has no such
/// flag. The types tell the loader the definition; nothing is ever behind the pointers.
#[repr(C)]
struct ClonedStorage<T> {
    r#type: *const [i32; BPF_MAP_TYPE_SK_STORAGE as usize],
    key: *const i32,
    value: *const T,
    max_entries: *const [i32; 0],
    map_flags: *const [i32; (BPF_F_NO_PREALLOC | BPF_F_CLONE) as usize],
}

// SAFETY: there is nothing behind the pointers.
unsafe impl<T> Sync for ClonedStorage<T> {}

#[btf_map]
static OPENERS: ClonedStorage<Opener> = ClonedStorage {
    r#type: ptr::null(),
    key: ptr::null(),
    value: ptr::null(),
    max_entries: ptr::null(),
    map_flags: ptr::null(),
};

/// Notes the calling process: it is opening the connection, or the listener.
#[inline(always)]
pub(crate) fn note(tp: TcpSock) {
    if let Some(opener) = lookup(tp, u64::from(BPF_SK_STORAGE_GET_F_CREATE)) {
        // SAFETY: helpers without arguments.
        let task = unsafe {
            opener.pid = (bpf_get_current_pid_tgid() >> 32) as u32;
            bpf_get_current_task_btf().cast::<c_void>()
        };
        if present!(task_group_leader) && present!(task_comm) {
            // Threads have names of their own; the first one's is that of the process.
            let leader = load!(task, task_group_leader: *const u8);
            // SAFETY: the destination has the size that is read; a bad source gives an error, not a fault.
            unsafe {
                let comm = leader.add(offset!(task_comm));
                bpf_probe_read_kernel((&raw mut opener.comm).cast(), COMM as u32, comm.cast());
            }
        }
    }
}

/// Tells of the process that opened the connection, if it was noted.
#[inline(always)]
pub(crate) fn tell(tp: TcpSock, event: &mut Event) {
    if let Some(opener) = lookup(tp, 0) {
        event.pid = opener.pid;
        event.comm = opener.comm;
    }
}

/// The process that was noted; all zero if none was.
#[inline(always)]
pub(crate) fn noted(tp: TcpSock) -> Opener {
    lookup(tp, 0).copied().unwrap_or_default()
}

/// Forgets the process: it has been told of.
#[inline(always)]
pub(crate) fn forget(tp: TcpSock) {
    // SAFETY: both are what the helper wants.
    unsafe { bpf_sk_storage_delete((&raw const OPENERS).cast_mut().cast(), tp.as_ptr()) };
}

#[inline(always)]
fn lookup(tp: TcpSock, flags: u64) -> Option<&'static mut Opener> {
    // SAFETY: both are what the helper wants. The storage outlives the program's run, which is what 'static means here.
    unsafe {
        bpf_sk_storage_get(
            (&raw const OPENERS).cast_mut().cast(),
            tp.as_ptr(),
            ptr::null_mut(),
            flags,
        )
        .cast::<Opener>()
        .as_mut()
    }
}
