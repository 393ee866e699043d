//! Compiling and running the C programs of `tests/clients`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::temporary::{Temporary, fresh_path};

/// The library under test, which cargo put beside this test program.
pub(crate) fn library() -> PathBuf {
    let program = std::env::current_exe().expect("path of the test program");
    let library = program.with_file_name("libestats_preload.so");
    assert!(library.exists(), "{} was not built", library.display());
    library
}

/// Compiles `tests/clients/<name>.c`.
pub(crate) fn compile(name: &str, options: &[&str]) -> Temporary {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/clients")
        .join(name)
        .with_extension("c");
    let binary = Temporary(fresh_path(name));
    let status = Command::new("gcc")
        .args(["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-pthread"])
        .args(options)
        .arg("-o")
        .args([&binary.0, &source])
        .status()
        .expect("gcc runs");
    assert!(status.success(), "{} does not compile", source.display());
    binary
}

/// The program, to be run with the library preloaded and the daemon at `socket`.
pub(crate) fn preloaded(program: &Path, socket: &Path) -> Command {
    let mut command = Command::new(program);
    command.env("LD_PRELOAD", library()).env("ESTATS_SOCKET", socket);
    command
}

/// Runs a case of a client program; panics with what the client says unless it succeeds.
pub(crate) fn run(name: &str, case: &str, socket: &Path) {
    let binary = compile(name, &[]);
    expect_success(&preloaded(&binary.0, socket).arg(case).output().expect("client runs"));
}

/// Panics with what a program wrote unless it succeeded.
pub(crate) fn expect_success(output: &Output) {
    assert!(
        output.status.success(),
        "{}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
}
