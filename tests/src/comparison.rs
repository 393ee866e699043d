//! Figures of a benchmark beside what they are compared with, as a table or as JSON.

use std::fmt;
use std::io::{self, IsTerminal as _};

use serde::Serialize;

/// One line: what was measured, and against what.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// What was measured.
    pub what: String,
    /// Unit of `baseline`, `ours` and `spread`, unless that is of ratios.
    pub unit: &'static str,
    /// The median without us, or of what else does the same; none where there is nothing of the kind.
    pub baseline: Option<f64>,
    /// Our median.
    pub ours: f64,
    /// The median of the ratios ours to baseline, each of one pair of runs.
    pub ratio: Option<f64>,
    /// The least and the largest of those ratios; of our figures, where there is no baseline.
    pub spread: (f64, f64),
    /// What is aimed at.
    pub aim: &'static str,
}

impl Comparison {
    /// From pairs of runs: the baseline and ours.
    ///
    /// # Panics
    ///
    /// When there is no pair.
    #[must_use]
    pub fn of_pairs(what: impl Into<String>, unit: &'static str, pairs: &[(f64, f64)], aim: &'static str) -> Self {
        let ratios = sorted(pairs.iter().map(|(baseline, ours)| ours / baseline));
        Self {
            what: what.into(),
            unit,
            baseline: Some(quantile(&sorted(pairs.iter().map(|pair| pair.0)), 0.5)),
            ours: quantile(&sorted(pairs.iter().map(|pair| pair.1)), 0.5),
            ratio: Some(quantile(&ratios, 0.5)),
            spread: (ratios[0], ratios[ratios.len() - 1]),
            aim,
        }
    }

    /// A figure without a baseline, from several runs.
    ///
    /// # Panics
    ///
    /// When there is no run.
    #[must_use]
    pub fn of_runs(what: impl Into<String>, unit: &'static str, runs: &[f64], aim: &'static str) -> Self {
        let runs = sorted(runs.iter().copied());
        Self {
            what: what.into(),
            unit,
            baseline: None,
            ours: quantile(&runs, 0.5),
            ratio: None,
            spread: (runs[0], runs[runs.len() - 1]),
            aim,
        }
    }
}

/// In ascending order.
#[must_use]
pub fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The value below which this share of the sorted ones lies.
///
/// # Panics
///
/// When there are none.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "some thousands of values, and a share between 0 and 1"
)]
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

/// All lines of a benchmark.
#[derive(Debug, Serialize)]
pub struct Comparisons {
    /// Its name.
    pub benchmark: &'static str,
    /// The lines.
    pub rows: Vec<Comparison>,
}

impl Comparisons {
    /// Prints them on standard output, as a table or as the JSON that `to_json` makes of them.
    ///
    /// # Errors
    ///
    /// Those of `to_json`.
    pub fn print<E>(&self, json: bool, to_json: impl FnOnce(&Self) -> Result<String, E>) -> Result<(), E> {
        if json {
            println!("{}", to_json(self)?);
        } else {
            print!("{self}");
        }
        Ok(())
    }
}

impl fmt::Display for Comparisons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<50} {:>8} {:>12} {:>12} {:>7}  {:^20}  AIM",
            self.benchmark.to_uppercase(),
            "UNIT",
            "BASELINE",
            "OURS",
            "RATIO",
            "SPREAD"
        )?;
        for row in &self.rows {
            let baseline = row
                .baseline
                .map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"));
            let ratio = row.ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.3}"));
            let digits = if row.ratio.is_some() { 3 } else { 1 };
            writeln!(
                f,
                "{:<50} {:>8} {baseline:>12} {:>12.1} {ratio:>7}  {:>8.digits$} .. {:<8.digits$}  {}",
                row.what, row.unit, row.ours, row.spread.0, row.spread.1, row.aim
            )?;
        }
        Ok(())
    }
}

/// Says on a terminal how far a benchmark is; nothing where JSON was asked for. An empty text wipes the last one out.
pub fn progress(json: bool, text: &str) {
    if !json && io::stderr().is_terminal() {
        eprint!("\r{text:60}\r");
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;

    #[test]
    fn pairs_are_compared_pair_by_pair() {
        let row = Comparison::of_pairs("x", "s", &[(10.0, 9.0), (100.0, 100.0), (20.0, 22.0)], "");
        assert_eq!((row.baseline, row.ours), (Some(20.0), 22.0));
        assert_eq!((row.ratio, row.spread), (Some(1.0), (0.9, 1.1)));
    }

    #[test]
    fn quantiles_are_values_that_were_measured() {
        let values = sorted([5.0, 1.0, 4.0, 2.0, 3.0].into_iter());
        let quantiles = [0.0, 0.5, 0.99, 1.0].map(|share| quantile(&values, share).total_cmp(&3.0));
        assert_eq!(
            quantiles,
            [Ordering::Less, Ordering::Equal, Ordering::Greater, Ordering::Greater]
        );
    }
}
