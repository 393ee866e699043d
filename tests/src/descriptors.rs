//! Open files: how many this process may have, and how many another one has.

use std::fs;

use anyhow::{Result, ensure};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Lets this process have as many files as it may, which have to be `needed` at least.
///
/// # Errors
///
/// When it may not have so many.
pub fn room_for(needed: usize) -> Result<()> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    ensure!(
        hard >= needed as u64,
        "the hard limit of open files is {hard}, {needed} are needed"
    );
    Ok(setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?)
}

/// How many a process has.
///
/// # Errors
///
/// When it is gone, or another user's.
pub fn of(pid: u32) -> Result<usize> {
    Ok(fs::read_dir(format!("/proc/{pid}/fd"))?.count())
}
