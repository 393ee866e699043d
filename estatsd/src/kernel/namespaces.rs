//! The host's network namespaces, and work done in one of them.

use std::{
    collections::HashSet,
    ffi::OsStr,
    fs::{File, Metadata},
    io, iter,
    os::{fd::AsFd as _, unix::fs::MetadataExt as _},
    path::{Path, PathBuf},
    thread,
};

use anyhow::{Context as _, Result, anyhow};
use nix::{
    fcntl::readlinkat,
    sched::{CloneFlags, setns},
};

use super::walk::OpenNamespaces;

/// A network namespace, held open.
#[derive(Debug)]
pub(super) struct Namespace {
    /// Its inode number.
    pub(super) inode: u64,
    file: File,
    path: PathBuf,
}

/// Every network namespace that a thread lives in, that is mounted anywhere or that a process holds open, each once.
pub(super) fn all(open: Option<OpenNamespaces>) -> impl Iterator<Item = Namespace> {
    let mut seen = HashSet::new();
    paths(open).filter_map(move |path| {
        let namespace = Namespace::open(path, |inode| !seen.contains(&inode))?;
        seen.insert(namespace.inode);
        Some(namespace)
    })
}

/// The network namespace with an inode number. `None`: it is gone, or cannot be opened.
pub(super) fn find(inode: u64, open: Option<OpenNamespaces>) -> Option<Namespace> {
    paths(open).find_map(|path| Namespace::open(path, |other| other == inode))
}

/// What leads to network namespaces; many paths lead to the same one. Without a walk over the `open` ones, `/proc` is searched for them.
fn paths(open: Option<OpenNamespaces>) -> impl Iterator<Item = PathBuf> {
    let threads = numbered("/proc")
        .flat_map(|process| numbered(process.join("task")))
        .map(|thread| thread.join("ns/net"));
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let mounted: Vec<_> = mounts.lines().filter_map(mount_point).map(PathBuf::from).collect();
    // Both only once they are asked for: what leads to most namespaces has been handed out by then.
    let open: Box<dyn Iterator<Item = PathBuf>> = match open {
        Some(walk) => Box::new(
            iter::once_with(|| walk.paths())
                .flatten()
                .filter(|path| leads_to_network(path)),
        ),
        None => Box::new(numbered("/proc").flat_map(|process| open_networks(process.join("fd")))),
    };
    threads.chain(mounted).chain(open)
}

fn leads_to_network(path: &Path) -> bool {
    std::fs::read_link(path).is_ok_and(|target| is_network(target.as_os_str()))
}

/// What leads to network namespaces among the descriptors in a directory of a process. A host of very many connections has very many
/// descriptors, so each is looked up within the directory rather than by its whole path.
fn open_networks(directory: PathBuf) -> impl Iterator<Item = PathBuf> {
    let opened = File::open(&directory).ok();
    numbered(directory).filter(move |descriptor| {
        let target = opened.as_ref().zip(descriptor.file_name());
        target.is_some_and(|(opened, name)| readlinkat(opened, name).is_ok_and(|target| is_network(&target)))
    })
}

impl Namespace {
    /// Opens the namespace at `path` if its inode number is `wanted`.
    fn open(path: PathBuf, wanted: impl Fn(u64) -> bool) -> Option<Namespace> {
        let inode = |metadata: Metadata| Some(metadata.ino()).filter(|inode| wanted(*inode));
        inode(std::fs::metadata(&path).ok()?)?;
        match File::open(&path) {
            // A thread may have gone elsewhere meanwhile.
            Ok(file) => Some(Namespace {
                inode: inode(file.metadata().ok()?)?,
                file,
                path,
            }),
            // A thread ends: if its namespace is still there, another path leads to it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!("cannot open the network namespace {}: {error}", path.display());
                None
            }
        }
    }

    /// Runs `work` in it, on a thread of its own.
    ///
    /// # Errors
    ///
    /// It cannot be entered (that takes `CAP_SYS_ADMIN`), or `work` fails.
    pub(super) fn within<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        let name = self.path.display();
        thread::scope(|scope| {
            scope
                .spawn(|| {
                    setns(self.file.as_fd(), CloneFlags::CLONE_NEWNET)
                        .with_context(|| format!("cannot enter the network namespace {}", self.path.display()))?;
                    work()
                })
                .join()
                .unwrap_or_else(|_| Err(anyhow!("a thread in the network namespace {name} panicked")))
        })
    }
}

/// Where a network namespace is mounted, if that is what a line of a mountinfo file is about (`proc_pid_mountinfo(5)`).
fn mount_point(line: &str) -> Option<&str> {
    let mut fields = line.split(' ').skip(3);
    let (root, at) = (fields.next()?, fields.next()?);
    is_network(OsStr::new(root)).then_some(at)
}

/// A file of the namespaces' file system is called `type:[inode]`.
fn is_network(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b"net:[")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mounted_network_namespace_is_recognised() {
        let named = "611 30 0:4 net:[4026532281] /run/netns/blue rw shared:304 - nsfs nsfs rw";
        assert_eq!(mount_point(named), Some("/run/netns/blue"));
        let others = [
            "612 30 0:4 mnt:[4026532282] /run/snapd/ns/lxd.mnt rw - nsfs nsfs rw",
            "28 0 254:0 / / rw,relatime shared:1 - ext4 /dev/root rw",
            "",
        ];
        assert_eq!(others.map(mount_point), [None; 3]);
    }

    #[test]
    fn a_namespace_that_is_only_held_open_is_found() {
        let made = thread::spawn(|| {
            nix::sched::unshare(CloneFlags::CLONE_NEWNET).ok()?;
            File::open("/proc/thread-self/ns/net").ok()
        });
        // Making one takes root.
        let Some(held) = made.join().unwrap() else { return };
        let inode = held.metadata().unwrap().ino();
        assert!(all(None).any(|namespace| namespace.inode == inode));
    }
}
