//! Descriptors that clients do not get, so that there are some to answer them with.

use std::os::fd::{AsRawFd as _, OwnedFd};

use nix::{
    errno::Errno,
    sys::resource::{Resource, getrlimit},
};

/// How many clients leave free. To write a limit takes a handful: directories where network namespaces are found, the namespace, and a walk
/// over its sockets.
const RESERVE: u64 = 32;

/// How many this process may have open.
///
/// # Errors
///
/// Those of getrlimit(2).
pub(super) fn allowed() -> Result<u64, Errno> {
    Ok(getrlimit(Resource::RLIMIT_NOFILE)?.0)
}

/// Whether few are left after `newest`, which has just been opened: a new descriptor gets the lowest number that is free.
///
/// # Errors
///
/// Those of getrlimit(2).
pub(super) fn are_scarce(newest: &OwnedFd) -> Result<bool, Errno> {
    Ok(leaves_few(newest.as_raw_fd().unsigned_abs().into(), allowed()?))
}

fn leaves_few(newest: u64, limit: u64) -> bool {
    newest.saturating_add(RESERVE) >= limit
}

#[cfg(test)]
mod tests {
    use super::leaves_few;

    #[test]
    fn thirty_two_are_left() {
        // Numbers from 68 to 99.
        assert!(!leaves_few(67, 100));
        assert!(leaves_few(68, 100));
        assert!(leaves_few(3, 20));
        assert!(!leaves_few(1_000_000, libc::RLIM_INFINITY));
    }
}
