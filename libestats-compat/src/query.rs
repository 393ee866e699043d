//! The questions to the daemon about one connection: values, writes; and about a moment.
//!
//! Errors are worded, and a line with the system's error text printed on stdout, as the original did: tools were written
//! around both.

use std::ffi::{CStr, c_char, c_int};
use std::net::IpAddr;
use std::ptr::NonNull;
use std::time::Duration;

use estats_protocol::Reading;
use estats_spec::wire::{ADDR_TYPE_IPV4, ADDR_TYPE_IPV6};

use crate::boundary::{answer, given, place};
use crate::channel::Failure;
use crate::client::NlClient;
use crate::error::{Error, EstatsError, Number};
use crate::stdio;
use crate::tuple::Tuple;
use crate::val::Val;
use crate::val_data::{Timeval, ValData, Values};

/// A failed read: the system's text goes to stdout, except when nothing could be sent.
pub(crate) fn told(failure: Failure, unsent: &CStr) -> Error {
    match failure {
        Failure::Unreachable => Error::genl(unsent),
        Failure::Lost(errno) | Failure::Refused(errno) => {
            stdio::print_errno(errno);
            Error::genl(c"mnl_cb_run error")
        }
    }
}

/// The tuple in its C form.
pub(crate) fn tuple_from(tuple: &estats_protocol::Tuple) -> Tuple {
    let (local_addr, rem_addr) = (tuple.local.0, tuple.remote.0);
    Tuple {
        rem_addr: bytes_of(rem_addr),
        local_addr: bytes_of(local_addr),
        rem_port: tuple.remote.1,
        local_port: tuple.local.1,
        addr_type: if local_addr.is_ipv4() {
            ADDR_TYPE_IPV4
        } else {
            ADDR_TYPE_IPV6
        },
        cid: tuple.cid.cast_signed(),
    }
}

fn bytes_of(address: IpAddr) -> [u8; 16] {
    let mut bytes = [0; 16];
    match address {
        IpAddr::V4(address) => bytes[..4].copy_from_slice(&address.octets()),
        IpAddr::V6(address) => bytes = address.octets(),
    }
    bytes
}

/// Puts a reading into an object of C's.
///
/// # Safety
/// `data` is valid, with as many values as its length says, and nobody else uses it at the time.
pub(crate) unsafe fn store(data: NonNull<ValData>, reading: &Reading) {
    let data = data.as_ptr();
    // SAFETY: this function's contract.
    unsafe {
        (*data).tuple = tuple_from(&reading.tuple);
        (*data).tv = Timeval {
            sec: reading.time.sec,
            usec: reading.time.usec,
        };
        for (place, value) in Values::of(data).places().zip(reading.values.as_slice()) {
            place.write(value.map_or(Val::MASKED, Val::present));
        }
    }
}

/// The token of the moment `ms` milliseconds ago.
pub(crate) fn timestamp(client: &NlClient, ms: u32) -> Result<u64, Error> {
    let age = Duration::from_millis(ms.into());
    client
        .lock()
        .ask(|link| link.timestamp(age))
        .map_err(|failure| told(failure, c"mnl_socket_send"))
}

/// Sets `*token` to the token of the moment `ms` milliseconds ago.
///
/// # Safety
/// `token` is NULL or valid for writes; `client` is NULL or a client of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_get_timestamp(token: *mut u64, ms: u32, client: *const NlClient) -> *mut EstatsError {
    answer(|| {
        let slot = place(token)?;
        // SAFETY: this function's contract.
        unsafe { slot.write(timestamp(given(client)?, ms)?) };
        Ok(())
    })
}

/// Reads the variables of connection `cid` that the client's mask asks for into `data`; the others become masked.
/// `data` is borrowed.
///
/// # Safety
/// `data` is NULL or valid, with as many values as its length says, and nobody else uses it at the time; `client` is NULL or a
/// client of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_read_vars(data: *mut ValData, cid: c_int, client: *const NlClient) -> *mut EstatsError {
    answer(|| {
        let cid = u32::try_from(cid).ok().filter(|&cid| cid > 0).ok_or(Number::Inval)?;
        let data = place(data)?;
        // SAFETY: this function's contract.
        let mut channel = unsafe { given(client)? }.lock();
        let masks = channel.mask.selection();
        let reading = channel
            .ask(|link| link.read_vars(cid, &masks))
            .map_err(|failure| told(failure, c"mnl_socket_send"))?;
        // SAFETY: this function's contract.
        unsafe { store(data, &reading) };
        Ok(())
    })
}

/// Sets the variable `name` of connection `cid`. `name` is borrowed. The daemon does all checks.
///
/// # Safety
/// `name` is NULL or a string; `client` is NULL or a client of this library.
#[unsafe(no_mangle)]
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
