//! What very many connections take: the daemon's start among them, its memory, and the kernel's.

use std::env;
use std::time::Instant;

use anyhow::Result;
use estats_tests::comparison::{Comparison, Comparisons, progress};
use estats_tests::crowd::{self, Crowd};
use estats_tests::daemon::Daemon;
use estats_tests::memory::{meminfo, resident};
use estats_tests::netns::Namespace;

/// Two sockets each, each of which has a record.
const CONNECTIONS: usize = 100_000;
const RUNS: usize = 5;

#[expect(clippy::cast_precision_loss, reason = "far below 2 to the 52nd")]
fn main() -> Result<()> {
    crowd::hold_if_asked()?;
    let json = env::args().any(|argument| argument == "--json");
    let namespace = Namespace::new()?;
    let connections = crowd::affordable(CONNECTIONS)?;
    let mebibytes = |octets: u64| octets as f64 / f64::from(1 << 20);
    let mut idle = Vec::new();
    for _ in 0..RUNS {
        idle.push(mebibytes(resident(Daemon::start(&namespace)?.pid())?));
    }
    progress(json, &format!("opening {connections} connections"));
    let _crowd = Crowd::open(&namespace, connections)?;
    let (mut starts, mut sizes, mut records) = (Vec::new(), Vec::new(), Vec::new());
    for run in 1..=RUNS {
        progress(json, &format!("start {run} of {RUNS}"));
        let before = meminfo("Slab")?;
        let started = Instant::now();
        let daemon = Daemon::start(&namespace)?;
        starts.push(started.elapsed().as_secs_f64());
        sizes.push(mebibytes(resident(daemon.pid())?));
        let taken = meminfo("Slab")?.saturating_sub(before);
        records.push(taken as f64 / (2 * connections) as f64);
    }
    progress(json, "");
    let rows = vec![
        Comparison::of_runs("start to serving, no connection: RSS", "MiB", &idle, ""),
        Comparison::of_runs(
            format!("start to serving, {connections} connections"),
            "s",
            &starts,
            "<= 1",
        ),
        Comparison::of_runs(format!("RSS with {connections} connections"), "MiB", &sizes, "<= 20"),
        Comparison::of_runs("kernel memory of a socket", "octets", &records, "<= 723"),
    ];
    Comparisons {
        benchmark: "scale",
        rows,
    }
    .print(json, serde_json::to_string_pretty)?;
    Ok(())
}
