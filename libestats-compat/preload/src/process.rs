//! What happens when the library is loaded, and telling this process from a `vfork` child that borrows its memory.
//!
//! A child of `fork` has its own copy of the descriptor table of [`crate::descriptor`] and keeps it. A child of `vfork` writes to
//! the parent's copy while it has descriptors of its own: what it closes before `exec` must not be forgotten in the parent.

use crate::real;
use std::sync::atomic::{AtomicI32, Ordering};

/// Process to which the memory belongs; 0 before the library is initialised.
static OWNER: AtomicI32 = AtomicI32::new(0);

extern "C" fn take_ownership() {
    // SAFETY: getpid has no precondition.
    OWNER.store(unsafe { libc::getpid() }, Ordering::Relaxed);
}

extern "C" fn initialise() {
    real::resolve_all();
    take_ownership();
    // SAFETY: the handler is async-signal-safe: a system call and a store. Without it (no memory) children of fork would pass
    // for children of vfork, which leaves their sockets unserved but harms nothing.
    unsafe { libc::pthread_atfork(None, None, Some(take_ownership)) };
}

/// Called by the dynamic linker when the library is loaded.
#[used]
#[unsafe(link_section = ".init_array")]
static INITIALISE: extern "C" fn() = initialise;

/// Whether the calling process is the one whose memory this is.
pub(crate) fn owns_memory() -> bool {
    let owner = OWNER.load(Ordering::Relaxed);
    // SAFETY: getpid has no precondition.
    owner == 0 || owner == unsafe { libc::getpid() }
}
