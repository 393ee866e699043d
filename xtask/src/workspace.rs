//! Where things are in the workspace, and cargo runs in it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::process;

/// The environment variable through which the daemon's build script learns of the BPF object.
pub(crate) const OBJECT_VARIABLE: &str = "ESTATSD_BPF_OBJECT";

/// The workspace's directory.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask is a directory of the workspace")
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        // Cargo takes a relative one from the directory that it was started in, and so do we; ours is another.
        Some(dir) => std::path::absolute(dir).unwrap_or_else(|_| root().join("target")),
        None => root().join("target"),
    }
}

/// The BPF object, for the daemon to embed.
pub(crate) fn bpf_object() -> PathBuf {
    target_dir().join("bpf/estatsd.bpf.o")
}

/// The cargo that runs us.
pub(crate) fn cargo_program() -> PathBuf {
    env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

/// A cargo command in the workspace, that embeds the BPF object where it builds the daemon.
pub(crate) fn cargo(subcommand: &str) -> Command {
    let mut command = Command::new(cargo_program());
    command
        .arg(subcommand)
        .current_dir(root())
        .env("CARGO_TARGET_DIR", target_dir())
        .env(OBJECT_VARIABLE, bpf_object());
    command
}

/// Builds what is installed. The BPF object has to be there.
///
/// # Errors
/// When cargo fails.
pub(crate) fn build_release() -> Result<()> {
    let not_installed = ["--exclude", "xtask", "--exclude", "estats-tests"];
    process::run(cargo("build").args(["--workspace", "--release"]).args(not_installed))
}
