//! bpf-linker, which turns rustc's output for BPF into an object that a kernel loads. It is compiled here, because it
//! has to be linked with rustc's LLVM, and kept in the user's cache, because that takes a minute.

use std::env;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::llvm::Llvm;
use crate::setup::Policy;
use crate::toolchain::Toolchain;
use crate::{process, workspace};

/// The release that we build.
const VERSION: &str = "0.13.0";

/// The LLVM versions which that release has a feature for.
const LLVM_MAJORS: RangeInclusive<u32> = 21..=23;

/// Sees that this release can be linked with an LLVM of rustc's version.
///
/// # Errors
/// When it cannot; the error says which rustc to take.
pub(crate) fn check(toolchain: &Toolchain) -> Result<()> {
    let (major, release) = (toolchain.version.llvm_major, &toolchain.version.release);
    if major < *LLVM_MAJORS.start() {
        bail!("rustc {release} is too old to build the BPF object (its LLVM is {major}): run: rustup update stable");
    }
    if major > *LLVM_MAJORS.end() {
        bail!(
            "rustc {release} is newer than bpf-linker {VERSION} knows (its LLVM is {major}, the newest known one {}): \
             take an older toolchain with: rustup override set VERSION",
            LLVM_MAJORS.end()
        );
    }
    Ok(())
}

/// The linker for this LLVM version, if an earlier run built it and it still runs.
pub(crate) fn cached(llvm_major: u32) -> Option<PathBuf> {
    let program = program_in(&directory(llvm_major));
    process::succeeds(Command::new(&program).arg("--version")).then_some(program)
}

/// Builds the linker, saying so before.
///
/// # Errors
/// When cargo fails, or when nothing must be installed.
pub(crate) fn build(toolchain: &Toolchain, llvm: &Llvm, policy: Policy) -> Result<PathBuf> {
    let directory = directory(llvm.major);
    if policy == Policy::ReportOnly {
        bail!(
            "missing: bpf-linker {VERSION} for LLVM {} in {}",
            llvm.major,
            directory.display()
        );
    }
    println!(
        "setup: building bpf-linker {VERSION} for LLVM {} into {} (a minute)",
        llvm.major,
        directory.display()
    );
    let libdir = llvm.libdir.display();
    let feature = format!("llvm-{}", llvm.major);
    let mut install = toolchain.cargo("install");
    install
        .args([
            "bpf-linker",
            "--version",
            VERSION,
            "--locked",
            "--no-default-features",
            "--features",
            &feature,
        ])
        // A linker that an update of LLVM has broken is still there by name.
        .args(["--force", "--root"])
        .arg(&directory)
        .env_remove("CARGO_TARGET_DIR")
        .env("LLVM_PREFIX", &llvm.prefix)
        // Found when linking, and, because it may be outside of the loader's search path, when running too.
        .env(
            "CARGO_ENCODED_RUSTFLAGS",
            format!("-Lnative={libdir}\u{1f}-Clink-arg=-Wl,-rpath,{libdir}"),
        );
    process::run(&mut install).context("could not build bpf-linker (its source comes from the crates registry)")?;
    cached(llvm.major).with_context(|| format!("the new {} does not run", program_in(&directory).display()))
}

/// One directory for each pair of versions, so that switching toolchains rebuilds nothing.
fn directory(llvm_major: u32) -> PathBuf {
    let cache = env::var_os("XDG_CACHE_HOME")
        .filter(|dir| Path::new(dir).is_absolute())
        .map(PathBuf::from);
    let cache = cache.or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".cache")));
    let ours = cache.map_or_else(|| workspace::target_dir().join("tools"), |cache| cache.join("estatsd"));
    ours.join(format!("bpf-linker-{VERSION}-llvm-{llvm_major}"))
}

fn program_in(directory: &Path) -> PathBuf {
    directory.join("bin/bpf-linker")
}
