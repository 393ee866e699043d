//! What a client has with the daemon: the connection, and the mask for its reads.

use std::ffi::c_int;
use std::mem::offset_of;

use estats_protocol::Masks;
use estats_protocol::client::{Client, Error as ClientError, socket_path};

use crate::library::{LIBRARY, SET};

/// Number of tables that a mask has. The first generations had no EXTRAS; some others could not mask it.
const MASKED: usize = LIBRARY.masked_tables;

/// `struct estats_mask`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Mask {
    /// Bit i asks for variable i of the table.
    pub masks: [u64; MASKED],
    /// 0 when the table's mask does not count; programs leave the mask itself uninitialised then.
    pub if_mask: [c_int; MASKED],
}

const _: () = match MASKED {
    5 => assert!(size_of::<Mask>() == 64 && offset_of!(Mask, if_mask) == 40),
    6 => assert!(size_of::<Mask>() == 72 && offset_of!(Mask, if_mask) == 48),
    _ => panic!("no library has so many"),
};

impl Mask {
    /// The masks that count.
    pub(crate) fn selection(&self) -> Masks {
        Masks(std::array::from_fn(|table| {
            (table < MASKED && self.if_mask[table] != 0).then(|| self.masks[table])
        }))
    }
}

/// The connection and the mask.
#[derive(Debug)]
pub(crate) struct Channel {
    /// None before the first connection and after a lost one.
    pub(crate) link: Option<Client>,
    /// For reads.
    pub(crate) mask: Mask,
}

impl Channel {
    /// Not connected, everything asked for.
    pub(crate) fn new() -> Self {
        let mask = Mask {
            masks: std::array::from_fn(|table| SET.default_masks()[table]),
            if_mask: [0; MASKED],
        };
        Channel { link: None, mask }
    }

    /// Asks the daemon. A lost connection is made anew at the next request, so that a program which carries on after an
    /// error survives a restart of the daemon.
    pub(crate) fn ask<T>(&mut self, request: impl FnOnce(&mut Client) -> Result<T, ClientError>) -> Result<T, Failure> {
        // Taken out meanwhile: a connection in the middle of an exchange, failed or panicked, is of no use to the next one.
        let mut link = match self.link.take() {
            Some(link) => link,
            None => Client::connect(&socket_path()).map_err(|_| Failure::Unreachable)?,
        };
        let failure = match request(&mut link) {
            Ok(answer) => {
                self.link = Some(link);
                return Ok(answer);
            }
            Err(error) => Failure::of(&error),
        };
        if matches!(failure, Failure::Refused(_)) {
            self.link = Some(link);
        }
        Err(failure)
    }
}

/// How an exchange with the daemon failed. The number is the system's, for the error text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The request could not be sent: there is no daemon.
    Unreachable,
    /// The connection was lost before the answer was complete.
    Lost(c_int),
    /// The daemon answered with an error.
    Refused(c_int),
}

impl Failure {
    fn of(error: &ClientError) -> Self {
        match error {
            ClientError::Refused { errno, .. } => Failure::Refused(*errno as c_int),
            ClientError::NotRunning { .. } | ClientError::NotPermitted { .. } | ClientError::Connect { .. } => {
                Failure::Unreachable
            }
            ClientError::ConnectionLost => Failure::Lost(libc::ECONNRESET),
            ClientError::Timeout(_) => Failure::Lost(libc::ETIMEDOUT),
            ClientError::Malformed(_) => Failure::Lost(libc::EPROTO),
            ClientError::System { source, .. } => Failure::Lost(source.raw_os_error().unwrap_or(libc::EIO)),
        }
    }
}
