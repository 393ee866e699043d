//! What a guest says on its console, and what it means.
//!
//! Lines that begin with [`MARK`] are the guest's first program's; all others are printed by what it runs.

use anyhow::{Result, bail, ensure};

use crate::tally::Tally;

/// Begins a line that is meant for us. After it comes one of: `booted SECONDS`, `begin STEP`, `again TESTS` of the step that failed,
/// `end STEP STATUS`, `over SECONDS`.
pub(super) const MARK: &str = "matrix:";

/// What a guest has said so far.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    /// When the first program ran, in seconds of the guest's clock.
    pub(super) booted: Option<f64>,
    /// When all was done, in seconds of the guest's clock.
    pub(super) over: Option<f64>,
    /// How the tests ended.
    pub(super) tally: Tally,
    /// How many instruments are live, and how many masked.
    pub(super) instruments: Option<(u32, u32)>,
    /// Fields of the kernel that estatsd reads, and where they are.
    pub(super) layout: Vec<(String, String)>,
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    name: String,
    /// None while it runs.
    status: Option<i32>,
}

impl Transcript {
    /// Takes in a line. Returns what of it is worth showing.
    pub(super) fn add<'a>(&mut self, line: &'a str) -> Option<&'a str> {
        if let Some(mark) = line.strip_prefix(MARK) {
            self.add_mark(mark);
            return None;
        }
        // The firmware and the kernel have nothing to say.
        self.booted?;
        if let Some(row) = layout_row(line) {
            self.layout.push(row);
            return None;
        }
        self.tally.add(line);
        self.instruments = instrument_counts(line).or(self.instruments);
        Some(line).filter(|line| !line.is_empty())
    }

    fn add_mark(&mut self, mark: &str) {
        match *mark.split_whitespace().collect::<Vec<_>>() {
            ["booted", seconds] => self.booted = seconds.parse().ok(),
            ["over", seconds] => self.over = seconds.parse().ok(),
            ["begin", name] => self.steps.push(Step {
                name: name.to_owned(),
                status: None,
            }),
            ["again", tests] => self.tally.repeat(tests.parse().unwrap_or(0)),
            ["end", name, status] => {
                if let Some(step) = self.steps.iter_mut().find(|step| step.name == name) {
                    step.status = status.parse().ok();
                }
            }
            _ => {}
        }
    }

    /// Whether the guest did all `steps`, with success, and in them so many tests at least.
    ///
    /// # Errors
    /// When one was not done, or failed; the error names it.
    pub(super) fn verdict<'a>(&self, steps: impl IntoIterator<Item = &'a str>, tests: usize) -> Result<()> {
        ensure!(self.booted.is_some(), "it did not boot");
        for name in steps {
            match self.steps.iter().find(|step| step.name == name).map(|step| step.status) {
                Some(Some(0)) => {}
                Some(Some(status)) => bail!("{name} failed (exit status {status})"),
                Some(None) => bail!("it ended during {name}"),
                None => bail!("it ended before {name}"),
            }
        }
        ensure!(self.over.is_some(), "it ended after its last step");
        ensure!(self.tally.failed == 0, "{}", self.tally);
        let passed = self.tally.passed;
        ensure!(passed >= tests as u64, "{passed} tests were run, not {tests}");
        Ok(())
    }
}

/// A row of `estatsd check --layout`, such as `tcp_sock.snd_una 1508`. Its other rows begin with a word without a dot.
fn layout_row(line: &str) -> Option<(String, String)> {
    let (field, place) = line.split_once(char::is_whitespace)?;
    let is_field = field.contains('.') && field.chars().all(|c| c.is_ascii_alphanumeric() || "._".contains(c));
    let place = place.trim();
    (is_field && place.starts_with(|c: char| c == '-' || c.is_ascii_digit()))
        .then(|| (field.to_owned(), place.to_owned()))
}

/// The last row of `estatsd instruments`: `124 live, 22 masked`.
fn instrument_counts(line: &str) -> Option<(u32, u32)> {
    let (available, masked) = line.strip_suffix(" masked")?.split_once(" live, ")?;
    Some((available.parse().ok()?, masked.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: [&str; 2] = ["check", "tests"];

    fn transcript(lines: &[&str]) -> (Transcript, Vec<String>) {
        let mut transcript = Transcript::default();
        let shown = lines.iter().filter_map(|line| transcript.add(line)).map(str::to_owned);
        let shown = shown.collect();
        (transcript, shown)
    }

    const GOOD: [&str; 11] = [
        "SeaBIOS (version 1)",
        "matrix: booted 3.25",
        "matrix: begin check",
        "type information   ok       /sys/kernel/btf/vmlinux",
        "tcp_sock.snd_una         1508",
        "124 live, 22 masked",
        "matrix: end check 0",
        "matrix: begin tests",
        "test result: ok. 9 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
        "matrix: end tests 0",
        "matrix: over 60.5",
    ];

    #[test]
    fn a_whole_run_is_read() {
        let (said, shown) = transcript(&GOOD);
        said.verdict(STEPS, 9).unwrap();
        said.verdict(STEPS, 10).unwrap_err();
        assert_eq!((said.booted, said.over), (Some(3.25), Some(60.5)));
        assert_eq!((said.tally.passed, said.tally.skipped), (9, 1));
        assert_eq!(said.instruments, Some((124, 22)));
        assert_eq!(said.layout, [("tcp_sock.snd_una".to_owned(), "1508".to_owned())]);
        assert_eq!(shown.len(), 3, "{shown:?}");
    }

    #[test]
    fn a_run_that_ends_early_is_no_success() {
        for length in 0..GOOD.len() {
            let (said, _) = transcript(&GOOD[..length]);
            said.verdict(STEPS, 1).unwrap_err();
        }
    }

    #[test]
    fn the_step_that_failed_is_named() {
        let lines = GOOD.map(|line| {
            if line == "matrix: end check 0" {
                "matrix: end check 1"
            } else {
                line
            }
        });
        let error = transcript(&lines).0.verdict(STEPS, 1).unwrap_err().to_string();
        assert_eq!(error, "check failed (exit status 1)");
    }

    #[test]
    fn fields_are_told_from_other_rows() {
        assert_eq!(
            layout_row("sock.sk_uid -"),
            Some(("sock.sk_uid".to_owned(), "-".to_owned()))
        );
        for line in [
            "kernel ok 6.1.0",
            "tests::a ... ok",
            "sock.sk_uid is missing",
            "12.5 seconds",
            "",
        ] {
            assert_eq!(layout_row(line), None, "{line}");
        }
    }
}
