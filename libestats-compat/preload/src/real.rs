//! The functions behind the interposed ones: the next definition of the same name, normally the C library's.

use crate::errno;
use libc::{
    FILE, c_char, c_int, c_uint, c_ulong, c_void, iovec, mmsghdr, msghdr, nfds_t, pollfd, size_t, sockaddr, socklen_t,
    ssize_t, stat as Status, statx as ExtendedStatus, timespec,
};
use std::ffi::CStr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// A function and where it was found.
struct Real {
    name: &'static [u8],
    address: AtomicPtr<c_void>,
}

impl Real {
    const fn new(name: &'static str) -> Self {
        Self {
            name: name.as_bytes(),
            address: AtomicPtr::new(std::ptr::null_mut()),
        }
    }

    /// Looks the function up unless that was done before. Null when there is none of this name.
    fn resolve(&self) -> *mut c_void {
        let known = self.address.load(Ordering::Relaxed);
        if !known.is_null() {
            return known;
        }
        let Ok(name) = CStr::from_bytes_with_nul(self.name) else {
            return std::ptr::null_mut();
        };
        // SAFETY: the name is NUL-terminated; RTLD_NEXT needs nothing else.
        let found = unsafe { libc::dlsym(libc::RTLD_NEXT, name.as_ptr()) };
        self.address.store(found, Ordering::Relaxed);
        found
    }
}

/// Declares the real functions. A missing one fails with `ENOSYS`.
macro_rules! real {
    ($($name:ident($($arg:ident: $type:ty),*) -> $ret:ty;)*) => {
        #[expect(non_upper_case_globals, reason = "named after the functions")]
        mod found {
            use super::Real;
            $(pub(super) static $name: Real = Real::new(concat!(stringify!($name), "\0"));)*
        }

        /// Looks all of them up: later that could be in a signal handler, where `dlsym` must not be called.
        pub(crate) fn resolve_all() {
            $(found::$name.resolve();)*
        }

        $(
            #[doc = concat!("The real `", stringify!($name), "`.")]
            pub(crate) unsafe fn $name($($arg: $type),*) -> $ret {
                let address = found::$name.resolve();
                if address.is_null() {
                    return errno::fail(libc::ENOSYS);
                }
                // SAFETY: the address is that of the C function of this name, whose prototype is the one declared here.
                let function: unsafe extern "C-unwind" fn($($type),*) -> $ret = unsafe { std::mem::transmute(address) };
                // SAFETY: the caller keeps the contract of the C function.
                unsafe { function($($arg),*) }
            }
        )*
    };
}

real! {
    socket(domain: c_int, kind: c_int, protocol: c_int) -> c_int;
    close(fd: c_int) -> c_int;
    close_range(first: c_uint, last: c_uint, flags: c_int) -> c_int;
    dup(fd: c_int) -> c_int;
    dup2(fd: c_int, new: c_int) -> c_int;
    dup3(fd: c_int, new: c_int, flags: c_int) -> c_int;
    fcntl(fd: c_int, command: c_int, argument: c_ulong) -> c_int;

    access(path: *const c_char, mode: c_int) -> c_int;
    eaccess(path: *const c_char, mode: c_int) -> c_int;
    euidaccess(path: *const c_char, mode: c_int) -> c_int;
    faccessat(directory: c_int, path: *const c_char, mode: c_int, flags: c_int) -> c_int;
    stat(path: *const c_char, status: *mut Status) -> c_int;
    lstat(path: *const c_char, status: *mut Status) -> c_int;
    fstatat(directory: c_int, path: *const c_char, status: *mut Status, flags: c_int) -> c_int;
    stat64(path: *const c_char, status: *mut Status) -> c_int;
    lstat64(path: *const c_char, status: *mut Status) -> c_int;
    fstatat64(directory: c_int, path: *const c_char, status: *mut Status, flags: c_int) -> c_int;
    __xstat(version: c_int, path: *const c_char, status: *mut Status) -> c_int;
    __xstat64(version: c_int, path: *const c_char, status: *mut Status) -> c_int;
    __lxstat(version: c_int, path: *const c_char, status: *mut Status) -> c_int;
    __lxstat64(version: c_int, path: *const c_char, status: *mut Status) -> c_int;
    __fxstatat(version: c_int, directory: c_int, path: *const c_char, status: *mut Status, flags: c_int) -> c_int;
    __fxstatat64(version: c_int, directory: c_int, path: *const c_char, status: *mut Status, flags: c_int) -> c_int;
    statx(directory: c_int, path: *const c_char, flags: c_int, mask: c_uint, status: *mut ExtendedStatus) -> c_int;
    realpath(path: *const c_char, resolved: *mut c_char) -> *mut c_char;
    __realpath_chk(path: *const c_char, resolved: *mut c_char, room: size_t) -> *mut c_char;
    getxattr(path: *const c_char, name: *const c_char, value: *mut c_void, size: size_t) -> ssize_t;
    lgetxattr(path: *const c_char, name: *const c_char, value: *mut c_void, size: size_t) -> ssize_t;
    open(path: *const c_char, flags: c_int, mode: c_uint) -> c_int;
    open64(path: *const c_char, flags: c_int, mode: c_uint) -> c_int;
    openat(directory: c_int, path: *const c_char, flags: c_int, mode: c_uint) -> c_int;
    openat64(directory: c_int, path: *const c_char, flags: c_int, mode: c_uint) -> c_int;
    __open_2(path: *const c_char, flags: c_int) -> c_int;
    __open64_2(path: *const c_char, flags: c_int) -> c_int;
    __openat_2(directory: c_int, path: *const c_char, flags: c_int) -> c_int;
    __openat64_2(directory: c_int, path: *const c_char, flags: c_int) -> c_int;
    fopen(path: *const c_char, mode: *const c_char) -> *mut FILE;
    fopen64(path: *const c_char, mode: *const c_char) -> *mut FILE;

    bind(fd: c_int, address: *const sockaddr, length: socklen_t) -> c_int;
    connect(fd: c_int, address: *const sockaddr, length: socklen_t) -> c_int;
    getsockname(fd: c_int, address: *mut sockaddr, length: *mut socklen_t) -> c_int;
    getpeername(fd: c_int, address: *mut sockaddr, length: *mut socklen_t) -> c_int;
    setsockopt(fd: c_int, level: c_int, name: c_int, value: *const c_void, length: socklen_t) -> c_int;
    getsockopt(fd: c_int, level: c_int, name: c_int, value: *mut c_void, length: *mut socklen_t) -> c_int;
    shutdown(fd: c_int, how: c_int) -> c_int;

    write(fd: c_int, data: *const c_void, length: size_t) -> ssize_t;
    writev(fd: c_int, parts: *const iovec, count: c_int) -> ssize_t;
    send(fd: c_int, data: *const c_void, length: size_t, flags: c_int) -> ssize_t;
    sendto(fd: c_int, data: *const c_void, length: size_t, flags: c_int, to: *const sockaddr, to_length: socklen_t) -> ssize_t;
    sendmsg(fd: c_int, message: *const msghdr, flags: c_int) -> ssize_t;
    sendmmsg(fd: c_int, messages: *mut mmsghdr, count: c_uint, flags: c_int) -> c_int;
    read(fd: c_int, buffer: *mut c_void, length: size_t) -> ssize_t;
    readv(fd: c_int, parts: *const iovec, count: c_int) -> ssize_t;
    recv(fd: c_int, buffer: *mut c_void, length: size_t, flags: c_int) -> ssize_t;
    recvfrom(fd: c_int, buffer: *mut c_void, length: size_t, flags: c_int, from: *mut sockaddr, from_length: *mut socklen_t) -> ssize_t;
    recvmsg(fd: c_int, message: *mut msghdr, flags: c_int) -> ssize_t;
    recvmmsg(fd: c_int, messages: *mut mmsghdr, count: c_uint, flags: c_int, limit: *mut timespec) -> c_int;
    // Not interposed. It is here because a thread may be cancelled in it, which unwinds.
    poll(polled: *mut pollfd, count: nfds_t, limit_ms: c_int) -> c_int;
}

/// Closes a descriptor; an error would mean that it is gone already.
pub(crate) fn close_quietly(fd: c_int) {
    // SAFETY: takes an integer, touches no memory.
    unsafe { close(fd) };
}
