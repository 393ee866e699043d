//! Somebody has the netlink port that the daemon would get: the kernel's first choice is the number of the process.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::panic::resume_unwind;
use std::thread;

use anyhow::{Result, ensure};
use estats_protocol::control;
use estats_tests::credentials::as_user;
use estats_tests::daemon::Daemon;
use estats_tests::netns::Namespace;
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::signal::Signal;
use nix::sys::socket::{MsgFlags, recv};
use nix::unistd::{getpid, pipe2, read, write};

use crate::USER;
use crate::raw::{Raw, daemon_port, netlink_at, port_file};

/// Asks the daemon on the port that its file names, as a client does that believes only root, and returns the port.
fn ask(daemon: &Daemon) -> Result<u32> {
    let file = fs::metadata(port_file(&daemon.socket()))?;
    let who = (file.uid(), file.mode() & 0o777);
    ensure!(who == (0, 0o644), "user {} may write it: {:o}", who.0, who.1);
    let port = daemon_port(&daemon.socket())?;
    let raw = Raw::netlink(port)?;
    raw.send(&control::family_request(5))?;
    let errno = raw.outcome(5)?;
    ensure!(errno == 0, "port {port} refuses with {errno}");
    Ok(port)
}

/// Takes a port of the calling thread's namespace as a user without rights, as everybody may.
fn squat(port: u32) -> Result<OwnedFd> {
    as_user(USER, USER, || Ok(netlink_at(port)?))
}

/// Fails if anything has come to the squatter.
fn ensure_ignored(squatter: &OwnedFd) -> Result<()> {
    let heard = recv(squatter.as_raw_fd(), &mut [0; 4096], MsgFlags::MSG_DONTWAIT);
    ensure!(heard == Err(Errno::EAGAIN), "the squatter hears {heard:?}");
    Ok(())
}

#[test]
fn a_squatter_on_the_first_choice_is_not_who_the_file_names() -> Result<()> {
    let namespace = Namespace::new()?;
    // Between fork and exec the daemon-to-be says its number, and waits until somebody has taken the port.
    let (told, tell) = pipe2(OFlag::O_CLOEXEC)?;
    let (go, let_go) = pipe2(OFlag::O_CLOEXEC)?;
    let (daemon, squatter) = thread::scope(|scope| {
        let squatting = scope.spawn(|| {
            namespace.run(|| -> Result<(u32, OwnedFd)> {
                let mut number = [0; 4];
                File::from(told).read_exact(&mut number)?;
                let number = u32::from_ne_bytes(number);
                let squatter = squat(number);
                // Even if it has failed: the daemon waits.
                File::from(let_go).write_all(&[0])?;
                Ok((number, squatter?))
            })
        });
        let daemon = Daemon::start_prepared(&namespace, |command| {
            let wait = move || {
                write(&tell, &getpid().as_raw().to_ne_bytes())?;
                read(&go, &mut [0])?;
                Ok(())
            };
            // SAFETY: between fork and exec the closure only makes system calls.
            unsafe { command.pre_exec(wait) };
        });
        let squatter = squatting.join().unwrap_or_else(|panic| resume_unwind(panic));
        anyhow::Ok((daemon?, squatter?))
    })?;
    let (number, squatter) = squatter;
    ensure!(number == daemon.pid(), "{number} is not the daemon");
    let port = namespace.run(|| ask(&daemon))?;
    ensure!(port != number, "two have the port {port}");
    ensure_ignored(&squatter)
}

#[test]
fn a_squatter_on_the_port_of_a_killed_daemon_is_forgotten_with_the_next() -> Result<()> {
    let namespace = Namespace::new()?;
    let mut daemon = Daemon::start(&namespace)?;
    let port = namespace.run(|| ask(&daemon))?;
    daemon.signal(Signal::SIGKILL)?;
    daemon.wait()?;
    let squatter = namespace.run(|| squat(port))?;
    let daemon = daemon.replace(&namespace)?;
    let next = namespace.run(|| ask(&daemon))?;
    ensure!(next != port, "two have the port {port}");
    ensure_ignored(&squatter)
}
