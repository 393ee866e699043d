//! `cargo xtask test`: everything that is checked before a change is accepted, in one run.

use std::io;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::privilege::Privilege;
use crate::setup::{self, BpfTools, Policy};
use crate::tally::Tally;
use crate::{bpf, matrix, process, watchdog, workspace};

/// No test is silent for so long, and the compiler, which runs before the first prints anything, is done by then.
const PATIENCE: Duration = Duration::from_secs(600);

/// How much to test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Everything. Needs root, because tests load BPF programs and make network namespaces.
    Full,
    /// The checks of the source, and the unit tests.
    Quick,
}

/// Runs the steps up to the first that fails, and ends with a line like `12 passed, 0 failed`.
pub(crate) fn run(extent: Extent, policy: Policy) -> ExitCode {
    let mut run = Run {
        started: Instant::now(),
        tally: Tally::default(),
    };
    let result = run.steps(extent, policy);
    if let Err(error) = &result {
        eprintln!("error: {error:#}");
        // A step other than a test, or a test program that crashed before its summary.
        run.tally.failed = run.tally.failed.max(1);
    }
    println!(
        "==> {} {}",
        clock(run.started.elapsed()),
        if result.is_ok() { "done" } else { "stopped" }
    );
    println!("{}", run.tally);
    if result.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

struct Run {
    started: Instant,
    tally: Tally,
}

impl Run {
    fn steps(&mut self, extent: Extent, policy: Policy) -> Result<()> {
        let tools = self.step("set-up", |_| prepare(extent, policy))?;
        self.step("rustfmt", |_| rustfmt())?;
        self.step("BPF object", |_| bpf::build(&tools))?;
        self.step("clippy", |_| {
            process::run(workspace::cargo("clippy").args(["--workspace", "--all-targets", "--", "-Dwarnings"]))
        })?;
        self.step("clippy of the BPF object", |tally| clippy_bpf(&tools, tally))?;
        // Tests start the daemon and the tools, which `cargo test` alone builds only for their own packages' tests.
        self.step("build", |_| process::run(workspace::cargo("build").arg("--workspace")))?;
        match extent {
            Extent::Full => {
                self.step("tests", |tally| {
                    cargo_test(|| Privilege::detect().cargo("test", &tools), tally)
                })?;
                self.step("tests on other kernels", |tally| {
                    let there = matrix::try_kernels(&[], &matrix::Extent::Brief, policy)?;
                    let (failed, result) = (there.failed, there.to_string());
                    *tally += there;
                    ensure!(failed == 0, "{result}");
                    Ok(())
                })
            }
            Extent::Quick => self.step("unit tests", |tally| {
                let test = || {
                    let mut test = workspace::cargo("test");
                    test.args(["--lib", "--bins"]);
                    // The older generations are the same sources in other forms. Their manifests leave the sources' own tests to the
                    // newest one, of which `--lib` takes no notice.
                    test.args(["--exclude", "estats-l[0-9]*", "--exclude", "tcpe-l[0-9]*"]);
                    Ok(test)
                };
                cargo_test(test, tally)
            }),
        }
    }

    fn step<T>(&mut self, name: &str, work: impl FnOnce(&mut Tally) -> Result<T>) -> Result<T> {
        println!("==> {} {name}", clock(self.started.elapsed()));
        work(&mut self.tally).with_context(|| format!("step \"{name}\""))
    }
}

/// Finds out before anything is built what would end the run later.
fn prepare(extent: Extent, policy: Policy) -> Result<BpfTools> {
    if extent == Extent::Full {
        Privilege::detect().require("the tests load BPF programs (--quick leaves those out)")?;
    }
    let tools = match extent {
        Extent::Full => setup::for_running(policy),
        Extent::Quick => setup::for_build(policy),
    }?;
    setup::checkers(policy)?;
    Ok(tools)
}

fn rustfmt() -> Result<()> {
    process::run(workspace::cargo("fmt").args(["--all", "--check"]))?;
    // A workspace of its own, because the fuzzer's compiler flags are not for the others.
    process::run(workspace::cargo("fmt").args(["--manifest-path", "spec/protocol/fuzz/Cargo.toml", "--check"]))
}

/// The kernel side again, with the code that only the BPF target compiles.
fn clippy_bpf(tools: &BpfTools, tally: &mut Tally) -> Result<()> {
    if !process::succeeds(tools.toolchain.cargo("clippy").arg("--version")) {
        println!(
            "skipped: rustc {}, which builds it, comes without clippy",
            tools.toolchain.version.release
        );
        tally.skipped += 1;
        return Ok(());
    }
    process::run(bpf::cargo(tools, "clippy").args(["--", "-Dwarnings"]))
}

/// All tests, and a few that failed once more.
fn cargo_test(test: impl Fn() -> Result<Command>, tally: &mut Tally) -> Result<()> {
    let first = follow(test()?, &[], tally);
    let Some(names) = tally.second_chances() else {
        return first;
    };
    println!("==> once more: {}", names.join(", "));
    let mut harness = vec!["--test-threads", "1", "--exact"];
    harness.extend(names.iter().map(String::as_str));
    let passed = tally.passed;
    follow(test()?, &harness, tally)?;
    ensure!(
        tally.passed - passed >= names.len() as u64,
        "not all of them were found again"
    );
    Ok(())
}

/// Runs a `cargo test`, and counts while it prints. `harness` is for the test programs.
fn follow(mut command: Command, harness: &[&str], tally: &mut Tally) -> Result<()> {
    command
        .args(["--workspace", "--no-fail-fast", "--"])
        .args(harness)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = command
        .spawn()
        .with_context(|| format!("could not start `{}`", process::shown(&command)))?;
    let output = child.stdout.take().context("the pipe that was asked for")?;
    let followed = watchdog::watch(child.id(), PATIENCE, io::stdout(), |shown| tally.follow(output, shown));
    let status = child.wait()?;
    followed.context("could not pass on what the tests print")?;
    if !status.success() {
        bail!("`{}` failed ({status})", process::shown(&command));
    }
    Ok(())
}

/// Minutes and seconds.
fn clock(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    format!("[{:2}:{:02}]", seconds / 60, seconds % 60)
}
