//! Control groups of the second version that live as long as the value that holds them.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result};

/// A control group with nothing in it but what the test puts there.
#[derive(Debug)]
pub struct Cgroup(PathBuf);

impl Cgroup {
    /// Makes one below the root of the hierarchy.
    ///
    /// # Errors
    ///
    /// When the hierarchy is not mounted, or the caller may not make groups.
    pub fn new() -> Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self::make(root()?.join(format!("estats-tests.{}.{number}", std::process::id())))
    }

    /// Makes one within this one; to be dropped before it.
    ///
    /// # Errors
    ///
    /// As [`Cgroup::new`].
    pub fn within(&self) -> Result<Self> {
        Self::make(self.0.join("inner"))
    }

    fn make(path: PathBuf) -> Result<Self> {
        fs::create_dir(&path).with_context(|| format!("making the control group {}", path.display()))?;
        Ok(Self(path))
    }

    /// Its id, which is the inode number of its directory.
    ///
    /// # Errors
    ///
    /// Those of stat(2).
    pub fn id(&self) -> Result<u64> {
        Ok(fs::metadata(&self.0)?.ino())
    }

    /// Its directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // It is busy only while a process of the test is in it.
        let _ = fs::remove_dir(&self.0);
    }
}

/// The id of the group that this process is in.
///
/// # Errors
///
/// When the hierarchy is not mounted.
pub fn own() -> Result<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup")?;
    let path = groups
        .lines()
        .find_map(|line| line.strip_prefix("0::/"))
        .context("/proc/self/cgroup has no line of the second version")?;
    Ok(fs::metadata(root()?.join(path))?.ino())
}

/// Where the hierarchy is mounted.
fn root() -> Result<PathBuf> {
    let mounts = fs::read_to_string("/proc/self/mounts")?;
    mounts
        .lines()
        .map(|line| line.split(' ').collect::<Vec<_>>())
        .find_map(|fields| (fields.get(2) == Some(&"cgroup2")).then(|| PathBuf::from(fields[1])))
        .context("no cgroup2 is mounted")
}
