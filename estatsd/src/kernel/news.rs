//! What the programs report on their own.

use std::rc::Rc;

use estatsd_ebpf::{Closed, Event, Final, Layout, Record, Sample, event};

use super::{reader::Connection, socket::Socket};

/// News of a connection.
pub enum News {
    /// It is established.
    Opened(Event),
    /// The connection with this cookie is closed.
    Closed(u64),
    /// It is closed, and this is its final state.
    Finished(Last),
}

/// A connection as it was in the end: a [`Final`] and the parts of the socket that follow it, as they came, in words so that they are
/// aligned. Whoever holds it shares one copy.
#[derive(Clone)]
pub struct Last(Rc<[u64]>);

impl News {
    /// Reads what a program put into the ring; `None` when it is nothing that this daemon's programs put there.
    pub(super) fn from_bytes(item: &[u8]) -> Option<News> {
        // SAFETY: plain numbers, all three.
        unsafe {
            Some(match head::<u32>(item)? {
                event::OPEN => News::Opened(head(item)?),
                event::CLOSE => News::Closed(head::<Closed>(item)?.cookie),
                event::CLOSE_FINAL => News::Finished(Last::from_bytes(item)?),
                _ => return None,
            })
        }
    }
}

/// The value that `item` begins with.
///
/// # Safety
///
/// Any bit pattern must be a valid `T`.
unsafe fn head<T>(item: &[u8]) -> Option<T> {
    // SAFETY: the length is checked; the caller vouches for the type.
    (item.len() >= size_of::<T>()).then(|| unsafe { item.as_ptr().cast::<T>().read_unaligned() })
}

impl Last {
    fn from_bytes(item: &[u8]) -> Option<Last> {
        let words = item.chunks_exact(8).map(|word| {
            // A chunk has its size.
            u64::from_ne_bytes(word.try_into().unwrap_or_default())
        });
        (item.len() >= size_of::<Final>()).then(|| Last(words.collect()))
    }

    fn state(&self) -> &Final {
        // SAFETY: as large as a Final, checked when it was made; as aligned as a word, checked below; plain numbers.
        unsafe { &*self.0.as_ptr().cast() }
    }

    /// Which connection it was.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.state().event
    }

    /// When it was closed, nanoseconds of `CLOCK_MONOTONIC`.
    #[must_use]
    pub fn end_ns(&self) -> u64 {
        self.state().end_ns
    }

    /// Its final state, read by the layout of what is kept of a socket.
    #[must_use]
    pub fn connection<'a>(&'a self, layout: &'a Layout) -> Connection<'a> {
        let state = self.state();
        let parts = &self.0[size_of::<Final>() / size_of::<u64>()..];
        // SAFETY: words are octets, so many times as many.
        let parts = unsafe { std::slice::from_raw_parts(parts.as_ptr().cast(), size_of_val(parts)) };
        let socket = Socket::new(parts, layout);
        Connection {
            record: state.record,
            socket,
            sample: Sample {
                // The state is CLOSED by then.
                fin_written: state.record.flags & Record::FIN_WRITTEN != 0,
                ..socket.sample(state.reassembly, state.end_ns)
            },
            closed: true,
            owner: None,
        }
    }
}

const _: () = assert!(align_of::<Final>() == align_of::<u64>() && size_of::<Final>().is_multiple_of(size_of::<u64>()));

#[cfg(test)]
impl Last {
    /// A connection of which nothing is known but what its open event said, and when it was closed.
    pub(crate) fn unread(event: Event, end_ns: u64) -> Last {
        let state = Final {
            event,
            end_ns,
            ..Final::default()
        };
        // SAFETY: a Final is plain numbers without padding.
        let bytes = unsafe { std::slice::from_raw_parts((&raw const state).cast(), size_of::<Final>()) };
        Last::from_bytes(bytes).expect("as large as a Final")
    }
}
