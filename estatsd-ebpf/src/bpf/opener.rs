//! Who opens a connection or listens, at the moment at which the kernel knows it.

use core::ffi::c_void;

use aya_ebpf::helpers::generated::{bpf_get_current_pid_tgid, bpf_get_current_task_btf, bpf_probe_read_kernel};
use estatsd_ebpf::origin::{COMM, Opener};

use crate::kernel::{load, offset, present};

/// The calling process.
#[inline(always)]
pub(crate) fn current() -> Opener {
    let mut opener = Opener::default();
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
    opener
}
