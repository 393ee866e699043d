//! How failed requests are worded.
//!
//! Errors are worded, and a line with the system's error text printed on stdout, as the originals did: tools were written
//! around both.

use std::ffi::CStr;

use crate::channel::Failure;
use crate::error::Error;
use crate::stdio;

/// A failed read or write: the system's text goes to stdout, except when nothing could be sent.
pub(crate) fn told(failure: Failure, unsent: &CStr) -> Error {
    match failure {
        Failure::Unreachable => Error::genl(unsent),
        Failure::Lost(errno) | Failure::Refused(errno) => {
            stdio::print_errno(errno);
            Error::genl(c"mnl_cb_run error")
        }
    }
}

/// A failed list, which prints nothing.
pub(crate) fn silent(failure: Failure) -> Error {
    match failure {
        Failure::Unreachable => Error::genl(c"mnl_socket_send"),
        Failure::Lost(_) | Failure::Refused(_) => Error::genl(c"error"),
    }
}
