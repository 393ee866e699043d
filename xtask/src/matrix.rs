//! `cargo xtask matrix`: estatsd and its tests, as they are built, on other kernels than the running one, in virtual machines.
//!
//! Nothing here needs root: the emulator is an ordinary program, and kernels are unpacked, not installed.

use std::collections::BTreeMap;
use std::fs;
use std::panic::resume_unwind;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::distro::Distro;
use crate::packages::Program;
use crate::setup::{self, Policy};
use crate::tally::Tally;
use crate::{bpf, process, workspace};

mod archive;
mod cpio;
mod guest;
mod kernel;
mod machine;
mod modules;
mod test_programs;
mod transcript;

use archive::Archive;
use guest::{Contents, Step};
use kernel::Kernel;
pub(crate) use kernel::Series;
use transcript::Transcript;

/// What the matrix runs on this machine.
const PROGRAMS: [Program; 2] = [
    Program {
        name: machine::EMULATOR,
        purpose: "virtual machines",
        debian: "qemu-system-x86",
        fedora: "qemu-system-x86",
    },
    Program {
        name: "xz",
        purpose: "compressed kernel modules",
        debian: "xz-utils",
        fedora: "xz",
    },
];

/// The tests that are about what the kernel says; others are about the daemon's way with clients. With each, those of a brief run:
/// all where one daemon serves all of them, and otherwise, as starting a daemon takes an emulated machine ten seconds, enough to see
/// that another kernel is read right.
const TESTS: [(&str, &[&str]); 9] = [
    ("documented", &[]),
    ("conservation", &["octets_from_the_client_are_conserved"]),
    ("state_rows", &["rows_agree_after_a_lossy_transfer_in_both_directions"]),
    ("event_rows", &["rows_agree_under_regular_loss"]),
    ("scripted", &[]),
    ("invariants", &[]),
    (
        "listeners",
        &[
            "scripted::a_handshake_and_its_accept_move_each_row_once",
            "scripted::a_request_that_is_answered_with_a_cookie_sets_up_no_state",
        ],
    ),
    (
        "kinds",
        &[
            "closing::a_half_closed_connection_receives_as_any_other",
            "opening::a_simultaneous_open_counts_as_any_other",
        ],
    ),
    (
        "extension",
        &[
            "rows::an_origin_is_that_of_the_socket",
            "rows::a_row_has_what_the_old_protocol_has_no_place_for",
            "notices::a_connection_is_told_when_it_opens_and_when_it_closes",
        ],
    ),
];

/// The package with the shell of a guest.
const BUSYBOX: &str = "busybox-static";

/// Random connections in `invariants`: less than a tenth of the usual, for an emulated processor.
const CONNECTIONS: u32 = 150;

/// How many of the tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All scripts, random connections, and a few of the others: some minutes for each kernel.
    Brief,
    /// All, of all programs.
    Full,
    /// All, of these programs.
    Only(Vec<String>),
}

impl Extent {
    /// How many tests have to pass at least: a name that no test has would choose none.
    fn least(&self) -> usize {
        match self {
            Self::Brief => TESTS.iter().map(|(_, brief)| brief.len().max(1)).sum(),
            Self::Full => TESTS.len(),
            Self::Only(names) => names.len(),
        }
    }

    /// Names of test programs, each with the arguments that choose its tests.
    fn tests(&self) -> Result<Vec<(&'static str, String)>> {
        if let Self::Only(names) = self
            && let Some(unknown) = names.iter().find(|name| TESTS.iter().all(|(test, _)| test != name))
        {
            let known = TESTS.map(|(name, _)| name).join(", ");
            bail!("there is no test program {unknown}; there are {known}");
        }
        let tests = TESTS.iter().filter_map(|(name, brief)| match self {
            Self::Brief if brief.is_empty() => Some((*name, String::new())),
            Self::Brief => Some((*name, format!("--exact {}", brief.join(" ")))),
            Self::Full => Some((*name, String::new())),
            Self::Only(names) => names.iter().any(|other| other == name).then(|| (*name, String::new())),
        });
        Ok(tests.collect())
    }
}

/// Builds, and tries every kernel asked for.
///
/// # Errors
/// When something is missing and must not be installed, or when building fails.
pub(crate) fn run(kernels: &[Series], extent: &Extent, policy: Policy) -> Result<ExitCode> {
    let tools = setup::for_running(policy)?;
    bpf::build(&tools)?;
    let tally = try_kernels(kernels, extent, policy)?;
    println!("{tally}");
    Ok(if tally.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Tries every kernel asked for; one that the distribution does not package is skipped. The BPF object has to be there.
///
/// # Errors
/// When something is missing and must not be installed, or a guest cannot be made. A guest's failure is counted instead.
pub(crate) fn try_kernels(kernels: &[Series], extent: &Extent, policy: Policy) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut packaged = Vec::new();
    for series in if kernels.is_empty() { Series::ALL } else { kernels } {
        if let Some(kernel) = series.fetch(policy).with_context(|| format!("Linux {series}"))? {
            packaged.push(kernel);
        } else {
            println!(
                "skipped: Linux {series}, of which {} has no package",
                Distro::detect().name
            );
            tally.skipped += 1;
        }
    }
    if packaged.is_empty() {
        return Ok(tally);
    }
    setup::programs(&PROGRAMS, policy)?;
    build()?;
    let tests = extent.tests()?;
    let names: Vec<_> = tests.iter().map(|(name, _)| *name).collect();
    let contents = Contents {
        busybox: Archive::own()
            .unpacked(BUSYBOX, &[BUSYBOX.to_owned()], policy)?
            .join("bin/busybox"),
        tests: test_programs::build(&names)?,
        steps: steps(&tests),
        tests_at_least: extent.least(),
    };
    let runs = side_by_side(packaged, &contents)?;
    print_layouts(&runs);
    println!(
        "\n{:<26} {:>6} {:>6} {:>6} {:>6} {:>6} {:>8}",
        "KERNEL", "BOOT", "TIME", "PASSED", "FAILED", "LIVE", "MASKED"
    );
    for run in &runs {
        run.print();
        tally += run.tally();
    }
    Ok(tally)
}

/// Runs all kernels at once: an emulated processor keeps one of this machine busy, and tells its own time.
fn side_by_side(kernels: Vec<Kernel>, contents: &Contents) -> Result<Vec<Run>> {
    thread::scope(|scope| {
        let runs: Vec<_> = kernels
            .into_iter()
            .map(|kernel| scope.spawn(|| Run::of(kernel, contents)))
            .collect();
        runs.into_iter()
            .map(|run| run.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    })
}

/// Builds what runs in a guest.
fn build() -> Result<()> {
    process::run(workspace::cargo("build").args(["--package", "estatsd", "--package", "estats-tools"]))
}

fn steps(tests: &[(&str, String)]) -> Vec<Step> {
    let fixed = [
        ("check", "estatsd check --layout"),
        ("instruments", "estatsd instruments | grep -v ' live  '"),
    ];
    let fixed = fixed.into_iter().map(|(name, command)| (name, command.to_owned()));
    let tests = tests.iter().map(|(name, chosen)| {
        let command = format!("ESTATS_CONNECTIONS={CONNECTIONS} tests {name} {chosen}");
        (*name, command)
    });
    let steps = fixed.chain(tests).map(|(name, command)| Step {
        name: name.to_owned(),
        command,
    });
    steps.collect()
}

/// What came of one kernel.
struct Run {
    release: String,
    said: Transcript,
    verdict: Result<()>,
    took: Duration,
}

impl Run {
    fn of(kernel: Kernel, contents: &Contents) -> Result<Self> {
        let started = Instant::now();
        let initrd = workspace::target_dir().join(format!("matrix/initrd-{}", kernel.release));
        fs::write(&initrd, contents.pack(&kernel.modules)?)?;
        let said = machine::boot(&kernel.release, &kernel.image, &initrd)?;
        let steps = contents.steps.iter().map(|step| step.name.as_str());
        let verdict = said.verdict(steps, contents.tests_at_least);
        Ok(Self {
            release: kernel.release,
            said,
            verdict,
            took: started.elapsed(),
        })
    }

    /// The tests, and the kernel itself as one more that fails where none did, but the run as a whole.
    fn tally(&self) -> Tally {
        let mut tally = self.said.tally.clone();
        if self.verdict.is_err() {
            tally.failed = tally.failed.max(1);
        }
        tally
    }

    fn print(&self) {
        let tally = self.tally();
        let (live, masked) = self.said.instruments.unzip();
        let number = |number: Option<u32>| number.map_or("?".to_owned(), |number| number.to_string());
        let boot = self
            .said
            .booted
            .map_or("?".to_owned(), |seconds| format!("{seconds:.1} s"));
        println!(
            "{:<26} {boot:>6} {:>4} s {:>6} {:>6} {:>6} {:>8}",
            self.release,
            self.took.as_secs(),
            tally.passed,
            tally.failed,
            number(live),
            number(masked)
        );
        if let Err(error) = &self.verdict {
            println!("    {error:#}");
        }
    }
}

/// One row for each field, with a column for each kernel.
fn print_layouts(runs: &[Run]) {
    let mut table = BTreeMap::new();
    for (column, run) in runs.iter().enumerate() {
        for (field, place) in &run.said.layout {
            table.entry(field).or_insert_with(|| vec!["-"; runs.len()])[column] = place;
        }
    }
    let print = |field: &str, places: Vec<&str>| {
        print!("{field:<44}");
        for place in places {
            print!(" {place:>26}");
        }
        println!();
    };
    println!();
    print(
        "FIELD, AND ITS OFFSET IN OCTETS",
        runs.iter().map(|run| run.release.as_str()).collect(),
    );
    for (field, places) in table {
        print(field, places);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_program_is_chosen_by_its_name() {
        let only = |names: &[&str]| Extent::Only(names.iter().map(|name| (*name).to_owned()).collect()).tests();
        assert_eq!(only(&["scripted"]).unwrap(), [("scripted", String::new())]);
        let error = only(&["scripted", "unheard_of"]).unwrap_err().to_string();
        assert!(error.starts_with("there is no test program unheard_of;"), "{error}");
    }

    #[test]
    fn a_brief_run_names_its_tests() {
        let chosen = Extent::Brief.tests().unwrap();
        let [few, all] = ["kinds", "scripted"].map(|name| &chosen.iter().find(|(other, _)| *other == name).unwrap().1);
        assert!(few.starts_with("--exact ") && few.len() > "--exact ".len(), "{few}");
        assert_eq!(all, "");
    }
}
