//! Counting tests, from what the test harness prints.

use std::fmt;
use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::mem;
use std::ops::AddAssign;

/// How many tests ended in which way. Displays as the closing line of `cargo xtask test`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests, or steps other than tests, that failed.
    pub(crate) failed: u64,
    /// Tests that did not run because they are marked so, and steps that could not.
    pub(crate) skipped: u64,
    /// Tests that failed and were run once more; how that ended is in `passed` or `failed`.
    pub(crate) repeated: u64,
    /// Names of tests that failed, as far as they were told.
    pub(crate) failures: Vec<String>,
}

/// So many tests that failed are run once more, each alone. What they watch is a kernel under load, in a virtual machine that may stand
/// still for longer than a retransmission takes; more failures than that are no accident.
pub(crate) const SECOND_CHANCES: usize = 3;

impl Tally {
    /// Passes what a test run prints on to `shown`, and adds up the summaries that go by.
    ///
    /// # Errors
    /// When reading or writing fails.
    pub(crate) fn follow(&mut self, output: impl Read, mut shown: impl Write) -> io::Result<()> {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        // By bytes: a test may print what is not UTF-8.
        while output.read_until(b'\n', &mut line)? != 0 {
            shown.write_all(&line)?;
            shown.flush()?;
            self.add(&String::from_utf8_lossy(&line));
            line.clear();
        }
        Ok(())
    }

    /// Adds `test result: ok. 11 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.01s`, or the name in
    /// `test of::something ... FAILED`. Any other line adds nothing.
    pub(crate) fn add(&mut self, line: &str) {
        let failed = line.trim_end().strip_suffix(" ... FAILED");
        if let Some(name) = failed.and_then(|line| line.strip_prefix("test ")) {
            self.failures.push(name.to_owned());
            return;
        }
        let Some((_verdict, counts)) = line
            .strip_prefix("test result: ")
            .and_then(|line| line.split_once(". "))
        else {
            return;
        };
        for part in counts.split(';') {
            let mut words = part.split_whitespace();
            let (Some(Ok(number)), Some(what)) = (words.next().map(str::parse::<u64>), words.next()) else {
                continue;
            };
            match what {
                "passed" => self.passed += number,
                "failed" => self.failed += number,
                "ignored" => self.skipped += number,
                _ => {}
            }
        }
    }

    /// The names of the tests to run once more: all that failed, if they are few and each is known by name. How they end has to be
    /// added again.
    pub(crate) fn second_chances(&mut self) -> Option<Vec<String>> {
        let few = (1..=SECOND_CHANCES).contains(&self.failures.len());
        if !few || self.failures.len() as u64 != self.failed {
            return None;
        }
        self.repeat(self.failed);
        Some(mem::take(&mut self.failures))
    }

    /// So many of those that failed run once more.
    pub(crate) fn repeat(&mut self, tests: u64) {
        let tests = tests.min(self.failed);
        self.failed -= tests;
        self.repeated += tests;
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.repeated += other.repeated;
        self.failures.extend(other.failures);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped != 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        if self.repeated != 0 {
            write!(f, ", {} ran twice", self.repeated)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &[u8] = b"running 2 tests\n\
        test tests::one ... ok\n\
        test result: ok. 11 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.01s\n\
        a test prints \xff, and says that 7 passed; 7 failed\n\
        test result: FAILED. 1 passed; 2 failed; 4 ignored; 5 measured; 0 filtered out; finished in 1.50s\n\
        no newline at the end";

    #[test]
    fn the_summaries_of_all_test_programs_add_up() {
        let mut tally = Tally::default();
        tally.follow(RUN, io::sink()).unwrap();
        assert_eq!(
            tally,
            Tally {
                passed: 12,
                failed: 2,
                skipped: 4,
                ..Tally::default()
            }
        );
    }

    #[test]
    fn few_that_failed_run_once_more_by_their_names() {
        let failed = |names: &[&str]| {
            let mut tally = Tally::default();
            for name in names {
                tally.add(&format!("test {name} ... FAILED\n"));
            }
            tally.add(&format!(
                "test result: FAILED. 5 passed; {} failed; 0 ignored",
                names.len()
            ));
            tally
        };
        let mut tally = failed(&["a::one", "b::two"]);
        assert_eq!(tally.second_chances().unwrap(), ["a::one", "b::two"]);
        assert_eq!(tally.to_string(), "5 passed, 0 failed, 2 ran twice");
        tally.add("test b::two ... FAILED");
        tally.add("test result: FAILED. 1 passed; 1 failed; 0 ignored");
        assert_eq!(tally.to_string(), "6 passed, 1 failed, 2 ran twice");

        assert_eq!(failed(&["a", "b", "c", "d"]).second_chances(), None);
        assert_eq!(failed(&[]).second_chances(), None);
        let mut nameless = failed(&["a"]);
        nameless.failed += 1;
        assert_eq!(nameless.second_chances(), None);
    }

    #[test]
    fn the_output_goes_through_unchanged() {
        let mut shown = Vec::new();
        Tally::default().follow(RUN, &mut shown).unwrap();
        assert_eq!(shown, RUN);
    }

    #[test]
    fn skipped_tests_are_mentioned_only_if_there_are_any() {
        assert_eq!(
            Tally {
                passed: 3,
                ..Tally::default()
            }
            .to_string(),
            "3 passed, 0 failed"
        );
        assert_eq!(
            Tally {
                passed: 3,
                failed: 1,
                skipped: 2,
                ..Tally::default()
            }
            .to_string(),
            "3 passed, 1 failed, 2 skipped"
        );
    }
}
