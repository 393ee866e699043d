//! `struct estats_connection_info`: a connection and the process that holds it.

use std::ffi::{CStr, c_char, c_int};
use std::mem::offset_of;
use std::ptr::{self, NonNull};

use crate::boundary::{answer, given, place, shield};
use crate::error::{Error, EstatsError};
use crate::list::{ListNode, Listed};
use crate::memory;
use crate::tuple::Tuple;

/// `ESTATS_CMDLINE_LEN_MAX`: room for a process name with its NUL.
pub(crate) const CMDLINE_SIZE: usize = 16;

/// `struct estats_connection_info`: an entry of `connection_info_head`.
#[repr(C)]
#[derive(Debug)]
pub struct ConnectionInfo {
    #[cfg(layout = "l3")]
    list: ListNode,
    /// What the connection is.
    pub tuple: Tuple,
    /// Name of the process; empty when it is not known.
    pub cmdline: [c_char; CMDLINE_SIZE],
    /// Process id; -1 when no process is known.
    pub pid: libc::pid_t,
    /// Owner of the socket; all ones when /proc/net has no such socket.
    pub uid: libc::uid_t,
    /// Inode of the socket; all ones when /proc/net has no such socket.
    pub ino: libc::ino_t,
    /// The `st` column of /proc/net/tcp, in the kernel's numbers; -1 when /proc/net has no such socket.
    pub state: c_int,
    /// Connection id.
    pub cid: c_int,
    /// Type of the connection's addresses, an enumeration in C.
    #[cfg(layout = "l1")]
    pub addrtype: c_int,
    #[cfg(not(layout = "l3"))]
    list: ListNode,
}

// SAFETY: that is the node.
unsafe impl Listed for ConnectionInfo {
    const NODE: usize = offset_of!(ConnectionInfo, list);
}

#[cfg(layout = "l3")]
assert_layout!(ConnectionInfo, size 104, list @ 0, tuple @ 16, cmdline @ 60, pid @ 76, uid @ 80, ino @ 88, state @ 96,
    cid @ 100);
#[cfg(layout = "l2")]
assert_layout!(ConnectionInfo, size 104, tuple @ 0, cmdline @ 44, pid @ 60, uid @ 64, ino @ 72, state @ 80, cid @ 84,
    list @ 88);
#[cfg(layout = "l1")]
assert_layout!(ConnectionInfo, size 112, tuple @ 0, cmdline @ 44, pid @ 60, uid @ 64, ino @ 72, state @ 80, cid @ 84,
    addrtype @ 88, list @ 96);

/// A zeroed object, owned by the caller.
pub(crate) fn create() -> Result<NonNull<ConnectionInfo>, Error> {
    // SAFETY: zero bytes are a valid ConnectionInfo.
    unsafe { memory::zeroed(0) }
}

/// Sets `*info` to a new zeroed object, owned by the caller, who frees it with [`estats_connection_info_free`].
///
/// # Safety
/// `info` is NULL or valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_connection_info_new(info: *mut *mut ConnectionInfo) -> *mut EstatsError {
    answer(|| {
        let slot = place(info)?;
        // SAFETY: the slot is writable.
        unsafe {
            slot.write(ptr::null_mut());
            slot.write(create()?.as_ptr());
        }
        Ok(())
    })
}

/// Frees an object and sets `*info` to NULL.
///
/// # Safety
/// `info` is NULL or valid; `*info` is NULL or an object of this library, in no list, that nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_connection_info_free(info: *mut *mut ConnectionInfo) {
    // SAFETY: this function's contract.
    shield((), || unsafe {
        memory::release_slot(info, |info| memory::free(info.as_ptr()));
    });
}

/// Copies one field of `info` to `*out`.
///
/// # Safety
/// Both are NULL or valid; `out` may be uninitialised.
unsafe fn get<T>(
    out: *mut T,
    info: *const ConnectionInfo,
    read: impl FnOnce(&ConnectionInfo) -> T,
) -> *mut EstatsError {
    answer(|| {
        let out = place(out)?;
        // SAFETY: this function's contract.
        unsafe { out.write(read(given(info)?)) };
        Ok(())
    })
}

/// Sets `*cid` to the connection id.
///
/// # Safety
/// Both are NULL or valid; `cid` may be uninitialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_connection_info_get_cid(
    cid: *mut c_int,
    info: *const ConnectionInfo,
) -> *mut EstatsError {
    // SAFETY: this function's contract.
    unsafe { get(cid, info, |info| info.cid) }
}

/// Sets `*pid` to the process id, or -1.
///
/// # Safety
/// Both are NULL or valid; `pid` may be uninitialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_connection_info_get_pid(
    pid: *mut c_int,
    info: *const ConnectionInfo,
) -> *mut EstatsError {
    // SAFETY: this function's contract.
    unsafe { get(pid, info, |info| info.pid) }
}

/// Sets `*uid` to the socket owner's user id, or -1.
///
/// # Safety
/// Both are NULL or valid; `uid` may be uninitialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_connection_info_get_uid(
    uid: *mut c_int,
    info: *const ConnectionInfo,
) -> *mut EstatsError {
    // SAFETY: this function's contract.
    unsafe { get(uid, info, |info| info.uid.cast_signed()) }
}

/// Sets `*cmdline` to a copy of the process name, owned by the caller, who gives it to `free()`.
///
/// # Safety
/// Both are NULL or valid; `cmdline` may be uninitialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_connection_info_get_cmdline(
    cmdline: *mut *mut c_char,
    info: *const ConnectionInfo,
) -> *mut EstatsError {
    answer(|| {
        let out = place(cmdline)?;
        // SAFETY: this function's contract. A C program may have filled all 16 characters, hence the copy with a NUL.
        unsafe {
            let mut name = [0 as c_char; CMDLINE_SIZE + 1];
            name[..CMDLINE_SIZE].copy_from_slice(&given(info)?.cmdline);
            out.write(memory::duplicate(CStr::from_ptr(name.as_ptr()))?.as_ptr());
        }
        Ok(())
    })
}

/// Copies the tuple to `*tuple`.
///
/// # Safety
/// Both are NULL or valid; `tuple` may be uninitialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_connection_info_get_tuple(
    tuple: *mut Tuple,
    info: *const ConnectionInfo,
) -> *mut EstatsError {
    // SAFETY: this function's contract.
    unsafe { get(tuple, info, |info| info.tuple) }
}
