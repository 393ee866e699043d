//! What the kernel tells of the daemon's process.

use std::collections::BTreeSet;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use estats_tests::daemon::Daemon;

/// Longer than anything takes that happens at all.
const PATIENCE: Duration = Duration::from_secs(60);

/// Descriptors that it has open.
pub(crate) fn descriptors(daemon: &Daemon) -> Result<usize> {
    estats_tests::descriptors::of(daemon.pid())
}

/// The number that the next descriptor gets, as the kernel gives the lowest one.
pub(crate) fn next_descriptor(daemon: &Daemon) -> Result<u64> {
    let mut taken = BTreeSet::<u64>::new();
    for entry in fs::read_dir(format!("/proc/{}/fd", daemon.pid()))? {
        let name = entry?.file_name();
        taken.insert(name.to_str().context("a number")?.parse()?);
    }
    let gap = (0..=taken.len() as u64).find(|number| !taken.contains(number));
    gap.context("so many have one more number")
}

/// How the scheduler has treated a thread.
pub(crate) struct Schedule {
    /// Time on processors.
    pub(crate) ran: Duration,
    /// Time in which it could have run and had no processor.
    pub(crate) waited: Duration,
}

impl Schedule {
    /// What the file `schedstat` of a thread says.
    pub(crate) fn read(path: &str) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("reading {path}"))?;
        let mut times = text
            .split_whitespace()
            .map(|number| number.parse().map(Duration::from_nanos));
        let mut next = || times.next().context("a time is missing");
        Ok(Self {
            ran: next()??,
            waited: next()??,
        })
    }
}

/// Waits until `reached` says so.
pub(crate) fn wait_until(what: &str, mut reached: impl FnMut() -> Result<bool>) -> Result<()> {
    let started = Instant::now();
    while !reached()? {
        ensure!(started.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// Fails unless the daemon is there, and nothing in it has panicked: a panic in the service of one client ends that service only.
pub(crate) fn ensure_unharmed(daemon: &Daemon) -> Result<()> {
    daemon.client()?.list()?;
    let log = daemon.log();
    ensure!(!log.contains("panicked"), "{log}");
    Ok(())
}
