//! Address and options: always a matter of the netlink socket, which has them all.

use crate::descriptor::netlink_socket;
use crate::real;
use libc::{c_int, c_void, sockaddr, socklen_t};

/// Declares exports that do the same as the C functions, on the netlink socket.
macro_rules! on_netlink_socket {
    ($($name:ident($($arg:ident: $type:ty),*);)*) => {
        $(
            #[doc = concat!("`", stringify!($name), "` on the netlink socket behind `fd`.")]
            ///
            /// # Safety
            /// The contract of the C function.
            #[unsafe(no_mangle)]
            unsafe extern "C-unwind" fn $name(fd: c_int, $($arg: $type),*) -> c_int {
                // SAFETY: the caller keeps the contract of the C function.
                unsafe { real::$name(netlink_socket(fd), $($arg),*) }
            }
        )*
    };
}

on_netlink_socket! {
    bind(address: *const sockaddr, length: socklen_t);
    connect(address: *const sockaddr, length: socklen_t);
    getsockname(address: *mut sockaddr, length: *mut socklen_t);
    getpeername(address: *mut sockaddr, length: *mut socklen_t);
    setsockopt(level: c_int, name: c_int, value: *const c_void, length: socklen_t);
    getsockopt(level: c_int, name: c_int, value: *mut c_void, length: *mut socklen_t);
    shutdown(how: c_int);
}
