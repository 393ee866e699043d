//! What has to be on the machine, and getting it there.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::distro::Distro;
use crate::linker;
use crate::llvm::Llvm;
use crate::packages::{self, PROGRAMS, Program};
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
    both(programs(&PROGRAMS, policy), for_build(policy)).map(|((), tools)| tools)
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
    match Toolchain::of_distribution(&distro, policy).and_then(|toolchain| complete(toolchain, &distro, policy)) {
        Ok(tools) => {
            let release = &tools.toolchain.version.release;
            println!(
                "setup: rustc {release} of {} builds the BPF object, because: {current:#}",
                distro.name
            );
            Ok(tools)
        }
        Err(other) => {
            if policy == Policy::Install {
                println!("setup: no toolchain of {} either: {other:#}", distro.name);
            }
            Err(current)
        }
    }
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
    let linker = match (toolchain.ensure_sources(policy), policy) {
        // Another toolchain will be tried, and may need another LLVM.
        (Err(error), Policy::Install) => return Err(error),
        (sources, _) => both(sources, linker(&toolchain, distro, policy))?.1,
    };
    Ok(BpfTools { toolchain, linker })
}

fn linker(toolchain: &Toolchain, distro: &Distro, policy: Policy) -> Result<PathBuf> {
    let llvm_major = toolchain.version.llvm_major;
    if let Some(linker) = linker::cached(llvm_major) {
        return Ok(linker);
    }
    let llvm = Llvm::ensure(llvm_major, distro, policy)?;
    linker::build(toolchain, &llvm, policy)
}

/// Both results, or the errors of both: somebody who installs by hand wants to know everything at once.
fn both<A, B>(a: Result<A>, b: Result<B>) -> Result<(A, B)> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
        (Err(a), Err(b)) => bail!("{a:#}; {b:#}"),
    }
}

/// Sees to these programs.
///
/// # Errors
/// When one is missing and cannot be, or must not be, installed.
pub(crate) fn programs(programs: &[Program], policy: Policy) -> Result<()> {
    let missing: Vec<_> = programs.iter().filter(|program| program.is_missing()).collect();
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
