//! The estatsd under test: a process of its own on a private socket.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, thread};

use anyhow::{Context as _, Result, bail, ensure};
use estats_protocol::client::Client;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::netns::Namespace;

/// Loading and verifying the BPF programs takes about a second; a loaded machine may need longer.
const START: Duration = Duration::from_secs(120);
/// A clean shutdown detaches a dozen programs.
const STOP: Duration = Duration::from_secs(10);

/// A running daemon. It is killed and its directory removed when the value is dropped.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    directory: Directory,
}

impl Daemon {
    /// Starts the daemon inside `namespace` and returns when it answers.
    ///
    /// # Errors
    ///
    /// When it is not built, exits, or is not ready within 30 seconds; what it said is part of the error.
    pub fn start(namespace: &Namespace) -> Result<Self> {
        Self::start_with(namespace, &[])
    }

    /// As [`Daemon::start`], with more arguments.
    ///
    /// # Errors
    ///
    /// As [`Daemon::start`].
    pub fn start_with(namespace: &Namespace, arguments: &[&str]) -> Result<Self> {
        Self::start_in(Directory::new()?, namespace, |command| {
            command.args(arguments);
        })
    }

    /// As [`Daemon::start`], with a change to the command that starts it.
    ///
    /// # Errors
    ///
    /// As [`Daemon::start`].
    pub fn start_prepared(namespace: &Namespace, prepare: impl FnOnce(&mut Command)) -> Result<Self> {
        Self::start_in(Directory::new()?, namespace, prepare)
    }

    /// Starts another daemon on the socket of this one, which has ended.
    ///
    /// # Errors
    ///
    /// As [`Daemon::start`].
    pub fn replace(mut self, namespace: &Namespace) -> Result<Self> {
        Self::start_in(std::mem::take(&mut self.directory), namespace, |_| {})
    }

    fn start_in(directory: Directory, namespace: &Namespace, prepare: impl FnOnce(&mut Command)) -> Result<Self> {
        let mut command = command(&directory.socket())?;
        command.stdout(Stdio::null()).stderr(File::create(directory.log())?);
        prepare(&mut command);
        let child = namespace.run(|| command.spawn()).context("starting estatsd")?;
        let mut daemon = Self { child, directory };
        daemon.wait_until_ready()?;
        Ok(daemon)
    }

    /// Waits until the socket can be connected to.
    fn wait_until_ready(&mut self) -> Result<()> {
        let started = Instant::now();
        while Client::connect(&self.socket()).is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("estatsd ended with {status}: {}", self.log());
            }
            ensure!(
                started.elapsed() < START,
                "estatsd is not ready after {START:?}: {}",
                self.log()
            );
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// A new client of it.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub fn client(&self) -> Result<Client> {
        Client::connect(&self.socket()).with_context(|| self.log())
    }

    /// The path of its socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.directory.socket()
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How often the kernel did not run one of its programs because that program was interrupted on the same processor: so
    /// many segments or changes of state the daemon cannot have seen.
    ///
    /// # Errors
    ///
    /// When the kernel does not show what the daemon's descriptors are.
    pub fn skipped(&self) -> Result<i64> {
        let mut skipped = 0;
        for entry in fs::read_dir(format!("/proc/{}/fdinfo", self.pid()))? {
            // A client's descriptor may be gone by now.
            let info = fs::read_to_string(entry?.path()).unwrap_or_default();
            let count = info.lines().find_map(|line| line.strip_prefix("recursion_misses:"));
            skipped += count.map_or(Ok(0), |count| count.trim().parse::<i64>())?;
        }
        Ok(skipped)
    }

    /// What it wrote to standard error so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.directory.log()).unwrap_or_default()
    }

    /// Sends it a signal.
    ///
    /// # Errors
    ///
    /// When it has ended already.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill(Pid::from_raw(self.child.id().cast_signed()), signal).with_context(|| format!("{signal} to estatsd"))
    }

    /// Waits for its end.
    ///
    /// # Errors
    ///
    /// Those of waitpid(2).
    pub fn wait(&mut self) -> Result<ExitStatus> {
        Ok(self.child.wait()?)
    }

    /// Asks it to stop (SIGTERM) and waits for its end. The directory of its socket is there until the value is dropped.
    ///
    /// # Errors
    ///
    /// When it does not end within 10 seconds.
    pub fn stop(&mut self) -> Result<ExitStatus> {
        self.signal(Signal::SIGTERM)?;
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            ensure!(started.elapsed() < STOP, "estatsd does not stop: {}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A directory of a daemon of its own, which any user may look into.
#[derive(Debug, Default)]
pub struct Directory(PathBuf);

impl Directory {
    /// Makes one.
    ///
    /// # Errors
    ///
    /// Those of mkdir(2).
    pub fn new() -> Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "estats-tests.{}.{}",
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        let path = env::temp_dir().join(name);
        fs::create_dir(&path).with_context(|| format!("making {}", path.display()))?;
        Ok(Self(path))
    }

    /// The directory itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where the daemon's socket is to be.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.0.join("estats.sock")
    }

    fn log(&self) -> PathBuf {
        self.0.join("estatsd.log")
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // One that was handed on has no path. What cannot be removed is a few files in the directory for temporary ones.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The command that starts the daemon on `socket`, in the foreground.
///
/// # Errors
///
/// When the daemon is not built.
pub fn command(socket: &Path) -> Result<Command> {
    let mut command = Command::new(built("estatsd")?);
    command.arg("--socket").arg(socket).stdin(Stdio::null());
    Ok(command)
}

/// A program or library of this workspace: the path in the environment variable `<NAME>_BIN`, or what cargo built beside the
/// test.
///
/// # Errors
///
/// When it is not there.
pub fn built(name: &str) -> Result<PathBuf> {
    let variable = format!("{}_BIN", name.to_uppercase().replace(['-', '.'], "_"));
    if let Some(path) = env::var_os(&variable) {
        return Ok(path.into());
    }
    let test = env::current_exe()?;
    // .../debug/deps/test or .../debug/test
    let mut directories = test.ancestors().skip(1);
    let beside = directories.find(|directory| directory.file_name() != Some(OsStr::new("deps")));
    let path = beside.context("the test has no directory")?.join(name);
    ensure!(
        path.exists(),
        "{} is not built: run `cargo xtask test`, or set {variable}",
        path.display()
    );
    Ok(path)
}
