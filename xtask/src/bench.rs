//! `cargo xtask bench`: what estatsd costs, measured against what the machine takes anyway, in one run.

use anyhow::Result;
use clap::ValueEnum;

use crate::privilege::Privilege;
use crate::setup::{self, BpfTools, Policy};
use crate::{bpf, process, workspace};

/// What to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Subject {
    /// Each program in the kernel, per packet
    Hooks,
    /// Throughput and connections per second, with the daemon and without
    Path,
    /// Reading one connection, among few and among many
    Read,
    /// Reading all of very many connections
    Dump,
    /// Start, memory of the daemon and of the kernel, with very many connections
    Scale,
    /// Connections that open and close by the ten thousands per second
    Closes,
    /// A thousand sockets sampled every 10 ms
    Sampling,
    /// Many clients that read at once
    Readers,
    /// Everything
    All,
}

impl Subject {
    /// The benchmarks that it takes.
    fn benchmarks(self) -> &'static [&'static str] {
        match self {
            Self::Hooks => &["hooks"],
            Self::Path => &["path"],
            Self::Read => &["read"],
            Self::Dump => &["dump"],
            Self::Scale => &["scale"],
            Self::Closes => &["closes"],
            Self::Sampling => &["sampling"],
            Self::Readers => &["readers"],
            Self::All => &[
                "hooks", "path", "read", "dump", "scale", "closes", "sampling", "readers",
            ],
        }
    }
}

/// Builds with optimization, and measures.
///
/// # Errors
/// When something is missing and must not be installed, or a benchmark fails.
pub(crate) fn run(subject: Subject, json: bool, policy: Policy) -> Result<()> {
    let tools = setup::for_running(policy)?;
    bpf::build(&tools)?;
    process::run(workspace::cargo("build").args(["--release", "--package", "estatsd", "--package", "estats-tools"]))?;
    let benchmarks = subject.benchmarks().iter();
    benchmarks.copied().try_for_each(|name| measure(name, json, &tools))
}

fn measure(name: &str, json: bool, tools: &BpfTools) -> Result<()> {
    let mut cargo = Privilege::detect().cargo("bench", tools)?;
    cargo
        .args(["--package", "estats-tests", "--bench", name])
        .env("ESTATSD_REFERENCE_OBJECT", bpf::reference_object());
    if json {
        cargo.arg("--quiet").args(["--", "--json"]);
    }
    process::run(&mut cargo)
}
