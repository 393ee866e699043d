//! Why a client call failed.

use std::{io, path::PathBuf, time::Duration};

use estats_spec::{
    endpoint::SOCKET_ENV,
    wire::{cmd, extension},
};
use netlink_packet_core::DecodeError;
use nix::errno::Errno;

/// Why a client call failed.
///
/// After [`Error::Refused`] the client can go on. After any other error the connection is given up, because an answer that
/// is still under way could not be told from that to the next request; connect again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody listens on the socket.
    #[error(
        "estatsd is not running: nobody listens on {} ({errno}); start estatsd, or set {SOCKET_ENV} to its socket",
        path.display()
    )]
    NotRunning {
        /// The socket.
        path: PathBuf,
        /// `ENOENT` or `ECONNREFUSED`.
        errno: Errno,
    },
    /// The permissions of the socket or of a directory above it forbid to connect.
    #[error("may not connect to {} ({errno}); its permissions and those of the directories above it decide", path.display())]
    NotPermitted {
        /// The socket.
        path: PathBuf,
        /// `EACCES` or `EPERM`.
        errno: Errno,
    },
    /// Connecting failed for another reason.
    #[error("cannot connect to {}: {errno}", path.display())]
    Connect {
        /// The socket.
        path: PathBuf,
        /// What the kernel said.
        errno: Errno,
    },
    /// The daemon answered with an error number.
    #[error("{}", refusal(*.command, *.errno))]
    Refused {
        /// What was asked: one of [`estats_spec::wire::cmd`] or [`estats_spec::wire::extension::cmd`], or `None` for the look-up of the family.
        command: Option<u8>,
        /// The error number, see [`estats_spec::wire::errno`].
        errno: Errno,
    },
    /// The daemon went away, or closed the connection.
    #[error("the connection to estatsd was lost; is it still running?")]
    ConnectionLost,
    /// The daemon did not answer in time.
    #[error("estatsd did not answer within {} s; it may be overloaded or stopped", .0.as_secs_f32())]
    Timeout(Duration),
    /// What came back is no answer to the request.
    #[error("the answer makes no sense: {0}; is it estatsd that listens on this socket?")]
    Malformed(String),
    /// The system call failed for a reason that has nothing to do with the daemon.
    #[error("{doing} failed: {source}")]
    System {
        /// The system call.
        doing: &'static str,
        /// What the kernel said.
        source: io::Error,
    },
}

impl Error {
    /// The error number with which the daemon refused the request.
    #[must_use]
    pub fn refusal(&self) -> Option<Errno> {
        match self {
            Self::Refused { errno, .. } => Some(*errno),
            _ => None,
        }
    }

    pub(super) fn system(doing: &'static str, errno: Errno) -> Self {
        Self::System {
            doing,
            source: errno.into(),
        }
    }
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Self::Malformed(error.to_string())
    }
}

fn refusal(command: Option<u8>, errno: Errno) -> String {
    match (command, errno) {
        // There is always room for this answer, so it is the place of a client that there is none of.
        (None, Errno::ENOBUFS) => {
            "estatsd has as many clients as it takes, or as many of this user as it takes of one; \
                                   try again when some of them have gone"
                .to_owned()
        }
        _ => format!("estatsd refused {}: {errno}", command_name(command)),
    }
}

fn command_name(command: Option<u8>) -> &'static str {
    match command {
        None => "to name its family",
        Some(cmd::LIST_CONNS) => "to list the connections",
        Some(cmd::READ_ALL) => "to read all connections",
        Some(cmd::READ_VARS) => "to read this connection",
        Some(cmd::WRITE_VAR) => "to write this variable",
        Some(cmd::INIT) => "to describe its variables",
        Some(cmd::TIMESTAMP) => "to give the time",
        Some(extension::cmd::LIST_DETAILS) => "to list the connections with their origin",
        Some(extension::cmd::READ_ROW) => "to read all instruments of this connection",
        Some(extension::cmd::READ_ROWS | extension::cmd::READ_SHEETS) => "to read all instruments of all connections",
        Some(extension::cmd::LIST_LISTENERS) => "to list the listening sockets",
        Some(extension::cmd::READ_SCALARS) => "to read the scalars",
        Some(extension::cmd::WRITE_SCALAR) => "to set this scalar",
        Some(extension::cmd::SUBSCRIBE) => "to send notices",
        Some(_) => "an unknown command",
    }
}
