//! What was exchanged so far, for the message of a script that failed.

use std::fmt;
use std::time::{Duration, Instant};

use super::segment::Segment;

/// Where a segment goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Direction {
    ToKernel,
    FromKernel,
}

/// The exchange up to now.
#[derive(Debug)]
pub(super) struct Transcript {
    begin: Instant,
    lines: Vec<(Duration, String)>,
}

impl Default for Transcript {
    fn default() -> Self {
        Self {
            begin: Instant::now(),
            lines: Vec::new(),
        }
    }
}

impl Transcript {
    /// Adds a segment.
    pub(super) fn add(&mut self, direction: Direction, segment: &Segment) {
        let arrow = match direction {
            Direction::ToKernel => '>',
            Direction::FromKernel => '<',
        };
        self.note(&format!("{arrow} {segment}"));
    }

    /// Adds a remark.
    pub(super) fn note(&mut self, line: &str) {
        self.lines.push((self.begin.elapsed(), line.to_owned()));
    }

    /// The age of the exchange: the peer's timestamp clock, which never says 0.
    pub(super) fn milliseconds(&self) -> u32 {
        u32::try_from(self.begin.elapsed().as_millis() + 1).expect("a script of weeks")
    }
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the exchange (> to the kernel, < from it; time in ms):")?;
        for (time, line) in &self.lines {
            writeln!(f, "{:9.3} {line}", time.as_secs_f64() * 1000.0)?;
        }
        Ok(())
    }
}
