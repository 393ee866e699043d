//! Counting tests, from what the test harness prints.

use std::fmt;
use std::io::{self, BufRead as _, BufReader, Read, Write};
use std::ops::AddAssign;

/// How many tests ended in which way. Displays as the closing line of `cargo xtask test`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests, or steps other than tests, that failed.
    pub(crate) failed: u64,
    /// Tests that did not run because they are marked so, and steps that could not.
    pub(crate) skipped: u64,
}

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
            self.add_summary(&String::from_utf8_lossy(&line));
            line.clear();
        }
        Ok(())
    }

    /// Adds `test result: ok. 11 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.01s`. Any other
    /// line adds nothing.
    pub(crate) fn add_summary(&mut self, line: &str) {
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
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped != 0 {
            write!(f, ", {} skipped", self.skipped)?;
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
                skipped: 4
            }
        );
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
                failed: 0,
                skipped: 0
            }
            .to_string(),
            "3 passed, 0 failed"
        );
        assert_eq!(
            Tally {
                passed: 3,
                failed: 1,
                skipped: 2
            }
            .to_string(),
            "3 passed, 1 failed, 2 skipped"
        );
    }
}
