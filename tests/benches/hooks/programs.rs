//! How often a program ran and how long, as the kernel counts it.

use std::collections::HashSet;
use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use aya::programs::{ProgramInfo, loaded_programs};
use estats_tests::reference::PER_PACKET;

/// Runs of a program, and the time that they took together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    pub(crate) runs: u64,
    pub(crate) time: Duration,
}

impl Usage {
    pub(crate) fn of(info: &ProgramInfo) -> Self {
        Self {
            runs: info.run_count(),
            time: info.run_time(),
        }
    }

    /// What came after `earlier`.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            runs: self.runs - earlier.runs,
            time: self.time.saturating_sub(earlier.time),
        }
    }

    /// Mean of a run; 0 for a program that is not attached.
    pub(crate) fn nanoseconds(self) -> f64 {
        let runs = u32::try_from(self.runs.max(1)).expect("some millions of runs");
        self.time.as_secs_f64() * 1e9 / f64::from(runs)
    }
}

/// Programs of another process.
pub(crate) struct Watched([u32; PER_PACKET.len()]);

impl Watched {
    /// Those that the process holds: other processes may have programs of the same names.
    pub(crate) fn of(pid: u32) -> Result<Self> {
        let held = held(pid)?;
        let mut ids = [0; PER_PACKET.len()];
        for info in loaded_programs() {
            let info = info?;
            let index = PER_PACKET.iter().position(|name| info.name_as_str() == Some(name));
            if let Some(index) = index.filter(|_| held.contains(&info.id())) {
                ids[index] = info.id();
            }
        }
        Ok(Self(ids))
    }

    pub(crate) fn read(&self) -> Result<[Usage; PER_PACKET.len()]> {
        let mut usages = [None; PER_PACKET.len()];
        for info in loaded_programs() {
            let info = info?;
            if let Some(index) = self.0.iter().position(|id| *id == info.id()) {
                usages[index] = Some(Usage::of(&info));
            }
        }
        let found: Option<Vec<Usage>> = usages.into_iter().collect();
        let found = found.context("the daemon has not loaded its programs")?;
        Ok(found.try_into().expect("as many as there are names"))
    }
}

/// Ids of the programs that a process holds.
fn held(pid: u32) -> Result<HashSet<u32>> {
    let mut ids = HashSet::new();
    for entry in fs::read_dir(format!("/proc/{pid}/fdinfo"))? {
        // One that is closed meanwhile was no program's.
        let info = fs::read_to_string(entry?.path()).unwrap_or_default();
        let id = info.lines().find_map(|line| line.strip_prefix("prog_id:"));
        ids.extend(id.and_then(|id| id.trim().parse::<u32>().ok()));
    }
    Ok(ids)
}
