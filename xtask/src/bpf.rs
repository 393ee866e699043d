//! Building the BPF object.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::setup::BpfTools;
use crate::{process, workspace};

const TARGET: &str = "bpfel-unknown-none";
const OBJECT: &str = "estatsd-bpf";
/// The object that the benchmark compares with.
const REFERENCE: &str = "estatsd-reference";

/// Builds the object into [`workspace::bpf_object`].
///
/// # Errors
/// When the compiler or the linker fails.
pub(crate) fn build(tools: &BpfTools) -> Result<()> {
    process::run(&mut cargo(tools, "build"))?;
    let built = built(OBJECT);
    let object = workspace::bpf_object();
    let program = fs::read(&built).with_context(|| format!("could not read {}", built.display()))?;
    // Left alone where it is the same: the daemon would be compiled again for a newer one.
    if fs::read(&object).is_ok_and(|old| old == program) {
        return Ok(());
    }
    fs::write(&object, program).with_context(|| format!("could not write {}", object.display()))
}

/// The object with the programs to compare with; [`build`] makes it as well.
pub(crate) fn reference_object() -> PathBuf {
    built(REFERENCE)
}

fn built(object: &str) -> PathBuf {
    target_dir().join(TARGET).join("release").join(object)
}

/// A cargo command on the kernel side, compiled for the kernel.
pub(crate) fn cargo(tools: &BpfTools, subcommand: &str) -> Command {
    let mut linker = OsString::from("-Clinker=");
    linker.push(&tools.linker);
    // Debug information is what the linker makes BTF from; the kernel refuses typed maps without it.
    let flags = [OsString::from("-Cdebuginfo=2"), "-Clink-arg=--btf".into(), linker];
    let mut command = tools.toolchain.cargo(subcommand);
    command
        .args(["--package", "estatsd-ebpf", "--bins", "--features", "bpf", "--release"])
        .args(["--target", TARGET, "-Zbuild-std=core", "--target-dir"])
        .arg(target_dir())
        .current_dir(workspace::root())
        // -Z on a stable compiler.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}".as_ref()));
    command
}

/// Of its own, because the flags above would make cargo rebuild what the rest of the workspace shares with it.
fn target_dir() -> PathBuf {
    workspace::target_dir().join("bpf")
}
