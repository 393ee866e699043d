//! What the programs in the kernel take of each packet, in nanoseconds.
//!
//! The daemon's programs and empty ones of the same type hang on the same hooks at the same time, so both run for the same packets
//! on the same processors, and what a machine's noise does to one it does to the other. The kernel measures each run
//! (`BPF_STATS_RUN_TIME`); the difference is what the daemon's programs cost.

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
use programs::{PER_PACKET, Watched};
use report::{Report, Row};

/// Runs of which the median is taken.
const RUNS: usize = 7;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let json = has("--json");

    let _stats = enable_stats(Stats::RunTime).context("the kernel does not measure BPF programs")?;
    let mut report = Report::default();
    let namespace = Namespace::new()?;
    namespace.ip("link set lo mtu 1500")?;
    let known = programs::ids()?;
    let daemon = Daemon::start(&namespace)?;
    let ours = Watched::among_new(&known)?;
    let empty = Empty::attach()?;
    for traffic in load::KINDS {
        let mut samples = PER_PACKET.map(|_| Vec::new());
        for run in 0..RUNS {
            if !json && io::stderr().is_terminal() {
                eprint!("\r{}: run {} of {RUNS} ", traffic.name, run + 1);
            }
            let before = (ours.read()?, empty.read()?);
            namespace.run(|| (traffic.work)())?;
            let after = (ours.read()?, empty.read()?);
            for (index, samples) in samples.iter_mut().enumerate() {
                samples.push((
                    after.0[index].since(before.0[index]),
                    after.1[index].since(before.1[index]),
                ));
            }
        }
        if !json && io::stderr().is_terminal() {
            eprint!("\r{:40}\r", "");
        }
        for (name, samples) in PER_PACKET.iter().zip(&samples) {
            report.rows.push(Row::of(traffic.name, name, samples));
        }
    }
    drop(daemon);
    if json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(())
}
