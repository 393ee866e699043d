//! What the programs report on their own.

use std::rc::Rc;

use estatsd_ebpf::{Event, Final, Layout, event};

use super::{reader::Connection, socket::Socket};

/// News of a connection.
pub enum News {
    /// It is established.
    Opened(Event),
    /// The connection with this cookie is closed.
    Closed(u64),
    /// It is closed, and this is its final state.
    Finished(Rc<Last>),
}

/// A connection as it was in the end.
pub struct Last {
    state: Final,
    image: Box<[u8]>,
}

impl News {
    /// Reads what a program put into the ring; `None` when it is too short to be anything.
    pub(super) fn from_bytes(item: &[u8]) -> Option<News> {
        // SAFETY: an Event is plain numbers.
        let event: Event = unsafe { head(item) }?;
        Some(match event.kind {
            event::OPEN => News::Opened(event),
            event::CLOSE_FINAL => News::Finished(Rc::new(Last {
                // SAFETY: a Final is plain numbers.
                state: unsafe { head(item) }?,
                image: item[size_of::<Final>()..].into(),
            })),
            _ => News::Closed(event.cookie),
        })
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
    /// Which connection it was.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.state.event
    }

    /// When it was closed, nanoseconds of `CLOCK_MONOTONIC`.
    #[must_use]
    pub fn end_ns(&self) -> u64 {
        self.state.end_ns
    }

    /// Its final state, read by the layout of this kernel.
    #[must_use]
    pub fn connection<'a>(&'a self, layout: &'a Layout) -> Connection<'a> {
        let socket = Socket::new(&self.image, layout);
        let mut sample = socket.sample(self.state.reassembly);
        sample.now_ns = self.state.end_ns;
        Connection {
            record: self.state.record,
            socket,
            sample,
            closed: true,
            owner: None,
        }
    }
}

#[cfg(test)]
impl Last {
    /// A connection of which nothing is known but what its open event said.
    pub(crate) fn unread(event: Event) -> Last {
        Last {
            state: Final {
                event,
                ..Final::default()
            },
            image: Box::default(),
        }
    }
}
