//! Medians, and how they are shown.

use std::fmt;

use serde::Serialize;

use crate::load::Kind;
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
    /// That the two ends run on.
    processors: usize,
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
    /// Net of a program that only finds the record.
    least: f64,
    /// What switching a table off saves.
    tables: Vec<(&'static str, f64)>,
}

/// For each run, what a daemon's program and the empty one took for the same packets.
type Pairs<'a> = &'a [(Usage, Usage)];

impl Row {
    /// From the daemon with all tables, from the programs that only find the record, and from daemons without one of the tables.
    pub(crate) fn of<'a>(
        traffic: &Kind,
        program: &'static str,
        all: Pairs<'a>,
        least: Pairs<'_>,
        without: impl Iterator<Item = (&'static str, Pairs<'a>)>,
    ) -> Self {
        let net_all = sorted(all.iter().map(net));
        let saved = |pairs: Pairs<'a>| median(&sorted(all.iter().zip(pairs).map(|(all, less)| net_of(all, less))));
        Self {
            traffic: traffic.name,
            processors: traffic.processors,
            program,
            runs: all.iter().map(|(ours, _)| ours.runs).sum(),
            gross: median(&sorted(all.iter().map(|(ours, _)| ours.nanoseconds()))),
            empty: median(&sorted(all.iter().map(|(_, empty)| empty.nanoseconds()))),
            net: median(&net_all),
            spread: (net_all[0], net_all[net_all.len() - 1]),
            least: median(&sorted(least.iter().map(net))),
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
            "{:<9} {:>4} {:<8} {:>9} {:>8} {:>8} {:>8} {:>15} {:>8}  ",
            "TRAFFIC", "CPUS", "PROGRAM", "RUNS", "GROSS ns", "EMPTY ns", "NET ns", "SPREAD", "LEAST ns"
        )?;
        let tables = self.rows.first().map(|row| row.tables.as_slice());
        for (table, _) in tables.unwrap_or_default() {
            write!(f, " {:>8}", format!("of {table}"))?;
        }
        writeln!(f)?;
        for row in &self.rows {
            write!(
                f,
                "{:<9} {:>4} {:<8} {:>9} {:>8.1} {:>8.1} {:>8.1} {:>6.1} .. {:>5.1} {:>8.1}  ",
                row.traffic,
                row.processors,
                row.program,
                row.runs,
                row.gross,
                row.empty,
                row.net,
                row.spread.0,
                row.spread.1,
                row.least
            )?;
            for (_, saved) in &row.tables {
                write!(f, " {saved:>8.1}")?;
            }
            writeln!(f)?;
        }
        writeln!(f)?;
        let mut kinds: Vec<_> = self.rows.iter().map(|row| (row.traffic, row.processors)).collect();
        kinds.dedup();
        for (traffic, processors) in kinds {
            for (unit, programs, aim) in AIMS {
                let rows = self
                    .rows
                    .iter()
                    .filter(|row| (row.traffic, row.processors) == (traffic, processors));
                let rows = rows.filter(|row| programs.contains(&row.program));
                let (net, least) = rows.fold((0.0, 0.0), |(net, least), row| (net + row.net, least + row.least));
                writeln!(
                    f,
                    "{traffic:<9} {processors:>4} per {unit:<16} {net:>6.1} ns net (aim: at most {aim}; finding the record alone: {least:.1})"
                )?;
            }
        }
        Ok(())
    }
}
