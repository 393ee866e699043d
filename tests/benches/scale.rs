//! What very many connections take: the daemon's start among them, its memory, and the kernel's.

use std::env;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Result;
use estats_tests::comparison::{Comparison, Comparisons, progress};
use estats_tests::crowd::{self, Crowd};
use estats_tests::daemon::Daemon;
use estats_tests::memory::{meminfo, resident};
use estats_tests::netns::Namespace;
use estats_tests::processors;

/// Two sockets each, each of which has a record.
const CONNECTIONS: usize = 100_000;
const RUNS: usize = 5;
/// How long a daemon is watched that nobody asks anything, and how long it is left alone before.
const IDLE: Duration = Duration::from_secs(3);
const SETTLING: Duration = Duration::from_secs(1);

/// Milliseconds of processor time and wake-ups of an idle daemon, per second.
#[expect(clippy::cast_precision_loss, reason = "some thousands")]
fn at_rest(daemon: &Daemon) -> Result<(f64, f64)> {
    sleep(SETTLING);
    let (waits, taken) = (processors::waits(daemon.pid())?, processors::of(daemon.pid())?);
    sleep(IDLE);
    let waits = processors::waits(daemon.pid())? - waits;
    let taken = processors::of(daemon.pid())?.saturating_sub(taken);
    let per_second = |amount: f64| amount / IDLE.as_secs_f64();
    Ok((per_second(taken.as_secs_f64() * 1e3), per_second(waits as f64)))
}

/// What the slabs hold once it hardly changes any more. The kernel frees the records of the daemon before for some time after its end, and
/// the crowd takes in its connections for some time after they are there: the start of the next daemon is not to be measured against that.
fn settled_slabs() -> Result<u64> {
    const CALM: u64 = 1 << 20;
    const ROUND: Duration = Duration::from_millis(400);
    const CALM_ROUNDS: usize = 3;
    let (mut slabs, mut calm) = (meminfo("Slab")?, 0);
    for _ in 0..40 {
        sleep(ROUND);
        let now = meminfo("Slab")?;
        calm = if now.abs_diff(slabs) < CALM { calm + 1 } else { 0 };
        slabs = now;
        if calm == CALM_ROUNDS {
            break;
        }
    }
    Ok(slabs)
}

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
    let (mut taken_idle, mut wakes) = (Vec::new(), Vec::new());
    for run in 1..=RUNS {
        progress(json, &format!("start {run} of {RUNS}"));
        let before = settled_slabs()?;
        let started = Instant::now();
        let daemon = Daemon::start(&namespace)?;
        starts.push(started.elapsed().as_secs_f64());
        sizes.push(mebibytes(resident(daemon.pid())?));
        // What the end of a daemon frees comes back later, in part: only the first one finds the slabs as they are without any.
        if run == 1 {
            let taken = meminfo("Slab")?.saturating_sub(before);
            records.push(taken as f64 / (2 * connections) as f64);
        }
        let (taken, woken) = at_rest(&daemon)?;
        taken_idle.push(taken);
        wakes.push(woken);
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
        Comparison::of_runs("idle, processor time per second", "ms", &taken_idle, "0"),
        Comparison::of_runs("idle, wake-ups per second", "1/s", &wakes, "0"),
    ];
    Comparisons {
        benchmark: "scale",
        rows,
    }
    .print(json, serde_json::to_string_pretty)?;
    Ok(())
}
