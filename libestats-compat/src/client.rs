//! `struct estats_nl_client`: a client of the daemon. Threads may share it; their requests take turns.

use std::cell::UnsafeCell;
use std::ffi::c_int;
use std::os::fd::{AsFd, AsRawFd};
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use estats_protocol::client::Client;

use crate::boundary::{answer, given, place, shield};
use crate::channel::{Channel, Mask};
use crate::error::{EstatsError, Number};
use crate::memory;

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
    channel: Mutex<Channel>,
    /// Written under the lock of `channel`.
    sock: UnsafeCell<MnlSocket>,
}

impl NlClient {
    /// Takes the client for one request.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Channel> {
        // A channel is valid whatever point a panicking thread left it at.
        self.channel.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Connects, and sets `*client` to a new client, owned by the caller, who gives it to [`estats_nl_client_destroy`].
/// When the daemon cannot be reached the error is `ESTATS_ERR_NOLINK`, and the client is there all the same.
///
/// # Safety
/// `client` is NULL or valid for writes.
#[cfg_attr(layout = "l0", unsafe(export_name = "tcpe_client_init"))]
#[cfg_attr(not(layout = "l0"), unsafe(no_mangle))]
pub unsafe extern "C" fn estats_nl_client_init(client: *mut *mut NlClient) -> *mut EstatsError {
    answer(|| {
        let slot = place(client)?;
        // SAFETY: zero bytes are a valid MnlSocket.
        let sock = unsafe { std::mem::zeroed() };
        let new = Box::into_raw(Box::new(NlClient {
            channel: Mutex::new(Channel::new()),
            sock,
        }));
        // SAFETY: the slot is writable, the client just made.
        let mut channel = unsafe {
            slot.write(new);
            (*new).lock()
        };
        channel.ask(|_| Ok(())).map_err(|_| Number::NoLink.into())
    })
}

/// Disconnects, frees the client and sets `*client` to NULL.
///
/// # Safety
/// `client` is NULL or valid; `*client` is NULL or a client of this library that nobody uses any more.
#[cfg_attr(layout = "l0", unsafe(export_name = "tcpe_client_destroy"))]
#[cfg_attr(not(layout = "l0"), unsafe(no_mangle))]
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
#[cfg_attr(layout = "l0", unsafe(export_name = "tcpe_client_get_sock"))]
#[cfg_attr(not(layout = "l0"), unsafe(no_mangle))]
pub unsafe extern "C" fn estats_nl_client_get_sock(
    sock: *mut *mut MnlSocket,
    client: *const NlClient,
) -> *mut EstatsError {
    answer(|| {
        let slot = place(sock)?;
        // SAFETY: this function's contract.
        let client = unsafe { given(client)? };
        let channel = client.lock();
        let sock = channel.link.as_ref().map_or(ptr::null_mut(), |link| {
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
#[cfg_attr(layout = "l0", unsafe(export_name = "tcpe_client_get_fam_id"))]
#[cfg_attr(not(layout = "l0"), unsafe(no_mangle))]
pub unsafe extern "C" fn estats_nl_client_get_fam_id(id: *mut c_int, client: *const NlClient) -> *mut EstatsError {
    answer(|| {
        let slot = place(id)?;
        // SAFETY: this function's contract.
        let channel = unsafe { given(client)? }.lock();
        let id = channel.link.as_ref().map_or(0, Client::family_id);
        // SAFETY: the slot is writable.
        unsafe { slot.write(id.into()) };
        Ok(())
    })
}

/// Copies the mask for later reads. It is borrowed.
///
/// # Safety
/// `client` is NULL or a client of this library; `mask` is NULL or valid.
#[cfg_attr(layout = "l0", unsafe(export_name = "tcpe_client_set_mask"))]
#[cfg_attr(not(layout = "l0"), unsafe(no_mangle))]
pub unsafe extern "C" fn estats_nl_client_set_mask(client: *mut NlClient, mask: *const Mask) -> *mut EstatsError {
    answer(|| {
        // SAFETY: this function's contract.
        let (client, mask) = unsafe { (given(client.cast_const())?, given(mask)?) };
        client.lock().mask = *mask;
        Ok(())
    })
}
