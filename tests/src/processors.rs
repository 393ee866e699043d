//! Time of the processors.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeVal;

/// What a process took so far, to the clock tick.
///
/// # Errors
///
/// When there is no such process.
pub fn of(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // Behind the name, which may hold anything: the state is the first field, user and system time the twelfth and thirteenth.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| -> Result<u64> { Ok(fields.get(index).context("a short stat file")?.parse()?) };
    // SAFETY: sysconf has no preconditions.
    let hertz = u64::try_from(unsafe { libc::sysconf(libc::_SC_CLK_TCK) })?;
    Ok(Duration::from_millis((ticks(11)? + ticks(12)?) * 1000 / hertz))
}

/// What the calling thread took so far.
///
/// # Panics
///
/// When the kernel does not tell.
#[must_use]
pub fn of_this_thread() -> Duration {
    let time = |value: TimeVal| {
        Duration::from_micros(value.tv_sec().cast_unsigned() * 1_000_000 + value.tv_usec().cast_unsigned())
    };
    let usage = getrusage(UsageWho::RUSAGE_THREAD).expect("a thread may know what it took");
    time(usage.user_time()) + time(usage.system_time())
}
