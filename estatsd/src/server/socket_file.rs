//! The Unix socket in the file system: one daemon per path, and nothing left behind.

use std::{
    fs::{self, DirBuilder, File, Permissions},
    io,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt},
    },
    path::{Path, PathBuf},
};

use nix::{
    errno::Errno,
    fcntl::{Flock, FlockArg},
    sys::socket::{AddressFamily, Backlog, SockFlag, SockType, UnixAddr, bind, connect, listen, socket},
};

/// Everybody may connect: what a client may read is decided for each connection.
const MODE: u32 = 0o666;

/// Why the daemon cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody listens there.
    #[error("another daemon answers on {}; stop it, or choose another socket with --socket", .0.display())]
    Taken(PathBuf),
    /// Something else is there, which is not removed.
    #[error("{} exists and is no socket; remove it, or choose another path with --socket", .0.display())]
    NotASocket(PathBuf),
    /// A step failed.
    #[error("cannot {doing} {}", path.display())]
    Failed {
        /// The step.
        doing: &'static str,
        /// What it was done to.
        path: PathBuf,
        /// What the kernel said.
        source: io::Error,
    },
}

/// A listening socket and its name; the name goes away with it.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    /// Device and inode of the name, so that nobody else's is removed.
    identity: (u64, u64),
}

impl SocketFile {
    /// Listens on `path`, making its directory if need be, and replacing what a killed daemon left there.
    pub(super) fn bind(path: &Path) -> Result<(OwnedFd, Self), BindError> {
        let failed = |doing, path: &Path, source| BindError::Failed {
            doing,
            path: path.to_owned(),
            source,
        };
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(directory)
            .map_err(|source| failed("create the directory", directory, source))?;
        // Of two daemons that start together, one looks and binds before the other looks.
        let lock = File::open(directory).map_err(|source| failed("open the directory", directory, source))?;
        let _lock = Flock::lock(lock, FlockArg::LockExclusive)
            .map_err(|(_, errno)| failed("lock the directory", directory, errno.into()))?;
        make_way(path)?;

        let address = UnixAddr::new(path).map_err(|errno| failed("name a socket", path, errno.into()))?;
        let listener = seqpacket().map_err(|errno| failed("make a socket for", path, errno.into()))?;
        bind(listener.as_raw_fd(), &address).map_err(|errno| failed("bind to", path, errno.into()))?;
        let file = Self {
            path: path.to_owned(),
            identity: identity(path).map_err(|source| failed("look at", path, source))?,
        };
        fs::set_permissions(path, Permissions::from_mode(MODE))
            .map_err(|source| failed("set the permissions of", path, source))?;
        listen(&listener, Backlog::MAXCONN).map_err(|errno| failed("listen on", path, errno.into()))?;
        Ok((listener, file))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if identity(&self.path).is_ok_and(|identity| identity == self.identity) {
            // There is nobody left to tell if it fails, and the next daemon replaces it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes the socket at `path` if nobody listens on it.
fn make_way(path: &Path) -> Result<(), BindError> {
    let failed = |doing, source| BindError::Failed {
        doing,
        path: path.to_owned(),
        source,
    };
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed("look at", error)),
        Ok(metadata) if !metadata.file_type().is_socket() => return Err(BindError::NotASocket(path.to_owned())),
        Ok(_) => {}
    }
    let address = UnixAddr::new(path).map_err(|errno| failed("name", errno.into()))?;
    let socket = seqpacket().map_err(|errno| failed("make a socket to try", errno.into()))?;
    match connect(socket.as_raw_fd(), &address) {
        Err(Errno::ECONNREFUSED) => {
            fs::remove_file(path).map_err(|source| failed("remove the abandoned socket", source))
        }
        // It listens: idle, with a full queue (EAGAIN), or as another kind of socket (EPROTOTYPE).
        Ok(()) | Err(Errno::EAGAIN | Errno::EPROTOTYPE) => Err(BindError::Taken(path.to_owned())),
        Err(errno) => Err(failed("try", errno.into())),
    }
}

fn seqpacket() -> Result<OwnedFd, Errno> {
    socket(
        AddressFamily::Unix,
        SockType::SeqPacket,
        SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
        None,
    )
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    fs::symlink_metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}
