//! What the programs in the kernel take of each packet, in nanoseconds.
//!
//! The daemon's programs and empty ones of the same type hang on the same hooks at the same time, so both run for the same packets
//! on the same processors, and what a machine's noise does to one it does to the other. The kernel measures each run
//! (`BPF_STATS_RUN_TIME`); the difference is what the daemon's programs cost. In each round a daemon with all tables and others, each
//! without one of them, have their turn one after the other, which tells what a table costs. Not at once: the first to run would fetch
//! the socket into the cache for the others. Programs that only find the record have a turn as well: nobody who keeps one pays less.

mod load;
mod programs;
mod report;

use std::env;

use anyhow::{Context as _, Result};
use aya::sys::{Stats, enable_stats};
use estats_tests::comparison::progress;
use estats_tests::daemon::Daemon;
use estats_tests::netns::Namespace;
use estats_tests::reference::{PER_PACKET, Reference, Work};

use load::KINDS;
use programs::{Usage, Watched};
use report::{Report, Row};

/// Rounds of which the median is taken.
const ROUNDS: usize = 5;

/// The daemons: one with all tables, and one without each table that packets are looked at for.
const TABLES: [(&str, &str); 5] = [
    ("all", "all"),
    ("perf", "path,stack,app,tune,extras"),
    ("path", "perf,stack,app,tune,extras"),
    ("stack", "perf,path,app,tune,extras"),
    ("app", "perf,path,stack,tune,extras"),
];

/// For each program, what it and the empty one took.
type Taken = [(Usage, Usage); PER_PACKET.len()];

fn main() -> Result<()> {
    let json = env::args().any(|argument| argument == "--json");
    let _stats = enable_stats(Stats::RunTime).context("the kernel does not measure BPF programs")?;
    let namespace = Namespace::new()?;
    namespace.ip("link set lo mtu 1500")?;
    let empty = Reference::attach(Work::Empty)?;
    // By traffic, by daemon, by round.
    let mut samples = KINDS.map(|_| TABLES.map(|_| Vec::new()));
    let mut least = KINDS.map(|_| Vec::new());
    for round in 1..=ROUNDS {
        for (daemon, (table, tables)) in TABLES.iter().enumerate() {
            progress(json, &format!("round {round} of {ROUNDS}: {table}"));
            let taken = turn(&namespace, tables, &empty)?;
            for (samples, taken) in samples.iter_mut().zip(taken) {
                samples[daemon].push(taken);
            }
        }
        progress(json, &format!("round {round} of {ROUNDS}: the least"));
        let find = Reference::attach(Work::Find)?;
        for (least, taken) in least.iter_mut().zip(observed(&namespace, || used(&find), &empty)?) {
            least.push(taken);
        }
    }
    progress(json, "");
    let mut report = Report::default();
    for (traffic, (samples, least)) in KINDS.iter().zip(samples.iter().zip(&least)) {
        for (program, name) in PER_PACKET.iter().enumerate() {
            let of_program = |rounds: &Vec<Taken>| rounds.iter().map(|taken| taken[program]).collect::<Vec<_>>();
            let pairs = samples.each_ref().map(of_program);
            let [all, without @ ..] = pairs.each_ref().map(Vec::as_slice);
            let tables = TABLES.iter().skip(1).map(|(table, _)| *table);
            report
                .rows
                .push(Row::of(traffic, name, all, &of_program(least), tables.zip(without)));
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
fn turn(namespace: &Namespace, tables: &str, empty: &Reference) -> Result<Vec<Taken>> {
    let daemon = Daemon::start_with(namespace, &["--tables", tables])?;
    let programs = Watched::of(daemon.pid())?;
    observed(namespace, || programs.read(), empty)
}

/// What the programs to compare with took so far.
fn used(reference: &Reference) -> Result<[Usage; PER_PACKET.len()]> {
    Ok(reference.programs()?.each_ref().map(Usage::of))
}

/// What some programs take for each kind of traffic, and the empty ones at the same time.
fn observed(
    namespace: &Namespace,
    read: impl Fn() -> Result<[Usage; PER_PACKET.len()]>,
    empty: &Reference,
) -> Result<Vec<Taken>> {
    KINDS
        .iter()
        .map(|traffic| {
            let (before, idle) = (read()?, used(empty)?);
            namespace.run(|| traffic.run())?;
            let (after, idled) = (read()?, used(empty)?);
            Ok(std::array::from_fn(|n| {
                (after[n].since(before[n]), idled[n].since(idle[n]))
            }))
        })
        .collect()
}
