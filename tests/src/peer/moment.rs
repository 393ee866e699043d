//! When something happened, as far as the process can know.

use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

/// A moment that lies between two readings of the monotonic clock, the one that the kernel's TCP uses.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    earliest: Instant,
    latest: Instant,
}

impl Moment {
    /// The moment at which the kernel did what `work`, a system call, asks for.
    pub(super) fn of<T>(work: impl FnOnce() -> T) -> (Self, T) {
        let earliest = Instant::now();
        let result = work();
        let latest = Instant::now();
        (Self { earliest, latest }, result)
    }

    /// Now.
    #[must_use]
    pub fn now() -> Self {
        Self::of(|| ()).0
    }

    /// The moment of something that happened between this one and `later`.
    #[must_use]
    pub fn or_until(self, later: Self) -> Self {
        Self {
            earliest: self.earliest,
            latest: later.latest,
        }
    }

    /// The time from this moment to a later one, as the kernel measures it: its clock readings are cut to microseconds, so
    /// their difference is off by up to one.
    #[must_use]
    pub fn until(self, later: Self) -> Lapse {
        const MICROSECOND: Duration = Duration::from_micros(1);
        let least = later.earliest.saturating_duration_since(self.latest);
        Lapse {
            least: least.saturating_sub(MICROSECOND),
            most: later.latest.saturating_duration_since(self.earliest) + MICROSECOND,
        }
    }
}

/// A time that is known up to the length of two system calls: a few microseconds, or what the machine's load makes of it.
#[derive(Clone, Copy, Debug)]
pub struct Lapse {
    least: Duration,
    most: Duration,
}

impl Lapse {
    /// It in whole milliseconds, cut.
    ///
    /// # Panics
    ///
    /// When it is longer than the age of the universe.
    #[must_use]
    pub fn milliseconds(self) -> RangeInclusive<i64> {
        let whole = |time: Duration| i64::try_from(time.as_millis()).expect("a short test");
        whole(self.least)..=whole(self.most)
    }

    /// It in whole microseconds, cut.
    ///
    /// # Panics
    ///
    /// As [`Lapse::milliseconds`].
    #[must_use]
    pub fn microseconds(self) -> RangeInclusive<i64> {
        let whole = |time: Duration| i64::try_from(time.as_micros()).expect("a short test");
        whole(self.least)..=whole(self.most)
    }
}

impl std::iter::Sum for Lapse {
    fn sum<I: Iterator<Item = Self>>(lapses: I) -> Self {
        let nothing = Self {
            least: Duration::ZERO,
            most: Duration::ZERO,
        };
        lapses.fold(nothing, |sum, lapse| Self {
            least: sum.least + lapse.least,
            most: sum.most + lapse.most,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;
    use std::time::Duration;

    use super::{Lapse, Moment};

    #[test]
    fn a_lapse_holds_the_time_between() {
        let (begin, ()) = Moment::of(|| ());
        sleep(Duration::from_millis(4));
        let (end, ()) = Moment::of(|| ());
        let lapse = begin.until(end);
        assert!(*lapse.milliseconds().start() >= 3, "{lapse:?}");
        assert!(lapse.least < lapse.most);
    }

    #[test]
    fn bounds_are_cut_to_milliseconds_after_they_were_added_up() {
        let lapse = Lapse {
            least: Duration::from_micros(1600),
            most: Duration::from_micros(2400),
        };
        assert_eq!(lapse.milliseconds(), 1..=2);
        assert_eq!([lapse, lapse].into_iter().sum::<Lapse>().milliseconds(), 3..=4);
    }
}
