//! A BPF array of one element, mapped into this process: what a program leaves there is read without a system call.

use std::{marker::PhantomData, num::NonZeroUsize, os::fd::AsFd as _};

use anyhow::{Context as _, Result};
use aya::{Ebpf, maps::Map};
use nix::sys::mman::ProtFlags;

use super::mapping::{Mapping, page_size};

/// The element of the array, shared with the kernel.
pub(super) struct Mapped<T> {
    pages: Mapping,
    element: PhantomData<T>,
}

impl<T> Mapped<T> {
    /// Maps the array called `name`. `T` must be the type of its element, and any bit pattern must be a valid `T`.
    ///
    /// # Errors
    ///
    /// There is no such array, or it cannot be mapped.
    pub(super) fn new(ebpf: &mut Ebpf, name: &str) -> Result<Mapped<T>> {
        let map = ebpf
            .take_map(name)
            .with_context(|| format!("the BPF object has no map {name}"))?;
        let Map::Array(data) = map else {
            anyhow::bail!("the BPF object's map {name} is no array")
        };
        let length = NonZeroUsize::new(size_of::<T>().next_multiple_of(page_size())).context("an empty element")?;
        let protection = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        let pages = Mapping::new(data.fd().as_fd(), 0, length, protection)
            .with_context(|| format!("cannot map the BPF map {name}"))?;
        Ok(Mapped {
            pages,
            element: PhantomData,
        })
    }

    /// The element, for a type that programs may write at any time: an atomic one.
    pub(super) fn shared(&self) -> &T {
        // SAFETY: as in `get`.
        unsafe { self.pages.address().cast::<T>().as_ref() }
    }

    /// The element. Programs write it only while this process has them run, so it does not change under a caller.
    pub(super) fn get(&mut self) -> &mut T {
        // SAFETY: the mapping is at least as large as a T and page aligned; the caller of `new` vouches for the type.
        unsafe { self.pages.address().cast::<T>().as_mut() }
    }
}
