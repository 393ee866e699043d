//! Time of the processors.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use nix::time::{ClockId, clock_getcpuclockid};
use nix::unistd::Pid;

/// What all threads of a process took so far, those that have ended included.
///
/// # Errors
///
/// When there is no such process.
pub fn of(pid: u32) -> Result<Duration> {
    Ok(clock_getcpuclockid(Pid::from_raw(pid.try_into()?))?.now()?.into())
}

/// What the calling thread took so far.
///
/// # Panics
///
/// When the kernel does not tell.
#[must_use]
pub fn of_this_thread() -> Duration {
    let clock = ClockId::CLOCK_THREAD_CPUTIME_ID;
    clock.now().expect("a thread may know what it took").into()
}

/// How often the threads of a process went to sleep to wait for something, and so were woken up again.
///
/// # Errors
///
/// When there is no such process.
pub fn waits(pid: u32) -> Result<u64> {
    let mut waits = 0;
    for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
        let status = fs::read_to_string(thread?.path().join("status"))?;
        let mut lines = status.lines();
        let count = lines.find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        waits += count.context("a status without switches")?.trim().parse::<u64>()?;
    }
    Ok(waits)
}
