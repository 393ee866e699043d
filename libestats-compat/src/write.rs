//! The one request that changes something.

use std::ffi::{CStr, c_char, c_int};

use crate::boundary::{answer, given};
use crate::channel::Failure;
use crate::client::NlClient;
use crate::error::{Error, EstatsError};
use crate::failure::told;

/// Sets the variable `name` of connection `cid`. `name` is borrowed. The daemon does all checks.
///
/// # Safety
/// `name` is NULL or a string; `client` is NULL or a client of this library.
#[cfg_attr(layout = "l0", unsafe(export_name = "tcpe_write_var"))]
#[cfg_attr(not(layout = "l0"), unsafe(no_mangle))]
pub unsafe extern "C" fn estats_write_var(
    name: *const c_char,
    value: u32,
    cid: c_int,
    client: *const NlClient,
) -> *mut EstatsError {
    answer(|| {
        // SAFETY: this function's contract; a non-NULL name is a string.
        let (name, client) = unsafe { (given(name).map(|name| CStr::from_ptr(name))?, given(client)?) };
        // No variable's name has other than ASCII letters, so what this changes is refused like any unknown name.
        let name = name.to_string_lossy();
        client
            .lock()
            .ask(|link| link.write_var(cid.cast_unsigned(), &name, value))
            .map_err(|failure| match failure {
                // The one call whose lost answer the original reported apart, and without printing.
                Failure::Lost(_) => Error::genl(c"mnl_socket_recvfrom"),
                failure => told(failure, c"mnl_socket_send"),
            })
    })
}
