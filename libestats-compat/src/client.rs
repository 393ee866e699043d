//! `struct estats_nl_client`: a client of the daemon, with the mask for its reads.

use std::cell::UnsafeCell;
use std::ffi::c_int;
use std::os::fd::{AsFd, AsRawFd};
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use estats_protocol::Masks;
use estats_protocol::client::{Client, Error as ClientError, socket_path};
use estats_spec::wire::TABLES;

use crate::boundary::{answer, given, place, shield};
use crate::error::{EstatsError, Number};
use crate::memory;
use crate::var::SET;

/// `struct estats_mask`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Mask {
    /// Bit i asks for variable i of the table.
    pub masks: [u64; TABLES],
    /// 0 when the table's mask does not count; programs leave the mask itself uninitialised then.
    pub if_mask: [c_int; TABLES],
}

assert_layout!(Mask, size 72, masks @ 0, if_mask @ 48);

impl Mask {
    /// The masks that count.
    fn selection(&self) -> Masks {
        Masks(std::array::from_fn(|table| {
            (self.if_mask[table] != 0).then_some(self.masks[table])
        }))
    }
}

/// What libmnl's own socket object starts with, for programs that want its descriptor: see [`estats_nl_client_get_sock`].
#[repr(C)]
#[derive(Debug)]
pub struct MnlSocket {
    fd: c_int,
    addr: libc::sockaddr_nl,
}

/// `AF_NETLINK` in the type of the field.
#[expect(clippy::cast_possible_truncation, reason = "16")]
const AF_NETLINK: libc::sa_family_t = libc::AF_NETLINK as libc::sa_family_t;

/// `struct estats_nl_client`. Opaque to C.
#[derive(Debug)]
pub struct NlClient {
    session: Mutex<Session>,
    /// Written under the lock of `session`.
    sock: UnsafeCell<MnlSocket>,
}

/// What the lock of a client guards.
#[derive(Debug)]
pub(crate) struct Session {
    /// None before the first connection and after a lost one.
    link: Option<Client>,
    mask: Mask,
}

impl Session {
    fn new() -> Self {
        let mask = Mask {
            masks: SET.default_masks(),
            if_mask: [0; TABLES],
        };
        Session { link: None, mask }
    }

    /// Asks the daemon. A lost connection is made anew at the next request, so that a program which carries on after an
    /// error survives a restart of the daemon.
    pub(crate) fn ask<T>(&mut self, request: impl FnOnce(&mut Client) -> Result<T, ClientError>) -> Result<T, Failure> {
        let link = match &mut self.link {
            Some(link) => link,
            empty => {
                empty.insert(Client::connect(&socket_path()).map_err(|error| Failure::Unreachable(errno_of(&error)))?)
            }
        };
        request(link).map_err(|error| {
            let errno = errno_of(&error);
            if matches!(error, ClientError::Refused { .. }) {
                Failure::Refused(errno)
            } else {
                self.link = None;
                Failure::Lost(errno)
            }
        })
    }

    /// The masks for a read.
    pub(crate) fn selection(&self) -> Masks {
        self.mask.selection()
    }
}

impl NlClient {
    /// Takes the client for one request.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Session> {
        // A session is valid whatever point a panicking thread left it at.
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How an exchange with the daemon failed. The number is the system's, for the error text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The request could not be sent: there is no daemon.
    Unreachable(c_int),
    /// The connection was lost before the answer was complete.
    Lost(c_int),
    /// The daemon answered with an error.
    Refused(c_int),
}

fn errno_of(error: &ClientError) -> c_int {
    match error {
        ClientError::NotRunning { errno, .. }
        | ClientError::NotPermitted { errno, .. }
        | ClientError::Connect { errno, .. }
        | ClientError::Refused { errno, .. } => *errno as c_int,
        ClientError::ConnectionLost => libc::ECONNRESET,
        ClientError::Timeout(_) => libc::ETIMEDOUT,
        ClientError::Malformed(_) => libc::EPROTO,
        ClientError::System { source, .. } => source.raw_os_error().unwrap_or(libc::EIO),
    }
}

/// Connects, and sets `*client` to a new client, owned by the caller, who gives it to [`estats_nl_client_destroy`].
/// When the daemon cannot be reached the error is `ESTATS_ERR_NOLINK`, and the client is there all the same.
///
/// # Safety
/// `client` is NULL or valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_nl_client_init(client: *mut *mut NlClient) -> *mut EstatsError {
    answer(|| {
        let slot = place(client)?;
        // SAFETY: zero bytes are a valid MnlSocket.
        let sock = unsafe { std::mem::zeroed() };
        let new = Box::into_raw(Box::new(NlClient {
            session: Mutex::new(Session::new()),
            sock,
        }));
        // SAFETY: the slot is writable, the client just made.
        let mut session = unsafe {
            slot.write(new);
            (*new).lock()
        };
        session.ask(|_| Ok(())).map_err(|_| Number::NoLink.into())
    })
}

/// Disconnects, frees the client and sets `*client` to NULL.
///
/// # Safety
/// `client` is NULL or valid; `*client` is NULL or a client of this library that nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_nl_client_destroy(client: *mut *mut NlClient) {
    shield((), || {
        // SAFETY: this function's contract; clients come from a Box.
        unsafe { memory::release_slot(client, |client| drop(Box::from_raw(client.as_ptr()))) };
    });
}

/// Sets `*sock` to the client's socket, or to NULL while there is no connection. The client keeps it.
///
/// There is no libmnl here. What `*sock` points to has the layout of libmnl's object (its descriptor, then its address), so
/// that `mnl_socket_get_fd` and `mnl_socket_get_portid` (0) work on it: enough to poll it or to set a timeout.
///
/// # Safety
/// `sock` is NULL or valid for writes, `client` NULL or a client of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_nl_client_get_sock(
    sock: *mut *mut MnlSocket,
    client: *const NlClient,
) -> *mut EstatsError {
    answer(|| {
        let slot = place(sock)?;
        // SAFETY: this function's contract.
        let client = unsafe { given(client)? };
        let session = client.lock();
        let sock = session.link.as_ref().map_or(ptr::null_mut(), |link| {
            let view = client.sock.get();
            // SAFETY: only written here, under the lock.
            unsafe {
                (*view).fd = link.as_fd().as_raw_fd();
                (*view).addr.nl_family = AF_NETLINK;
            }
            view
        });
        // SAFETY: the slot is writable.
        unsafe { slot.write(sock) };
        Ok(())
    })
}

/// Sets `*id` to the family id that the daemon gave; 0 while there is no connection.
///
/// # Safety
/// `id` is NULL or valid for writes, `client` NULL or a client of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_nl_client_get_fam_id(id: *mut c_int, client: *const NlClient) -> *mut EstatsError {
    answer(|| {
        let slot = place(id)?;
        // SAFETY: this function's contract.
        let session = unsafe { given(client)? }.lock();
        let id = session.link.as_ref().map_or(0, Client::family_id);
        // SAFETY: the slot is writable.
        unsafe { slot.write(id.into()) };
        Ok(())
    })
}

/// Copies the mask for later reads. It is borrowed.
///
/// # Safety
/// `client` is NULL or a client of this library; `mask` is NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_nl_client_set_mask(client: *mut NlClient, mask: *const Mask) -> *mut EstatsError {
    answer(|| {
        // SAFETY: this function's contract.
        let (client, mask) = unsafe { (given(client.cast_const())?, given(mask)?) };
        client.lock().mask = *mask;
        Ok(())
    })
}
