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
    /// What switching a table off saves.
    tables: Vec<(&'static str, f64)>,
}

/// For each run, what a daemon's program and the empty one took for the same packets.
type Pairs<'a> = &'a [(Usage, Usage)];

impl Row {
    /// From the daemon with all tables, and from those without one of them.
    pub(crate) fn of<'a>(
        traffic: &'static str,
        program: &'static str,
        all: Pairs<'a>,
        without: impl Iterator<Item = (&'static str, Pairs<'a>)>,
    ) -> Self {
        let net = sorted(all.iter().map(net));
        let saved = |pairs: Pairs<'a>| median(&sorted(all.iter().zip(pairs).map(|(all, less)| net_of(all, less))));
        Self {
            traffic,
            program,
            runs: all.iter().map(|(ours, _)| ours.runs).sum(),
            gross: median(&sorted(all.iter().map(|(ours, _)| ours.nanoseconds()))),
            empty: median(&sorted(all.iter().map(|(_, empty)| empty.nanoseconds()))),
            net: median(&net),
            spread: (net[0], net[net.len() - 1]),
            tables: without.map(|(table, pairs)| (table, saved(pairs))).collect(),
        }
    }
}

fn net((ours, empty): &(Usage, Usage)) -> f64 {
    ours.nanoseconds() - empty.nanoseconds()
}

fn net_of(all: &(Usage, Usage), less: &(Usage, Usage)) -> f64 {
    net(all) - net(less)
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

fn median(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}

/// All rows.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) rows: Vec<Row>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<9} {:<8} {:>9} {:>8} {:>8} {:>8} {:>15}  ",
            "TRAFFIC", "PROGRAM", "RUNS", "GROSS ns", "EMPTY ns", "NET ns", "SPREAD"
        )?;
        let tables = self.rows.first().map(|row| row.tables.as_slice());
        for (table, _) in tables.unwrap_or_default() {
            write!(f, " {:>8}", format!("of {table}"))?;
        }
        writeln!(f)?;
        for row in &self.rows {
            write!(
                f,
                "{:<9} {:<8} {:>9} {:>8.1} {:>8.1} {:>8.1} {:>6.1} .. {:>5.1}  ",
                row.traffic, row.program, row.runs, row.gross, row.empty, row.net, row.spread.0, row.spread.1
            )?;
            for (_, saved) in &row.tables {
                write!(f, " {saved:>8.1}")?;
            }
            writeln!(f)?;
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
                writeln!(f, "{traffic:<9} per {unit:<18} {net:>6.1} ns net (aim: at most {aim})")?;
            }
        }
        Ok(())
    }
}
