//! What the programs in the kernel take of each packet, in nanoseconds.
//!
//! The daemon's programs and empty ones of the same type hang on the same hooks at the same time, so both run for the same packets
//! on the same processors, and what a machine's noise does to one it does to the other. The kernel measures each run
//! (`BPF_STATS_RUN_TIME`); the difference is what the daemon's programs cost. More daemons, each with a table switched off, tell what
//! that table costs.

mod empty;
mod load;
mod programs;
mod report;

use std::env;
use std::io::{self, IsTerminal as _};

use anyhow::{Context as _, Result};
use aya::sys::{Stats, enable_stats};
use estats_tests::daemon::Daemon;
use estats_tests::netns::Namespace;

use empty::Empty;
use programs::{PER_PACKET, Usage, Watched};
use report::{Report, Row};

/// Runs of which the median is taken.
const RUNS: usize = 7;

/// The daemons: one with all tables, and one without each table that packets are looked at for.
const TABLES: [(&str, &str); 5] = [
    ("all", "all"),
    ("perf", "path,stack,app,tune,extras"),
    ("path", "perf,stack,app,tune,extras"),
    ("stack", "perf,path,app,tune,extras"),
    ("app", "perf,path,stack,tune,extras"),
];

fn main() -> Result<()> {
    let json = env::args().any(|argument| argument == "--json");
    let _stats = enable_stats(Stats::RunTime).context("the kernel does not measure BPF programs")?;
    let namespace = Namespace::new()?;
    namespace.ip("link set lo mtu 1500")?;
    let daemons = TABLES
        .iter()
        .map(|(_, tables)| watched(&namespace, tables))
        .collect::<Result<Vec<_>>>()?;
    let empty = Empty::attach()?;
    let usages = || -> Result<(Vec<[Usage; PER_PACKET.len()]>, _)> {
        let daemons = daemons.iter().map(|(_, programs)| programs.read());
        Ok((daemons.collect::<Result<_>>()?, empty.read()?))
    };
    let mut report = Report::default();
    for traffic in load::KINDS {
        // For each daemon and each program, pairs of what it and the empty one took in a run.
        let mut samples = TABLES.map(|_| PER_PACKET.map(|_| Vec::new()));
        for run in 1..=RUNS {
            progress(json, &format!("{}: run {run} of {RUNS}", traffic.name));
            let (before, idle) = usages()?;
            namespace.run(|| (traffic.work)())?;
            let (after, idled) = usages()?;
            for (daemon, samples) in samples.iter_mut().enumerate() {
                for (program, samples) in samples.iter_mut().enumerate() {
                    samples.push((
                        after[daemon][program].since(before[daemon][program]),
                        idled[program].since(idle[program]),
                    ));
                }
            }
        }
        progress(json, "");
        for (program, name) in PER_PACKET.iter().enumerate() {
            let [all, without @ ..] = samples.each_ref().map(|samples| samples[program].as_slice());
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

/// A daemon with these tables, and its programs.
fn watched(namespace: &Namespace, tables: &str) -> Result<(Daemon, Watched)> {
    let known = programs::ids()?;
    let daemon = Daemon::start_with(namespace, &["--tables", tables])?;
    Ok((daemon, Watched::among_new(&known)?))
}

/// Says on a terminal how far it is.
fn progress(json: bool, text: &str) {
    if !json && io::stderr().is_terminal() {
        eprint!("\r{text:40}\r");
    }
}
