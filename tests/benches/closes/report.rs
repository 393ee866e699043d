//! How it is shown.

use std::fmt;

use serde::Serialize;

/// One run.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// How long it took.
    pub(crate) seconds: f64,
    /// Ends that opened and closed meanwhile.
    pub(crate) ends: u64,
    /// Closings that the subscriber was not told of; `None` without one.
    pub(crate) missing: Option<u64>,
    /// What the daemon says it lost.
    pub(crate) events_lost: u64,
    /// Seconds of the processors that the daemon took.
    pub(crate) daemon: f64,
    /// That making the connections took, with everything that the kernel and its programs did for them.
    pub(crate) load: f64,
    /// That the subscriber took.
    pub(crate) subscriber: f64,
    /// Processors that there are.
    pub(crate) processors: usize,
    /// Resident memory of the daemon before and after, KiB.
    pub(crate) resident: (u64, u64),
}

impl Row {
    #[expect(clippy::cast_precision_loss, reason = "some millions")]
    fn ends(&self) -> f64 {
        self.ends as f64
    }
}

/// All runs.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) rows: Vec<Row>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<17} {:>7} {:>8} {:>8} {:>8} {:>11} {:>12} {:>23} {:>17}",
            "CASE",
            "SECONDS",
            "ENDS",
            "ENDS/s",
            "MISSING",
            "EventsLost",
            "DAEMON us/END",
            "CPUs LOAD+DAEMON+SUBSCR",
            "RSS KiB"
        )?;
        for row in &self.rows {
            let share = |seconds: f64| seconds / row.seconds;
            writeln!(
                f,
                "{:<17} {:>7.1} {:>8} {:>8.0} {:>8} {:>11} {:>13.2} {:>23} {:>17}",
                row.name,
                row.seconds,
                row.ends,
                row.ends() / row.seconds,
                row.missing.map_or("-".to_owned(), |missing| missing.to_string()),
                row.events_lost,
                row.daemon * 1e6 / row.ends(),
                format!(
                    "{:.2}+{:.2}+{:.2} of {}",
                    share(row.load),
                    share(row.daemon),
                    share(row.subscriber),
                    row.processors
                ),
                format!("{} -> {}", row.resident.0, row.resident.1)
            )?;
        }
        Ok(())
    }
}
