//! The ring that the programs put their news into.
//!
//! Each page of it that is mapped counts as memory of this process, read or not, and to lose nothing the ring is large. So only a
//! window of it is mapped at a time, which moves on with the reader.
//!
//! How a ring is laid out is described in the kernel's `Documentation/bpf/ringbuf.rst`: a page with the reader's position, a page with
//! the writers' position, and the data twice in a row, so that no item is ever torn. Items begin at multiples of 8, behind a
//! header that says how long they are.

use std::{
    num::NonZeroUsize,
    os::fd::{AsFd, BorrowedFd},
    sync::atomic::{AtomicU32, AtomicUsize, Ordering, fence},
};

use anyhow::{Context as _, Result, bail};
use aya::maps::{Map, MapData};
use nix::{errno::Errno, sys::mman::ProtFlags};

use super::mapping::{Mapping, page_size};

/// Octets of the window: some hundred closed connections, or two thousand opened ones.
const WINDOW: usize = 256 << 10;

/// Octets before each item (`BPF_RINGBUF_HDR_SZ`).
const HEADER: usize = 8;
/// The item is being written (`BPF_RINGBUF_BUSY_BIT`).
const BUSY: u32 = 1 << 31;
/// The item was given up (`BPF_RINGBUF_DISCARD_BIT`).
const DISCARDED: u32 = 1 << 30;

/// The reading end of a ring.
pub(super) struct Ring {
    map: MapData,
    /// Octets of data; a power of two.
    size: usize,
    page: usize,
    /// Written by the reader.
    consumer: Mapping,
    /// Written by the programs.
    producer: Mapping,
    window: Option<Window>,
    position: usize,
}

/// A part of the data that is mapped.
struct Window {
    pages: Mapping,
    /// Where in the data it begins.
    start: usize,
}

/// What stands at a position.
enum Header {
    /// Not written yet.
    Busy,
    /// So many octets that nobody is to see.
    Discarded(usize),
    /// An item of so many octets.
    Item(usize),
}

impl Ring {
    /// Takes over the reading end of a ring of `size` octets.
    ///
    /// # Errors
    ///
    /// It is no ring, or cannot be mapped.
    pub(super) fn new(map: Map, size: u32) -> Result<Ring> {
        let Map::RingBuf(map) = map else {
            bail!("the events of the BPF object are in no ring")
        };
        let page = page_size();
        let one = NonZeroUsize::new(page).context("pages of no octets")?;
        let positions = |offset, protection| {
            Mapping::new(map.fd().as_fd(), offset, one, protection).context("cannot map the ring of events")
        };
        let consumer = positions(0, ProtFlags::PROT_READ | ProtFlags::PROT_WRITE)?;
        let producer = positions(page, ProtFlags::PROT_READ)?;
        let mut ring = Ring {
            map,
            size: usize::try_from(size)?,
            page,
            consumer,
            producer,
            window: None,
            position: 0,
        };
        ring.position = ring.consumed().load(Ordering::Acquire);
        Ok(ring)
    }

    /// Hands the next item to `read`, and gives its room back. `None`: there is none yet.
    ///
    /// # Errors
    ///
    /// It cannot be mapped, for want of memory.
    pub(super) fn next<T>(&mut self, read: impl FnOnce(&[u8]) -> T) -> Result<Option<T>, Errno> {
        loop {
            if self.produced().load(Ordering::Acquire) == self.position {
                // Either an item that is written meanwhile is seen here, or its writer sees that the reader had caught up, and wakes it.
                fence(Ordering::SeqCst);
                if self.produced().load(Ordering::Acquire) == self.position {
                    return Ok(None);
                }
            }
            let length = match self.header()? {
                Header::Busy => {
                    fence(Ordering::SeqCst);
                    match self.header()? {
                        Header::Busy => return Ok(None),
                        Header::Discarded(length) => {
                            self.pass(length);
                            continue;
                        }
                        Header::Item(length) => length,
                    }
                }
                Header::Discarded(length) => {
                    self.pass(length);
                    continue;
                }
                Header::Item(length) => length,
            };
            let at = self.see(HEADER + length)?;
            // SAFETY: `see` mapped as much; programs do not write an item again before its room is given back.
            let item = unsafe { std::slice::from_raw_parts(at.add(HEADER), length) };
            let result = read(item);
            self.pass(length);
            return Ok(Some(result));
        }
    }

    fn header(&mut self) -> Result<Header, Errno> {
        let at = self.see(HEADER)?;
        // SAFETY: mapped, and aligned as items are; the kernel writes it atomically, and the item before.
        let word = unsafe { AtomicU32::from_ptr(at.cast_mut().cast()) }.load(Ordering::Acquire);
        let length = (word & !(BUSY | DISCARDED)) as usize;
        Ok(if word & BUSY != 0 {
            Header::Busy
        } else if word & DISCARDED != 0 {
            Header::Discarded(length)
        } else {
            Header::Item(length)
        })
    }

    /// Gives back the room of an item and its header.
    fn pass(&mut self, length: usize) {
        self.position = self.position.wrapping_add((HEADER + length).next_multiple_of(8));
        self.consumed().store(self.position, Ordering::Release);
    }

    /// Where `length` octets from the reader's position on are mapped.
    fn see(&mut self, length: usize) -> Result<*const u8, Errno> {
        let offset = self.position & (self.size - 1);
        if let Some(window) = &self.window
            && offset >= window.start
            && offset + length <= window.start + window.pages.length()
        {
            // SAFETY: within the mapping.
            return Ok(unsafe { window.pages.address().cast::<u8>().add(offset - window.start) }.as_ptr());
        }
        let start = offset - offset % self.page;
        // It may reach into the second copy of the data, but not over its end.
        let octets = WINDOW
            .max((offset + length - start).next_multiple_of(self.page))
            .min(self.size);
        // The old one first: both together would count.
        self.window = None;
        let pages = Mapping::new(
            self.map.fd().as_fd(),
            2 * self.page + start,
            NonZeroUsize::new(octets).ok_or(Errno::EINVAL)?,
            ProtFlags::PROT_READ,
        )?;
        let at = pages.address().cast::<u8>().as_ptr();
        self.window = Some(Window { pages, start });
        // SAFETY: within the mapping.
        Ok(unsafe { at.add(offset - start) })
    }

    fn consumed(&self) -> &AtomicUsize {
        // SAFETY: a mapped page that begins with the position, which only this process writes.
        unsafe { self.consumer.address().cast().as_ref() }
    }

    fn produced(&self) -> &AtomicUsize {
        // SAFETY: a mapped page that begins with the position; it is only ever loaded.
        unsafe { self.producer.address().cast().as_ref() }
    }
}

impl AsFd for Ring {
    /// Readable when there is something.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.map.fd().as_fd()
    }
}
