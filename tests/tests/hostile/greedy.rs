//! A user who takes every place there is.

use std::os::unix::process::CommandExt as _;
use std::time::Instant;

use anyhow::{Result, ensure};
use estats_protocol::Client;
use estats_tests::credentials::as_user;
use estats_tests::daemon::Daemon;
use estats_tests::netns::Namespace;
use nix::errno::Errno;
use nix::sys::resource::{Resource, setrlimit};

use crate::USER;
use crate::state::{ensure_unharmed, wait_until};

/// Files that the daemon may have open: fewer than it has places, so they are what it shares out.
const FILES: u64 = 1200;

/// A quarter of them.
const SHARE: usize = 300;

#[test]
fn a_user_who_takes_all_it_can_get_leaves_room_for_others() -> Result<()> {
    let namespace = Namespace::new()?;
    let daemon = Daemon::start_prepared(&namespace, |command| {
        let limit = || Ok(setrlimit(Resource::RLIMIT_NOFILE, FILES, FILES)?);
        // SAFETY: between fork and exec the closure only makes a system call.
        unsafe { command.pre_exec(limit) };
    })?;
    let connect = |uid| as_user(uid, uid, || anyhow::Ok(Client::connect(&daemon.socket())));
    let (started, mut taken) = (Instant::now(), Vec::new());
    let refusal = loop {
        match connect(USER)? {
            Ok(client) => taken.push(client),
            Err(error) => break error,
        }
        ensure!(taken.len() <= SHARE, "nobody is refused");
    };
    ensure!(taken.len() == SHARE, "{} clients have a place", taken.len());
    ensure!(refusal.refusal() == Some(Errno::ENOBUFS), "{refusal}");
    // The others are served, and those who tried too often are logged once a minute.
    for _ in 0..10 {
        connect(USER + 1)??.list()?;
        connect(0)??.list()?;
        let refusal = connect(USER)?.err();
        ensure!(refusal.is_some_and(|error| error.refusal() == Some(Errno::ENOBUFS)));
    }
    taken[SHARE - 1].list()?;
    let (log, most) = (daemon.log(), 1 + started.elapsed().as_secs() / 60);
    let complaints: Vec<_> = log
        .lines()
        .filter(|line| line.contains("as one user may have"))
        .collect();
    ensure!(
        (1..=most).contains(&(complaints.len() as u64)) && complaints[0].contains(&format!("uid={USER}")),
        "{log}"
    );
    taken.pop();
    wait_until("there is a place again", || Ok(connect(USER)?.is_ok()))?;
    ensure_unharmed(&daemon)
}
