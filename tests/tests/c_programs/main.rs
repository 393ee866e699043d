//! C programs against the live daemon: one that uses the C library, and one that speaks netlink as if to a kernel.
//!
//! Both print the same values as the Rust client reads of the same connection.

use std::fmt::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, Result, ensure};
use estats_protocol::{Reading, Value};
use estats_spec::endpoint::SOCKET_ENV;
use estats_spec::sets::Var;
use estats_tests::daemon::{Directory, built};
use estats_tests::netns::Namespace;
use estats_tests::observer::Observer;
use estats_tests::printed::is_between;
use estats_tests::traffic::{Options, Pair, transfer};

/// A daemon, and a connection of which nothing changes any more.
struct Scene {
    namespace: Namespace,
    observer: Observer,
    pair: Pair,
    directory: Directory,
}

impl Scene {
    fn new() -> Result<Self> {
        let namespace = Namespace::new()?;
        let observer = Observer::start(&namespace)?;
        let end = || (&namespace, Options::default());
        let pair = Pair::open(end(), end(), "127.0.0.1".parse()?)?;
        transfer(&pair.client, &pair.server, 77_777)?;
        pair.quiesce()?;
        Ok(Self {
            namespace,
            observer,
            pair,
            directory: Directory::new()?,
        })
    }

    /// Compiles `source`, a file beside this one.
    fn compile(&self, source: &str, arguments: &[&str]) -> Result<PathBuf> {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c_programs");
        let program = self.directory.path().join(source).with_extension("");
        let mut compiler = Command::new("cc");
        compiler
            .args(["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-o"])
            .args([&program, &sources.join(source)]);
        succeed(compiler.args(arguments))?;
        Ok(program)
    }

    /// Runs `program` beside the daemon, about the client's end.
    fn run(&self, program: &Path, (variable, value): (&str, &Path)) -> Result<String> {
        let mut command = Command::new(program);
        command.arg(self.pair.client.local_addr()?.port().to_string());
        command
            .env(variable, value)
            .env(SOCKET_ENV, self.observer.daemon.socket());
        let output = self.namespace.run(|| succeed(&mut command))?;
        Ok(String::from_utf8(output.stdout)?)
    }

    /// What the Rust client reads of the same end.
    fn reading(&mut self) -> Result<Reading> {
        self.observer.read(&self.pair.client)
    }
}

/// Runs `command`; what it said is the error if it fails.
fn succeed(command: &mut Command) -> Result<Output> {
    let output = command.output().with_context(|| format!("starting {command:?}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "{command:?} ended with {}: {said}",
        output.status
    );
    Ok(output)
}

/// A line for each variable: its name and its value, or a dash.
fn by_name(reading: &Reading) -> String {
    let line = |(variable, value): (&Var, Option<Value>)| {
        let value = value.map_or_else(|| "-".to_owned(), |value| value.to_string());
        format!("{} {value}\n", variable.name)
    };
    reading.values.iter().map(line).collect()
}

/// A line for each variable that is there: the number of its table, its position in it, and the bits of its value.
fn by_position(reading: &Reading) -> Result<String> {
    let mut lines = String::new();
    for (table, variables) in reading.values.set().tables.iter().enumerate() {
        for (index, variable) in variables.iter().enumerate() {
            if let Some(value) = reading.values.get(variable.id) {
                let bits = value.as_u64() & (u64::MAX >> (64 - 8 * value.size()));
                writeln!(lines, "{} {index} {bits}", table + 1)?;
            }
        }
    }
    Ok(lines)
}

#[test]
fn a_program_with_the_c_library_reads_what_the_client_reads() -> Result<()> {
    let mut scene = Scene::new()?;
    // The dynamic linker asks for the SONAME.
    let library = built("libestats.so")?;
    let installed = scene.directory.path().join("libestats.so.1");
    symlink(&library, &installed)?;
    let headers = Path::new(env!("CARGO_MANIFEST_DIR")).join("../libestats-compat/include");
    let headers = format!("-I{}", headers.display());
    let program = scene.compile("library.c", &[&headers, &installed.display().to_string()])?;
    let before = by_name(&scene.reading()?);
    let printed = scene.run(&program, ("LD_LIBRARY_PATH", scene.directory.path()))?;
    is_between(&printed, &before, &by_name(&scene.reading()?))?;
    assert!(printed.contains("HCThruOctetsAcked 77778\n"), "{printed}");
    Ok(())
}

#[test]
fn a_netlink_program_with_the_preloaded_library_reads_what_the_client_reads() -> Result<()> {
    let mut scene = Scene::new()?;
    let program = scene.compile("netlink.c", &[])?;
    let before = by_position(&scene.reading()?)?;
    let printed = scene.run(&program, ("LD_PRELOAD", &built("libestats_preload.so")?))?;
    is_between(&printed, &before, &by_position(&scene.reading()?)?)
}

#[test]
fn without_the_preloaded_library_the_netlink_program_finds_no_family() -> Result<()> {
    let scene = Scene::new()?;
    let program = scene.compile("netlink.c", &[])?;
    let error = scene
        .run(&program, ("LD_PRELOAD", Path::new("")))
        .expect_err("this kernel has a family tcp_estats");
    assert!(error.to_string().contains("no family"), "{error}");
    Ok(())
}
