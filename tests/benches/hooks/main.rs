//! What the programs in the kernel take of each packet, in nanoseconds.
//!
//! The daemon's programs and empty ones of the same type hang on the same hooks at the same time, so both run for the same packets
//! on the same processors, and what a machine's noise does to one it does to the other. The kernel measures each run
//! (`BPF_STATS_RUN_TIME`); the difference is what the daemon's programs cost. In each round a daemon with all tables and others, each
//! without one of them, have their turn one after the other, which tells what a table costs. Not at once: the first to run would fetch
//! the socket into the cache for the others.

mod empty;
mod load;
mod programs;
mod report;

use std::env;

use anyhow::{Context as _, Result};
use aya::sys::{Stats, enable_stats};
use estats_tests::comparison::progress;
use estats_tests::daemon::Daemon;
use estats_tests::netns::Namespace;

use empty::Empty;
use load::KINDS;
use programs::{PER_PACKET, Usage, Watched};
use report::{Report, Row};

/// Rounds of which the median is taken.
const ROUNDS: usize = 7;

/// The daemons: one with all tables, and one without each table that packets are looked at for.
const TABLES: [(&str, &str); 5] = [
    ("all", "all"),
    ("perf", "path,stack,app,tune,extras"),
    ("path", "perf,stack,app,tune,extras"),
    ("stack", "perf,path,app,tune,extras"),
    ("app", "perf,path,stack,tune,extras"),
];

/// For each program, what the daemon's and the empty one took.
type Taken = [(Usage, Usage); PER_PACKET.len()];

fn main() -> Result<()> {
    let json = env::args().any(|argument| argument == "--json");
    let _stats = enable_stats(Stats::RunTime).context("the kernel does not measure BPF programs")?;
    let namespace = Namespace::new()?;
    namespace.ip("link set lo mtu 1500")?;
    let empty = Empty::attach()?;
    // By traffic, by daemon, by round.
    let mut samples = KINDS.map(|_| TABLES.map(|_| Vec::new()));
    for round in 1..=ROUNDS {
        for (daemon, (table, tables)) in TABLES.iter().enumerate() {
            progress(json, &format!("round {round} of {ROUNDS}: {table}"));
            let taken = turn(&namespace, tables, &empty)?;
            for (samples, taken) in samples.iter_mut().zip(taken) {
                samples[daemon].push(taken);
            }
        }
    }
    progress(json, "");
    let mut report = Report::default();
    for (traffic, samples) in KINDS.iter().zip(&samples) {
        for (program, name) in PER_PACKET.iter().enumerate() {
            let pairs = samples
                .each_ref()
                .map(|rounds| rounds.iter().map(|taken: &Taken| taken[program]).collect::<Vec<_>>());
            let [all, without @ ..] = pairs.each_ref().map(Vec::as_slice);
            let tables = TABLES.iter().skip(1).map(|(table, _)| *table);
            report.rows.push(Row::of(traffic.name, name, all, tables.zip(without)));
        }
    }
    if json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(())
}

/// Lets a daemon with these tables watch each kind of traffic.
fn turn(namespace: &Namespace, tables: &str, empty: &Empty) -> Result<Vec<Taken>> {
    let daemon = Daemon::start_with(namespace, &["--tables", tables])?;
    let programs = Watched::of(daemon.pid())?;
    KINDS
        .iter()
        .map(|traffic| {
            let (before, idle) = (programs.read()?, empty.read()?);
            namespace.run(|| (traffic.work)())?;
            let (after, idled) = (programs.read()?, empty.read()?);
            Ok(std::array::from_fn(|n| {
                (after[n].since(before[n]), idled[n].since(idle[n]))
            }))
        })
        .collect()
}
