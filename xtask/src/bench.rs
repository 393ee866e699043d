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
    /// Everything
    All,
}

/// Builds with optimization, and measures.
///
/// # Errors
/// When something is missing and must not be installed, or a benchmark fails.
pub(crate) fn run(subject: Subject, json: bool, policy: Policy) -> Result<()> {
    let tools = setup::for_running(policy)?;
    bpf::build(&tools)?;
    process::run(workspace::cargo("build").args(["--release", "--package", "estatsd"]))?;
    match subject {
        Subject::Hooks | Subject::All => measure("hooks", json, &tools),
    }
}

fn measure(name: &str, json: bool, tools: &BpfTools) -> Result<()> {
    let mut cargo = Privilege::detect().cargo("bench", tools)?;
    cargo
        .args(["--package", "estats-tests", "--bench", name])
        .env("ESTATSD_EMPTY_OBJECT", bpf::empty_object());
    if json {
        cargo.arg("--quiet").args(["--", "--json"]);
    }
    process::run(&mut cargo)
}
