//! When many connections had their last segment: the `glance` program, run.

use anyhow::{Context as _, Result};
use aya::{
    TestRun as _,
    programs::{RawTracePoint, RawTracePointRunOptions},
};
use estatsd_ebpf::glance::{GLANCES, Glance};

use super::{mapped::Mapped, reader::Handle};

/// Runs the `glance` program.
pub(super) struct Glances(Mapped<[Glance; GLANCES]>);

impl Glances {
    /// Looks through the memory that the program shares.
    pub(super) fn new(shared: Mapped<[Glance; GLANCES]>) -> Glances {
        Glances(shared)
    }

    /// When the last segment of each connection came, nanoseconds of `CLOCK_MONOTONIC`, 0 for one that is gone; of the first
    /// [`GLANCES`] connections.
    ///
    /// # Errors
    ///
    /// The program cannot be run.
    pub(super) fn look(&mut self, program: &RawTracePoint, handles: impl Iterator<Item = Handle>) -> Result<Vec<u64>> {
        let all = self.0.get();
        let mut count = 0usize;
        for (glance, Handle { sk, record, cookie }) in all.iter_mut().zip(handles) {
            *glance = Glance {
                sk,
                record,
                cookie,
                last_ns: 0,
            };
            count += 1;
        }
        let mut options = RawTracePointRunOptions::new();
        options.args[0] = count as u64;
        program.test_run(options).context("cannot run the glance program")?;
        Ok(all[..count].iter().map(|glance| glance.last_ns).collect())
    }
}
