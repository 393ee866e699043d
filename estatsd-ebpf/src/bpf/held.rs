//! Walks over all open files of all processes.

use core::ffi::c_void;

use aya_ebpf::{bindings::seq_file, helpers::generated::bpf_seq_write};
use estatsd_ebpf::Held;

use crate::kernel::load;

/// The file system of namespaces (`linux/magic.h`).
const NSFS_MAGIC: u64 = 0x6e73_6673;

/// `struct bpf_iter__task_file`.
#[repr(C)]
struct IterTaskFile {
    meta: *const *mut seq_file,
    task: *const c_void,
    descriptor: u64,
    file: *const c_void,
}

/// Writes a [`Held`] for every namespace that is open, of whichever kind.
#[unsafe(no_mangle)]
#[unsafe(link_section = "iter/task_file")]
extern "C" fn held(ctx: *const IterTaskFile) -> i32 {
    // SAFETY: the context of an iterator over open files; the verifier checks the accesses.
    let (seq, task, descriptor, file) = unsafe { (*(*ctx).meta, (*ctx).task, (*ctx).descriptor, (*ctx).file) };
    if task.is_null() || file.is_null() {
        return 0;
    }
    let inode = load!(file, file_inode: *const c_void);
    let file_system = load!(inode, inode_sb: *const c_void);
    if load!(file_system, sb_magic: u64) == NSFS_MAGIC {
        let held = Held {
            thread: load!(task, task_pid: u32),
            descriptor: descriptor as u32,
        };
        // SAFETY: what is written is initialised and without padding; `seq` is the iterator's own file.
        unsafe { bpf_seq_write(seq, (&raw const held).cast(), size_of::<Held>() as u32) };
    }
    0
}
