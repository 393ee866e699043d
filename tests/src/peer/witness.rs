//! The daemon that all scripts of a program ask.

use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use estats_protocol::client::Client;

use crate::daemon::Daemon;
use crate::netns::Namespace;

/// The daemon, from the first script to the end of the program.
static DAEMON: Mutex<Option<Daemon>> = Mutex::new(None);

/// A client of the daemon, which follows the connections of all namespaces, and keeps closed ones readable for longer than a
/// script lasts.
///
/// # Errors
///
/// As [`Daemon::start`].
pub fn client() -> Result<Client> {
    let mut daemon = daemon();
    if let Some(running) = &*daemon {
        return running.client();
    }
    let started = Daemon::start_with(&Namespace::new()?, &["--linger", "60"])?;
    // SAFETY: the function may be called at any time, from any thread.
    // Without it the daemon would outlive the program, which does not drop what is static.
    unsafe { libc::atexit(stop) };
    daemon.insert(started).client()
}

fn daemon() -> MutexGuard<'static, Option<Daemon>> {
    // Another script that failed to start it left nothing half done.
    DAEMON.lock().unwrap_or_else(PoisonError::into_inner)
}

extern "C" fn stop() {
    drop(daemon().take());
}
