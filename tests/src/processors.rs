//! The processors: which one a thread runs on, and the time that they give.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
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

/// Keeps the calling thread on one of the processors that it may use.
///
/// # Errors
///
/// When it may not use so many.
pub fn stay_on(nth: usize) -> Result<()> {
    let this = Pid::from_raw(0);
    let all = sched_getaffinity(this)?;
    let usable = (0..CpuSet::count()).filter(|cpu| all.is_set(*cpu).unwrap_or(false));
    let cpu = usable.into_iter().nth(nth).context("this takes two processors")?;
    let mut one = CpuSet::new();
    one.set(cpu)?;
    Ok(sched_setaffinity(this, &one)?)
}
