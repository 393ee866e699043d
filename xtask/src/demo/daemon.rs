//! The demo's own estatsd.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::interrupt;
use crate::{process, workspace};

/// Verifying the BPF programs takes a second; a busy machine may need more.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running estatsd. Dropping it stops it and removes its directory.
pub(crate) struct Daemon {
    child: Child,
    command_line: String,
    directory: PathBuf,
    socket: PathBuf,
    log: PathBuf,
}

impl Daemon {
    /// Starts it and waits until it answers.
    ///
    /// # Errors
    /// When it ends or is not ready in time; the error carries what it said.
    pub(crate) fn start() -> Result<Self> {
        let directory = std::env::temp_dir().join(format!("estatsd-demo.{}", std::process::id()));
        fs::create_dir(&directory).with_context(|| format!("making {}", directory.display()))?;
        let (socket, log) = (directory.join("estats.sock"), directory.join("estatsd.log"));
        let mut command = Command::new(workspace::target_dir().join("release/estatsd"));
        command
            .arg("--socket")
            .arg(&socket)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        // Ctrl-C is for us to handle; but should we be killed, it must not stay.
        command.process_group(0);
        let die_with_us = || prctl::set_pdeathsig(Signal::SIGTERM).map_err(io::Error::from);
        // SAFETY: between fork and exec this makes one system call, and allocates nothing.
        unsafe { command.pre_exec(die_with_us) };
        let command_line = process::shown(&command);
        let spawned = File::create(&log).and_then(|file| command.stderr(file).spawn());
        let child = spawned
            .inspect_err(|_| drop(fs::remove_dir_all(&directory)))
            .with_context(|| format!("could not start `{command_line}`"))?;
        let mut daemon = Self {
            child,
            command_line,
            directory,
            socket,
            log,
        };
        daemon.wait_until_ready()?;
        Ok(daemon)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let started = Instant::now();
        while !self.socket.exists() {
            interrupt::check()?;
            if let Some(status) = self.child.try_wait()? {
                bail!("estatsd ended ({status}) and said: {}", self.said());
            }
            ensure!(
                started.elapsed() < PATIENCE,
                "estatsd is not ready after {PATIENCE:?} and said: {}",
                self.said()
            );
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// How it was started.
    pub(crate) fn command_line(&self) -> &str {
        &self.command_line
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where it listens.
    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default().trim_end().to_owned()
    }

    /// Asks it to stop, and sees that it leaves nothing but its log.
    ///
    /// # Errors
    /// When it does not stop, fails, or leaves a file behind.
    pub(crate) fn stop(mut self) -> Result<()> {
        let status = self.terminate()?;
        ensure!(
            status.success(),
            "estatsd ended with {status} and said: {}",
            self.said()
        );
        let left = fs::read_dir(&self.directory)?.filter_map(|entry| Some(entry.ok()?.path()));
        let left: Vec<_> = left
            .filter(|path| *path != self.log)
            .map(|path| path.display().to_string())
            .collect();
        ensure!(left.is_empty(), "estatsd left behind: {}", left.join(", "));
        Ok(())
    }

    fn terminate(&mut self) -> Result<std::process::ExitStatus> {
        kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGTERM).context("stopping estatsd")?;
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            ensure!(
                started.elapsed() < PATIENCE,
                "estatsd does not stop; it said: {}",
                self.said()
            );
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Whatever fails here failed because it is gone already, or leaves a log in the directory for temporary files.
        if matches!(self.child.try_wait(), Ok(None)) && self.terminate().is_err() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        let _ = fs::remove_dir_all(&self.directory);
    }
}
