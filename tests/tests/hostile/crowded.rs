//! More clients than there is room for.

use std::os::fd::AsRawFd as _;
use std::os::unix::process::CommandExt as _;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use estats_protocol::client::Error;
use estats_protocol::{Client, EstatsMessage, datagram};
use estats_spec::wire::FAMILY_ID;
use estats_tests::daemon::Daemon;
use estats_tests::memory::resident;
use estats_tests::netns::Namespace;
use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};

use crate::raw::Raw;
use crate::state::{Schedule, descriptors, ensure_unharmed, next_descriptor, wait_until};
use crate::witness::Witness;

const CLIENTS: usize = 5000;

/// What a daemon under test may have open: its programs and maps, and some hundred clients.
const FEW: u64 = 400;

/// A daemon whose soft and hard limits of open files are these.
fn limited(namespace: &Namespace, soft: u64, hard: u64) -> Result<Daemon> {
    Daemon::start_prepared(namespace, |command| {
        let limit = move || Ok(setrlimit(Resource::RLIMIT_NOFILE, soft, hard)?);
        // SAFETY: between fork and exec the closure only makes a system call.
        unsafe { command.pre_exec(limit) };
    })
}

/// Changes the limits of a process that runs.
fn limit(daemon: &Daemon, files: u64) -> Result<()> {
    let limit = libc::rlimit {
        rlim_cur: files,
        rlim_max: FEW,
    };
    let pid = daemon.pid().cast_signed();
    // SAFETY: the new limit lives across the call, and the old one is not asked for.
    let result = unsafe { libc::prlimit(pid, libc::RLIMIT_NOFILE, &raw const limit, std::ptr::null_mut()) };
    Errno::result(result).map(drop).context("limiting the daemon")
}

/// Clients that come until one is turned away.
fn fill(daemon: &Daemon) -> Result<Vec<Client>> {
    let mut clients = Vec::new();
    loop {
        match Client::connect(&daemon.socket()) {
            Ok(client) => clients.push(client),
            Err(Error::ConnectionLost) => return Ok(clients),
            Err(error) => return Err(error).context("turning a client away"),
        }
        ensure!(clients.len() < usize::try_from(FEW)?, "nobody is turned away");
    }
}

#[test]
fn five_thousand_clients_are_served_at_once() -> Result<()> {
    estats_tests::descriptors::room_for(CLIENTS + 500)?;
    let namespace = Namespace::new()?;
    // As systems start programs that do not ask for more.
    let daemon = limited(&namespace, 1024, getrlimit(Resource::RLIMIT_NOFILE)?.1)?;
    let mut witness = Witness::new(&namespace, &daemon)?;
    let (open, before) = (descriptors(&daemon)?, resident(daemon.pid())?);
    let clients: Vec<Raw> = (0..CLIENTS)
        .map(|_| Raw::unix(&daemon.socket()))
        .collect::<Result<_>>()?;
    // All ask before the first one reads.
    for (sequence, client) in (1..).zip(&clients) {
        client.send(&datagram::request(FAMILY_ID, sequence, EstatsMessage::timestamp(0)))?;
    }
    witness.look()?;
    for (sequence, client) in (1..).zip(&clients) {
        let errno = client.outcome(sequence)?;
        ensure!(errno == 0, "client {sequence} is refused with {errno}");
    }
    let octets = resident(daemon.pid())?.saturating_sub(before) / CLIENTS as u64;
    println!("{octets} octets of the daemon for each client");
    drop(clients);
    wait_until("the clients' descriptors are closed", || {
        Ok(descriptors(&daemon)? <= open)
    })?;
    ensure_unharmed(&daemon)
}

#[test]
fn a_daemon_that_is_full_serves_those_it_has_and_says_what_helps() -> Result<()> {
    let (namespace, other) = (Namespace::new()?, Namespace::new()?);
    let daemon = limited(&namespace, FEW, FEW)?;
    let mut witness = Witness::new(&namespace, &daemon)?;
    let elsewhere = Witness::new(&other, &daemon)?;
    let mut clients = fill(&daemon)?;
    for client in &mut clients {
        client.timestamp(Duration::ZERO)?;
    }
    // To find the socket in its namespace takes descriptors of the daemon's own.
    for cid in [witness.cid(), elsewhere.cid()] {
        clients[0]
            .write_var(cid, "LimCwnd", 1 << 20)
            .with_context(|| daemon.log())?;
    }
    witness.look()?;
    let log = daemon.log();
    ensure!(log.contains("LimitNOFILE"), "{log}");
    drop(clients);
    wait_until("there is room again", || Ok(daemon.client().is_ok()))?;
    ensure_unharmed(&daemon)
}

#[test]
fn without_any_descriptor_left_the_daemon_waits_for_one() -> Result<()> {
    let namespace = Namespace::new()?;
    let daemon = limited(&namespace, FEW, FEW)?;
    let mut witness = Witness::new(&namespace, &daemon)?;
    // Not even one more. Whoever came before the witness is gone: the daemon takes turns, and has answered the witness twice.
    limit(&daemon, next_descriptor(&daemon)?)?;
    let waiting = Raw::unix(&daemon.socket())?;
    waiting.send(&datagram::request(FAMILY_ID, 1, EstatsMessage::timestamp(0)))?;
    wait_until("it says that there is none", || {
        Ok(daemon.log().contains("cannot accept"))
    })?;
    // It does not try all the time: there is a while in which it hardly runs. Others may keep it busy for some time.
    wait_until("it rests", || {
        let path = format!("/proc/{}/schedstat", daemon.pid());
        let (ran, while_) = (Schedule::read(&path)?.ran, Duration::from_millis(500));
        sleep(while_);
        Ok(Schedule::read(&path)?.ran < ran + while_ / 4)
    })?;
    witness.look()?;
    ensure!(
        waiting.received()?.is_none(),
        "a client is answered that cannot be accepted"
    );
    let complaints = daemon.log().matches("cannot accept").count();
    ensure!(complaints == 1, "it complains {complaints} times: {}", daemon.log());
    limit(&daemon, FEW)?;
    let errno = waiting.outcome(1)?;
    ensure!(errno == 0, "the client that waited is refused with {errno}");
    ensure_unharmed(&daemon)
}

#[test]
fn descriptors_that_come_with_a_request_are_not_taken() -> Result<()> {
    let namespace = Namespace::new()?;
    let daemon = Daemon::start(&namespace)?;
    let raw = Raw::unix(&daemon.socket())?;
    let request = datagram::request(FAMILY_ID, 1, EstatsMessage::timestamp(0));
    raw.send(&request)?;
    raw.outcome(1)?;
    let open = descriptors(&daemon)?;
    let fds = [raw.fd().as_raw_fd(); 200];
    for _ in 0..10 {
        let pieces = [std::io::IoSlice::new(&request)];
        let along = [ControlMessage::ScmRights(&fds)];
        sendmsg::<()>(raw.fd().as_raw_fd(), &pieces, &along, MsgFlags::MSG_NOSIGNAL, None)?;
        let errno = raw.outcome(1)?;
        ensure!(errno == 0, "a request with descriptors is refused with {errno}");
    }
    wait_until("no descriptor is kept", || Ok(descriptors(&daemon)? <= open))?;
    ensure_unharmed(&daemon)
}
