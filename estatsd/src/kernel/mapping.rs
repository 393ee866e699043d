//! Pages of a BPF map in this process's address space.

use std::{num::NonZeroUsize, os::fd::BorrowedFd, ptr::NonNull};

use nix::{
    errno::Errno,
    sys::mman::{MapFlags, ProtFlags, mmap, munmap},
};

/// What a page of memory holds on this system, octets.
pub(super) fn page_size() -> usize {
    // SAFETY: sysconf has no preconditions.
    usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
}

/// Mapped pages of a BPF map, shared with the kernel.
pub(super) struct Mapping {
    address: NonNull<libc::c_void>,
    length: NonZeroUsize,
}

impl Mapping {
    /// Maps `length` octets of a map from `offset` on; both are whole pages.
    ///
    /// # Errors
    ///
    /// The kernel refuses.
    pub(super) fn new(
        map: BorrowedFd<'_>,
        offset: usize,
        length: NonZeroUsize,
        protection: ProtFlags,
    ) -> Result<Mapping, Errno> {
        let offset = libc::off_t::try_from(offset).map_err(|_| Errno::EINVAL)?;
        // SAFETY: a new mapping at an address of the kernel's choice; it keeps the map alive.
        let address = unsafe { mmap(None, length, protection, MapFlags::MAP_SHARED, map, offset) }?;
        Ok(Mapping { address, length })
    }

    /// Where it begins.
    pub(super) fn address(&self) -> NonNull<libc::c_void> {
        self.address
    }

    /// Octets of it.
    pub(super) fn length(&self) -> usize {
        self.length.get()
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: mapped by `new`, and nothing borrows it any more.
        let _ = unsafe { munmap(self.address, self.length.get()) };
    }
}
