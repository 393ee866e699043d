//! What estatsd takes of throughput, and of connections per second.
//!
//! Rounds of three turns: without a daemon, with one that counts for all tables, and with programs that do nothing but find a
//! connection's record at the same hooks, which nobody who keeps a record can do without. Each turn has all loads; each round begins with another turn.
//! Ratios are taken within a round, so that what changes slowly on the machine is in both.

mod load;

use std::env;

use anyhow::Result;
use estats_tests::comparison::{Comparison, Comparisons, progress};
use estats_tests::daemon::Daemon;
use estats_tests::reference::{Reference, Work};

use load::{Hosts, Load};

/// Rounds of which the median is taken.
const ROUNDS: usize = 7;

/// Who watches the traffic.
#[derive(Clone, Copy, Debug)]
enum Turn {
    Nobody,
    Daemon,
    Least,
}

impl Turn {
    const ALL: [Self; 3] = [Self::Nobody, Self::Daemon, Self::Least];

    /// The figure of each load.
    fn take(self, hosts: &Hosts, say: impl Fn(&Load)) -> Result<Vec<f64>> {
        let all = || {
            let run = |load: &Load| {
                say(load);
                load.run(hosts)
            };
            Load::ALL.iter().map(run).collect()
        };
        match self {
            Self::Nobody => all(),
            Self::Daemon => {
                let _daemon = Daemon::start(&hosts.client)?;
                all()
            }
            Self::Least => {
                let _programs = Reference::attach(Work::Find)?;
                all()
            }
        }
    }
}

fn main() -> Result<()> {
    let json = env::args().any(|argument| argument == "--json");
    let hosts = Hosts::new()?;
    // By load, by turn.
    let mut figures = Load::ALL.map(|_| Turn::ALL.map(|_| Vec::new()));
    for round in 0..ROUNDS {
        for nth in 0..Turn::ALL.len() {
            let turn = (round + nth) % Turn::ALL.len();
            let say = |load: &Load| {
                let watched = format!("{:?}", Turn::ALL[turn]).to_lowercase();
                progress(
                    json,
                    &format!("round {} of {ROUNDS}, {watched}: {}", round + 1, load.what),
                );
            };
            let taken = Turn::ALL[turn].take(&hosts, say)?;
            for (figures, figure) in figures.iter_mut().zip(taken) {
                figures[turn].push(figure);
            }
        }
    }
    progress(json, "");
    let rows = Load::ALL
        .iter()
        .zip(&figures)
        .flat_map(|(load, [without, daemon, least])| {
            let pairs = |with: &[f64]| without.iter().copied().zip(with.iter().copied()).collect::<Vec<_>>();
            let place = ["one processor", "two processors"][load.processors - 1];
            [
                Comparison::of_pairs(format!("{}, {place}", load.what), load.unit, &pairs(daemon), load.aim),
                Comparison::of_pairs("  to find the record alone", load.unit, &pairs(least), ""),
            ]
        });
    Comparisons {
        benchmark: "path",
        rows: rows.collect(),
    }
    .print(json, serde_json::to_string_pretty)?;
    Ok(())
}
