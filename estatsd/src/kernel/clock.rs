//! The kernel's clocks: how long a jiffy is, and where monotonic time stands in real time.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use nix::time::{ClockId, clock_getres, clock_gettime};

/// Conversions of kernel time.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Jiffies per second.
    pub hz: u64,
}

impl Clock {
    /// The clock of the running kernel. The coarse clocks advance with each jiffy, and say so.
    ///
    /// # Errors
    ///
    /// The kernel does not tell the resolution of its coarse clock.
    pub fn of_kernel() -> Result<Clock> {
        let tick = clock_getres(ClockId::CLOCK_MONOTONIC_COARSE).context("the length of a jiffy is unknown")?;
        let ns = u64::try_from(std::time::Duration::from(tick).as_nanos())?;
        anyhow::ensure!(ns != 0, "the kernel's coarse clock has no resolution");
        Ok(Clock {
            hz: (1_000_000_000 + ns / 2) / ns,
        })
    }

    /// Jiffies in milliseconds, as the kernel rounds them.
    #[must_use]
    pub fn jiffies_to_ms(self, jiffies: u32) -> u32 {
        u32::try_from(u64::from(jiffies) * 1000 / self.hz).unwrap_or(u32::MAX)
    }
}

/// How far real time is ahead of `CLOCK_MONOTONIC`.
#[derive(Clone, Copy, Debug)]
pub struct Lead {
    ns: u64,
}

impl Lead {
    /// At present. What comes between the readings of the two clocks would count as well, so they are read until it is little, or has been
    /// the least of some attempts.
    #[must_use]
    pub fn now() -> Lead {
        const LITTLE_NS: u64 = 2000;
        const ATTEMPTS: usize = 8;
        let mut least = (u64::MAX, 0);
        for _ in 0..ATTEMPTS {
            let before = monotonic_now_ns();
            let real = realtime_ns();
            let between = monotonic_now_ns().saturating_sub(before);
            least = least.min((between, real.saturating_sub(before + between / 2)));
            if least.0 <= LITTLE_NS {
                break;
            }
        }
        Lead { ns: least.1 }
    }

    /// Nanoseconds of `CLOCK_MONOTONIC` in microseconds since 1970.
    #[must_use]
    pub fn realtime_us(self, monotonic_ns: u64) -> u64 {
        (monotonic_ns + self.ns) / 1000
    }
}

/// The agent's clock (`sysUpTime`): hundredths of a second since the daemon started.
#[derive(Clone, Copy, Debug)]
pub struct Uptime {
    start_ns: u64,
}

impl Uptime {
    /// Starts now.
    #[must_use]
    pub fn start() -> Uptime {
        Uptime {
            start_ns: monotonic_now_ns(),
        }
    }

    /// What the clock showed at a moment of `CLOCK_MONOTONIC`. It wraps around after 497 days, and shows 0 before the start.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the MIB's TimeTicks wrap around")]
    pub fn ticks_at(self, monotonic_ns: u64) -> u32 {
        (monotonic_ns.saturating_sub(self.start_ns) / 10_000_000) as u32
    }
}

fn realtime_ns() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or_default()
}

/// Nanoseconds of `CLOCK_MONOTONIC`, the clock that the programs use.
#[must_use]
pub fn monotonic_now_ns() -> u64 {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC)
        .context("CLOCK_MONOTONIC")
        .map(std::time::Duration::from);
    now.map_or(0, |now| u64::try_from(now.as_nanos()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tick_rate_is_one_that_kernels_are_built_with() {
        let hz = Clock::of_kernel().unwrap().hz;
        assert!([100, 250, 300, 1000].contains(&hz), "{hz}");
    }

    #[test]
    fn uptime_is_in_hundredths_of_a_second_and_wraps_around() {
        let uptime = Uptime {
            start_ns: 5_000_000_000,
        };
        assert_eq!(uptime.ticks_at(4_000_000_000), 0);
        assert_eq!(uptime.ticks_at(5_019_999_999), 1);
        let wrap = (u64::from(u32::MAX) + 1) * 10_000_000;
        assert_eq!(uptime.ticks_at(wrap + 5_030_000_000), 3);
    }

    #[test]
    fn jiffies_become_milliseconds() {
        assert_eq!(Clock { hz: 250 }.jiffies_to_ms(51), 204);
        assert_eq!(Clock { hz: 300 }.jiffies_to_ms(60), 200);
    }
}
