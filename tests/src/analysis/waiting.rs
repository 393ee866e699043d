//! How long a sender had nothing to send, as the segments at its device show it.

use std::time::Duration;

/// Time spent in a condition that comes and goes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Spells {
    /// How often the condition began to hold.
    pub count: u32,
    ended: Duration,
    since: Option<Duration>,
}

impl Spells {
    /// Notes whether the condition holds from `time` on.
    fn set(&mut self, holds: bool, time: Duration) {
        match (holds, self.since) {
            (true, None) => {
                self.count += 1;
                self.since = Some(time);
            }
            (false, Some(since)) => {
                self.ended += time.saturating_sub(since);
                self.since = None;
            }
            _ => {}
        }
    }

    /// How long it held in all until `time`, which is not before the last segment.
    #[must_use]
    pub fn until(&self, time: Duration) -> Duration {
        let last = self.since.map_or(Duration::ZERO, |since| time.saturating_sub(since));
        self.ended + last
    }
}

/// When a sender waited for its application, from the moment at which the connection was established for it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Waiting {
    /// When it was established; none before.
    pub established: Option<Duration>,
    /// Everything sent is acknowledged and a full segment fits into the peer's window: if more had been written, it would have
    /// been sent. Only the application can have been what the sender waited for.
    pub idle: Spells,
}

impl Waiting {
    /// Takes the state after a segment that passed at `time`: octets outstanding, the peer's window and segment size.
    pub(super) fn set(&mut self, time: Duration, flight: u32, window: u32, mss: u32) {
        self.established.get_or_insert(time);
        self.idle.set(flight == 0 && window >= mss, time);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Waiting;

    #[test]
    fn only_an_open_window_with_nothing_outstanding_is_idle() {
        let ms = Duration::from_millis;
        let mut waiting = Waiting::default();
        for (time, flight, window) in [
            (10, 0, 5000),
            (40, 1000, 5000),
            (50, 4500, 5000),
            (70, 0, 500),
            (90, 0, 9000),
        ] {
            waiting.set(ms(time), flight, window, 1000);
        }
        assert_eq!(waiting.established, Some(ms(10)));
        assert_eq!((waiting.idle.count, waiting.idle.until(ms(100))), (2, ms(40)));
    }
}
