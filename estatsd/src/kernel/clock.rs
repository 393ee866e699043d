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

    /// Nanoseconds of `CLOCK_MONOTONIC` in microseconds since 1970, by the present offset between the two.
    #[must_use]
    pub fn realtime_us(self, monotonic_ns: u64) -> u64 {
        let offset = realtime_ns().saturating_sub(monotonic_now_ns());
        (monotonic_ns + offset) / 1000
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
    fn jiffies_become_milliseconds() {
        assert_eq!(Clock { hz: 250 }.jiffies_to_ms(51), 204);
        assert_eq!(Clock { hz: 300 }.jiffies_to_ms(60), 200);
    }
}
