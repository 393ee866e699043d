//! What the tests share: building C programs against the installed headers and the library, and a scripted daemon.

pub(crate) mod daemon;
pub(crate) mod wire;

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

/// This package's directory.
pub(crate) const PACKAGE: &str = env!("CARGO_MANIFEST_DIR");

/// The shared library that cargo built beside this test.
pub(crate) fn library() -> PathBuf {
    let test = std::env::current_exe().expect("a test is a file");
    let library = test
        .parent()
        .and_then(Path::parent)
        .expect("in target/*/deps")
        .join("libestats.so");
    assert!(library.exists(), "{} is missing", library.display());
    library
}

/// A directory of one test, removed at its end.
pub(crate) struct Scratch(PathBuf);

impl Deref for Scratch {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left of a failed test may help; what cannot be removed is the system's to clean.
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}

/// A new directory for one test.
pub(crate) fn scratch(name: &str) -> Scratch {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    // Not below the build directory, whose path may be too long for a socket's name.
    let directory = std::env::temp_dir().join(format!("estats-{}-{number}-{name}", std::process::id()));
    fs::create_dir_all(&directory).expect("the temporary directory is writable");
    Scratch(directory)
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// Runs a command that has to succeed; gives its stdout.
pub(crate) fn stdout_of(command: &mut Command) -> String {
    let output = run(command);
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text")
}

/// A compiler for C against our headers, with warnings as errors.
pub(crate) fn compiler(program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .args(["-Wall", "-Wextra", "-Werror", "-I"])
        .arg(Path::new(PACKAGE).join("include"));
    command
}

/// Builds `tests/c/<name>.c` into `directory` and returns the program, which finds the library as `libestats.so.1`.
pub(crate) fn build_program(name: &str, directory: &Path) -> PathBuf {
    build_program_with(&[], name, directory)
}

/// The same with further options for the compiler.
pub(crate) fn build_program_with(options: &[&str], name: &str, directory: &Path) -> PathBuf {
    let link = directory.join("libestats.so.1");
    if !link.exists() {
        std::os::unix::fs::symlink(library(), &link).expect("the scratch directory is writable");
    }
    let program = directory.join(name);
    let mut compile = compiler("cc");
    compile.args(["-g", "-pthread", "-o"]).arg(&program).args(options);
    compile.arg(Path::new(PACKAGE).join("tests/c").join(name).with_extension("c"));
    compile.arg(&link).arg(format!("-Wl,-rpath,{}", directory.display()));
    stdout_of(&mut compile);
    program
}
