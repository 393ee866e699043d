//! What has to be on the machine, and getting it there.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::distro::Distro;
use crate::linker;
use crate::llvm::Llvm;
use crate::packages::{self, PROGRAMS};
use crate::toolchain::Toolchain;

/// What to do about something that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    /// Install it.
    Install,
    /// Fail, saying what it is.
    ReportOnly,
}

/// What builds the BPF object.
#[derive(Debug)]
pub(crate) struct BpfTools {
    /// Compiles it.
    pub(crate) toolchain: Toolchain,
    /// Path of the bpf-linker that reads this toolchain's output.
    pub(crate) linker: PathBuf,
}

/// Sees to what building needs, and the programs that the tests and the demo run.
///
/// # Errors
/// When something is missing and cannot be, or must not be, installed. Every missing thing is named.
pub(crate) fn for_running(policy: Policy) -> Result<BpfTools> {
    let programs = programs(policy);
    let tools = for_build(policy);
    match (programs, tools) {
        (Err(programs), Err(tools)) => bail!("{programs}\n{tools:#}"),
        (programs, tools) => programs.and(tools),
    }
}

/// Sees to what building needs.
///
/// The kernel side is compiled with the user's own toolchain, or, where that cannot be completed (no server to get
/// rust-src from, no package of its LLVM), with one that the distribution has.
///
/// # Errors
/// When neither toolchain can be completed.
pub(crate) fn for_build(policy: Policy) -> Result<BpfTools> {
    let distro = Distro::detect();
    let current = match Toolchain::current().and_then(|toolchain| complete(toolchain, &distro, policy)) {
        Ok(tools) => return Ok(tools),
        Err(error) => error,
    };
    let Ok(Some(other)) = Toolchain::of_distribution(&distro, policy)
        .inspect_err(|error| println!("setup: no toolchain of {} either: {error:#}", distro.name))
    else {
        return Err(current);
    };
    println!(
        "setup: taking rustc {} of {} for the BPF object, because: {current:#}",
        other.version.release, distro.name
    );
    complete(other, &distro, policy)
}

/// Sees to what checks the source.
///
/// # Errors
/// When it is missing and cannot be, or must not be, installed.
pub(crate) fn checkers(policy: Policy) -> Result<()> {
    Toolchain::current()?.ensure_checkers(policy)
}

fn complete(toolchain: Toolchain, distro: &Distro, policy: Policy) -> Result<BpfTools> {
    linker::check(&toolchain)?;
    toolchain.ensure_sources(policy)?;
    let llvm_major = toolchain.version.llvm_major;
    let linker = if let Some(linker) = linker::cached(llvm_major) {
        linker
    } else {
        let llvm = Llvm::ensure(llvm_major, distro, policy)?;
        linker::build(&toolchain, &llvm, policy)?
    };
    Ok(BpfTools { toolchain, linker })
}

/// Sees to the programs that the tests and the demo run.
fn programs(policy: Policy) -> Result<()> {
    let missing: Vec<_> = PROGRAMS.iter().filter(|program| program.is_missing()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing
        .iter()
        .map(|program| program.describe())
        .collect::<Vec<_>>()
        .join(", ");
    let distro = Distro::detect();
    match (policy, distro.family) {
        (Policy::Install, Some(family)) => {
            println!("setup: missing: {names}");
            let packages: Vec<_> = missing.iter().map(|program| program.package(family)).collect();
            packages::install(&distro, &packages)
        }
        _ => bail!("missing: {names}"),
    }
}
