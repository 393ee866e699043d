//! Network namespaces that live as long as the value that holds them.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::AsRawFd as _;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context as _, Result, ensure};
use nix::sched::{CloneFlags, setns, unshare};

use crate::offloads;

/// A network namespace of its own, with its loopback device up and segmentation offloads off there, so that a captured frame
/// is a TCP segment.
///
/// Nothing but this value and the sockets opened in it keeps the namespace: dropping both removes its devices, routes and
/// packet filter rules.
#[derive(Debug)]
pub struct Namespace {
    handle: File,
}

impl Namespace {
    /// Makes a namespace.
    ///
    /// The defaults of the machine are replaced by fixed ones: congestion control reno, no metrics remembered between
    /// connections (a remembered ssthresh would be the first connection's influence on the second), no ECN.
    ///
    /// # Errors
    ///
    /// When the caller may not make namespaces (needs `CAP_SYS_ADMIN`), or when `ip` is not installed.
    pub fn new() -> Result<Self> {
        let handle = thread::spawn(|| -> Result<File> {
            unshare(CloneFlags::CLONE_NEWNET).context("unshare(CLONE_NEWNET): these tests need root")?;
            File::open("/proc/thread-self/ns/net").context("opening the new network namespace")
        })
        .join()
        .unwrap_or_else(|panic| resume_unwind(panic))?;
        let namespace = Self { handle };
        namespace.ip("link set lo up")?;
        namespace.run(|| offloads::disable("lo"))?;
        namespace.sysctl("ipv4/tcp_congestion_control", "reno")?;
        namespace.sysctl("ipv4/tcp_no_metrics_save", "1")?;
        namespace.sysctl("ipv4/tcp_ecn", "0")?;
        Ok(namespace)
    }

    /// Runs `work` on a thread that is inside the namespace: sockets it opens, processes it starts and files under
    /// `/proc/thread-self/net` and `/proc/sys/net` that it opens belong to the namespace.
    ///
    /// # Panics
    ///
    /// With the panic of `work`, or when the namespace cannot be entered.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        thread::scope(|scope| {
            let inside = scope.spawn(|| {
                self.enter().expect("entering the test's network namespace");
                work()
            });
            inside.join().unwrap_or_else(|panic| resume_unwind(panic))
        })
    }

    /// Moves the calling thread into the namespace, for good: for threads made by the test.
    ///
    /// # Errors
    ///
    /// Those of setns(2).
    pub fn enter(&self) -> Result<()> {
        setns(&self.handle, CloneFlags::CLONE_NEWNET).context("setns to the test's network namespace")
    }

    /// Runs `ip` with the words of `arguments` inside the namespace.
    ///
    /// # Errors
    ///
    /// When `ip` cannot be started or refuses; its message is part of the error.
    pub fn ip(&self, arguments: &str) -> Result<()> {
        self.tool("ip", arguments, "").map(drop)
    }

    /// Runs `program` with the words of `arguments` and `input` on its standard input, inside the namespace, and returns what it
    /// prints.
    ///
    /// # Errors
    ///
    /// When it cannot be started or fails; its message is part of the error.
    pub fn tool(&self, program: &str, arguments: &str, input: &str) -> Result<String> {
        self.run(|| {
            let mut child = Command::new(program)
                .args(arguments.split_whitespace())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .with_context(|| format!("starting `{program}`: is it installed?"))?;
            // Taken out of the child, so that it is closed before the wait.
            let mut stdin = child.stdin.take().context("standard input of the child")?;
            stdin.write_all(input.as_bytes())?;
            drop(stdin);
            let output = child.wait_with_output()?;
            ensure!(
                output.status.success(),
                "`{program} {arguments}`: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            Ok(String::from_utf8(output.stdout)?)
        })
    }

    /// Sets `net.<name>` (with slashes: `ipv4/tcp_ecn`) of the namespace.
    ///
    /// # Errors
    ///
    /// When this kernel has no such setting or refuses the value.
    pub fn sysctl(&self, name: &str, value: &str) -> Result<()> {
        self.run(|| {
            std::fs::write(format!("/proc/sys/net/{name}"), value)
                .with_context(|| format!("setting net.{name} to {value}"))
        })
    }

    /// A path to the namespace that other processes can open while this value lives.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}/fd/{}", std::process::id(), self.handle.as_raw_fd()))
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::Namespace;

    #[test]
    fn a_namespace_is_private_and_has_a_loopback() {
        let (one, other) = (Namespace::new().unwrap(), Namespace::new().unwrap());
        let listener = one.run(|| TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        one.run(|| TcpStream::connect(address)).unwrap();
        other.run(|| TcpStream::connect(address)).unwrap_err();
    }

    #[test]
    fn a_refused_command_says_why() {
        let error = Namespace::new().unwrap().ip("link set nosuch up").unwrap_err();
        assert!(error.to_string().contains("nosuch"), "{error}");
    }
}
