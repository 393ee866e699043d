//! Medians, and how they are shown.

use std::fmt;

use serde::Serialize;

use crate::programs::Usage;

/// What may be paid for each received segment and for each sent packet, nanoseconds.
const AIMS: [(&str, &[&str], f64); 2] = [
    ("received segment", &["segment", "ingress"], 120.0),
    ("sent packet", &["egress"], 80.0),
];

/// One program under one kind of traffic. Times are nanoseconds of one run.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    traffic: &'static str,
    program: &'static str,
    /// Runs in all.
    runs: u64,
    /// Of the daemon's program.
    gross: f64,
    /// Of the empty one.
    empty: f64,
    /// The median of the differences.
    net: f64,
    /// The least and the largest difference.
    spread: (f64, f64),
}

impl Row {
    /// From pairs of what the daemon's program and the empty one took for the same packets.
    pub(crate) fn of(traffic: &'static str, program: &'static str, pairs: &[(Usage, Usage)]) -> Self {
        let sorted = |value: fn(&(Usage, Usage)) -> f64| {
            let mut values: Vec<f64> = pairs.iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let median = |values: &[f64]| values[values.len() / 2];
        let net = sorted(|(ours, empty)| ours.nanoseconds() - empty.nanoseconds());
        Self {
            traffic,
            program,
            runs: pairs.iter().map(|(ours, _)| ours.runs).sum(),
            gross: median(&sorted(|(ours, _)| ours.nanoseconds())),
            empty: median(&sorted(|(_, empty)| empty.nanoseconds())),
            net: median(&net),
            spread: (net[0], net[net.len() - 1]),
        }
    }
}

/// All rows.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) rows: Vec<Row>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<10} {:<18} {:>9} {:>8} {:>8} {:>8} {:>15}",
            "TRAFFIC", "PROGRAM", "RUNS", "GROSS ns", "EMPTY ns", "NET ns", "SPREAD"
        )?;
        for row in &self.rows {
            writeln!(
                f,
                "{:<10} {:<18} {:>9} {:>8.1} {:>8.1} {:>8.1} {:>6.1} .. {:>5.1}",
                row.traffic, row.program, row.runs, row.gross, row.empty, row.net, row.spread.0, row.spread.1
            )?;
        }
        writeln!(f)?;
        let mut kinds: Vec<&str> = self.rows.iter().map(|row| row.traffic).collect();
        kinds.dedup();
        for traffic in kinds {
            for (unit, programs, aim) in AIMS {
                let rows = self.rows.iter().filter(|row| row.traffic == traffic);
                let net: f64 = rows
                    .filter(|row| programs.contains(&row.program))
                    .map(|row| row.net)
                    .sum();
                writeln!(f, "{traffic:<10} per {unit:<18} {net:>6.1} ns net (aim: at most {aim})")?;
            }
        }
        Ok(())
    }
}
