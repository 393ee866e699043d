//! A C program that was compiled for one generation.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use estats_spec::endpoint::SOCKET_ENV;
use estats_tests::daemon::{Directory, built};

use crate::originals::Original;

/// The program, and a directory with the library that it runs with.
pub(crate) struct Program {
    pub(crate) directory: Directory,
    path: PathBuf,
}

impl Program {
    /// Compiles it as executables were in those years: at a fixed address, so that it has a copy of the table of variables.
    pub(crate) fn compile(original: &Original) -> Result<Self> {
        let directory = Directory::new()?;
        let library = directory.path().join(original.soname);
        symlink(built(original.file)?, &library)?;
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/generations/c");
        let path = directory.path().join("program");
        let mut compiler = Command::new("cc");
        compiler.args(["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fno-pie", "-no-pie", "-o"]);
        compiler.arg(&path);
        match original.header {
            Some(header) => compiler
                .arg("-include")
                .arg(sources.join(header))
                .arg(sources.join("estats.c")),
            None => compiler.arg(sources.join("tcpe.c")),
        };
        succeed(compiler.arg(&library))?;
        Ok(Self { directory, path })
    }

    /// Where the executable is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A command that runs it with its library and with the daemon behind `socket`.
    pub(crate) fn command(&self, socket: &Path) -> Command {
        let mut command = Command::new(&self.path);
        command
            .env("LD_LIBRARY_PATH", self.directory.path())
            .env(SOCKET_ENV, socket);
        command
    }
}

/// What `command` prints. It has to succeed, and to say nothing on stderr, where the dynamic linker would complain about a
/// table of another size.
pub(crate) fn succeed(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("starting {command:?}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success() && said.is_empty(),
        "{command:?} ended with {}: {said}",
        output.status
    );
    Ok(String::from_utf8(output.stdout)?)
}
