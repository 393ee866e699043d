//! The host's network namespaces, and work done in one of them.

use std::{
    collections::BTreeMap,
    fs::File,
    os::{fd::AsFd as _, unix::fs::MetadataExt as _},
    path::{Path, PathBuf},
    thread,
};

use anyhow::{Context as _, Result, anyhow};
use nix::sched::{CloneFlags, setns};

/// Every network namespace that a thread lives in or that is mounted by name, by inode number.
#[must_use]
pub(super) fn all() -> BTreeMap<u64, PathBuf> {
    let mut found = BTreeMap::new();
    let threads = numbered("/proc")
        .flat_map(|process| numbered(process.join("task")))
        .map(|thread| thread.join("ns/net"));
    let named = std::fs::read_dir("/run/netns")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path());
    for path in threads.chain(named) {
        // A thread may end meanwhile: then its namespace is of no more interest.
        if let Ok(metadata) = std::fs::metadata(&path) {
            found.entry(metadata.ino()).or_insert(path);
        }
    }
    found
}

/// The entries of a directory whose names are numbers.
fn numbered(directory: impl AsRef<Path>) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name().as_encoded_bytes().iter().all(u8::is_ascii_digit))
        .map(|entry| entry.path())
}

/// The namespace that this process lives in.
///
/// # Errors
///
/// `/proc` is not mounted.
pub(super) fn own() -> Result<u64> {
    Ok(std::fs::metadata("/proc/self/ns/net")
        .context("cannot look at /proc/self/ns/net")?
        .ino())
}

/// Runs `work` in the namespace at `path`, on a thread of its own.
///
/// # Errors
///
/// The namespace cannot be entered (that takes `CAP_SYS_ADMIN`), or `work` fails.
pub(super) fn within<T: Send>(path: &PathBuf, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    thread::scope(|scope| {
        scope
            .spawn(|| {
                let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
                setns(file.as_fd(), CloneFlags::CLONE_NEWNET)
                    .with_context(|| format!("cannot enter the network namespace {}", path.display()))?;
                work()
            })
            .join()
            .unwrap_or_else(|_| Err(anyhow!("a thread in the network namespace {} panicked", path.display())))
    })
}
