//! The daemon that all scripts ask which run at the same time.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use anyhow::Result;

use crate::daemon::Daemon;
use crate::netns::Namespace;

/// The daemon while there is a script.
static DAEMON: Mutex<Weak<Daemon>> = Mutex::new(Weak::new());

/// The daemon: it follows the connections of all namespaces, and keeps closed ones readable for longer than a script lasts.
///
/// # Errors
///
/// As [`Daemon::start`].
pub(super) fn present() -> Result<Arc<Daemon>> {
    // Another script that failed to start it left nothing half done.
    let mut daemon = DAEMON.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(running) = daemon.upgrade() {
        return Ok(running);
    }
    let started = Arc::new(Daemon::start_with(&Namespace::new()?, &["--linger", "60"])?);
    *daemon = Arc::downgrade(&started);
    Ok(started)
}
