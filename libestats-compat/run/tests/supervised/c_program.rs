//! Compiling the static C programs, and running them.

use std::path::Path;
use std::process::{Command, Output};

use crate::temporary::{Temporary, fresh_path};

/// Compiles a client of this package, or of the preload library's: they make the same calls, whoever leads them.
pub(crate) fn compile(name: &str) -> Temporary {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = packages.join("../preload/tests/clients");
    let source = [packages.join("tests/clients"), shared.clone()]
        .map(|directory| directory.join(name).with_extension("c"))
        .into_iter()
        .find(|source| source.exists())
        .expect("a client of that name");
    let binary = Temporary(fresh_path(name));
    let status = Command::new("gcc")
        .args(["-static", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-pthread", "-I"])
        .arg(shared)
        .arg("-o")
        .args([&binary.0, &source])
        .status()
        .expect("gcc runs");
    assert!(status.success(), "{} does not compile", source.display());
    binary
}

/// The launcher, to be given a program and its arguments.
pub(crate) fn launcher(socket: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_estats-run"));
    command.env("ESTATS_SOCKET", socket);
    command
}

/// Runs a case of a client program; panics with what the client says unless it succeeds, else returns what it prints.
pub(crate) fn run(name: &str, case: &str, socket: &Path) -> String {
    let binary = compile(name);
    printed(&launcher(socket).arg(&binary.0).arg(case).output().expect("client runs"))
}

/// What a program has printed, which must have succeeded.
pub(crate) fn printed(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{}: {said}", output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}
