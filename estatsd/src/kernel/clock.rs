//! The kernel's clocks: how long a jiffy is, and where monotonic time stands in real time.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use nix::time::{ClockId, clock_gettime};

/// Tick rates that kernels are built with (`kernel/Kconfig.hz`, and 1024 on Alpha).
const RATES: [u64; 6] = [100, 250, 300, 1000, 1024, 1200];

/// Conversions of kernel time.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Jiffies per second.
    pub hz: u64,
}

impl Clock {
    /// Finds the tick rate by watching jiffies go by: it can be read nowhere. `read` returns jiffies and nanoseconds of
    /// `CLOCK_MONOTONIC` of one moment.
    ///
    /// # Errors
    ///
    /// `read` fails, or jiffies stand still.
    pub fn calibrate(mut read: impl FnMut() -> Result<[u64; 2]>) -> Result<Clock> {
        let first = edge(&mut read)?;
        let mut last = first;
        // Over 20 ms, the nearest two rates, 250 and 300, are a jiffy apart.
        while last[1] - first[1] < 20_000_000 {
            last = edge(&mut read)?;
        }
        Ok(Clock {
            hz: nearest(last[0] - first[0], last[1] - first[1]),
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

/// Waits for the next jiffy and returns the moment.
fn edge(read: &mut impl FnMut() -> Result<[u64; 2]>) -> Result<[u64; 2]> {
    let start = read()?;
    loop {
        let now = read()?;
        if now[0] != start[0] {
            return Ok(now);
        }
        anyhow::ensure!(now[1] - start[1] < 1_000_000_000, "the kernel's jiffies stand still");
    }
}

fn nearest(jiffies: u64, ns: u64) -> u64 {
    let rate = jiffies * 1_000_000_000 / ns.max(1);
    RATES
        .into_iter()
        .min_by_key(|candidate| candidate.abs_diff(rate))
        .unwrap_or(rate)
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
    fn the_tick_rate_is_found_from_edges() {
        for hz in [100, 250, 300, 1000] {
            let mut ns = 12_345;
            let clock = Clock::calibrate(|| {
                ns += 100_000;
                Ok([ns * hz / 1_000_000_000, ns])
            });
            assert_eq!(clock.unwrap().hz, hz);
        }
    }

    #[test]
    fn jiffies_become_milliseconds() {
        assert_eq!(Clock { hz: 250 }.jiffies_to_ms(51), 204);
        assert_eq!(Clock { hz: 300 }.jiffies_to_ms(60), 200);
    }
}
