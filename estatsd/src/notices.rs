//! Openings and closings that somebody wants to be told of, until they are taken.

use estats_protocol::{Origin, Tuple};

use crate::{backlog::Backlog, kernel::Last, server::Wanted};

/// Notices that wait at most: more than a second of 50,000 closings per second. A closing holds a kilobyte and a half.
const ROOM: usize = 65_536;

/// A notice that nobody has taken yet. The values of a closing are made when it is taken.
pub struct Pending {
    /// Its id and ends.
    pub tuple: Tuple,
    /// Where it comes from.
    pub origin: Origin,
    /// When its record was made, microseconds since 1970.
    pub start_us: u64,
    /// Its final state; `None` when it has been established.
    pub last: Option<Last>,
}

/// Notices in the order of what happened.
#[derive(Default)]
pub struct Notices {
    wanted: Wanted,
    waiting: Backlog<Pending>,
    lost: u64,
}

impl Notices {
    /// Collects notices of these kinds from here on.
    pub fn want(&mut self, wanted: Wanted) {
        self.wanted = wanted;
    }

    /// The kinds that are collected.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        self.wanted
    }

    /// Keeps a notice, if it is of a kind that is wanted. While there is no room, it is lost.
    pub fn add(&mut self, notice: impl FnOnce() -> Pending, closing: bool) {
        let wanted = if closing {
            self.wanted.closed
        } else {
            self.wanted.established
        };
        if !wanted {
            return;
        }
        if self.waiting.len() < ROOM {
            self.waiting.push(notice());
        } else {
            self.lost += 1;
        }
    }

    /// How many more there is room for; without limit while nobody wants any.
    #[must_use]
    pub fn room(&self) -> usize {
        if self.wanted == Wanted::default() {
            usize::MAX
        } else {
            ROOM - self.waiting.len()
        }
    }

    /// The oldest one.
    pub fn take(&mut self) -> Option<Pending> {
        self.waiting.take()
    }

    /// Notices that were lost since the start.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(cid: u32) -> Pending {
        let end = ([127, 0, 0, 1].into(), 1);
        Pending {
            tuple: Tuple::new(cid, end, end),
            origin: Origin::default(),
            start_us: 0,
            last: None,
        }
    }

    #[test]
    fn only_what_is_wanted_is_kept() {
        let mut notices = Notices::default();
        notices.add(|| notice(1), false);
        notices.want(Wanted {
            established: true,
            closed: false,
        });
        notices.add(|| notice(2), false);
        notices.add(|| notice(3), true);
        assert_eq!(notices.take().map(|pending| pending.tuple.cid), Some(2));
        assert!(notices.take().is_none());
        assert_eq!(notices.lost(), 0);
    }

    #[test]
    fn what_finds_no_room_is_counted() {
        let mut notices = Notices::default();
        notices.want(Wanted {
            established: true,
            closed: true,
        });
        let too_many = u32::try_from(ROOM).unwrap() + 3;
        for cid in 1..=too_many {
            notices.add(|| notice(cid), false);
        }
        assert_eq!(notices.lost(), 3);
        let taken: Vec<u32> = std::iter::from_fn(|| notices.take())
            .map(|pending| pending.tuple.cid)
            .collect();
        assert_eq!(taken.len(), ROOM);
        assert!(taken.is_sorted());
    }
}
