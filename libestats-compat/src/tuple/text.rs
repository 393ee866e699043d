//! A tuple as text.

use std::ffi::{CString, c_char, c_int, c_void};

use estats_spec::wire::{ADDR_TYPE_IPV4, ADDR_TYPE_IPV6};

use super::{End, Tuple};
use crate::boundary::{answer, given, place};
use crate::error::{Error, EstatsError, Number};
use crate::stdio;

/// `struct estats_connection_tuple_ascii`: NUL-terminated texts.
#[repr(C)]
#[derive(Debug)]
pub struct TupleAscii {
    rem_addr: [c_char; 46],
    local_addr: [c_char; 46],
    rem_port: [c_char; 6],
    local_port: [c_char; 6],
    #[cfg(not(layout = "l1"))]
    addr_type: [c_char; 5],
    cid: [c_char; 11],
}

#[cfg(not(layout = "l1"))]
assert_layout!(TupleAscii, size 120, rem_addr @ 0, local_addr @ 46, rem_port @ 92, local_port @ 98, addr_type @ 104,
    cid @ 109);
#[cfg(layout = "l1")]
assert_layout!(TupleAscii, size 115, rem_addr @ 0, local_addr @ 46, rem_port @ 92, local_port @ 98, cid @ 104);

unsafe extern "C" {
    /// POSIX. Used rather than Rust's formatting because the two differ for IPv4-compatible IPv6 addresses.
    fn inet_ntop(family: c_int, address: *const c_void, text: *mut c_char, size: libc::socklen_t) -> *const c_char;
}

/// Writes an address as text. `ESTATS_ERR_ADDR_TYPE` for other than IPv4 and IPv6.
///
/// # Safety
/// `text` is valid for writes; it may be uninitialised.
unsafe fn write_address(text: *mut [c_char; 46], end: End) -> Result<(), Error> {
    let family = match end.kind {
        ADDR_TYPE_IPV4 => libc::AF_INET,
        ADDR_TYPE_IPV6 => libc::AF_INET6,
        _ => return Err(Number::AddrType.into()),
    };
    // SAFETY: 16 bytes are enough for either family, 46 characters (INET6_ADDRSTRLEN) for either text.
    let written = unsafe { inet_ntop(family, end.address.as_ptr().cast(), text.cast(), 46) };
    if written.is_null() {
        Err(Error::libc(stdio::errno(), None))
    } else {
        Ok(())
    }
}

/// Writes a number as text.
///
/// # Safety
/// `text` is valid for writes; it may be uninitialised.
unsafe fn write_number<const SIZE: usize>(text: *mut [c_char; SIZE], number: &dyn ToString) -> Result<(), Error> {
    let digits = CString::new(number.to_string()).map_err(|_| Number::StrConv)?;
    let bytes = digits.as_bytes_with_nul();
    // Only a negative 10-digit cid, which no server gives out, is longer than its field.
    if bytes.len() > SIZE {
        return Err(Number::Inval.into());
    }
    // SAFETY: `text` has room for SIZE characters.
    unsafe { text.cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    Ok(())
}

/// Writes ports, cid and then addresses of `tuple` as text into `text`; its `addr_type`, where there is one, is left alone. Both
/// are borrowed.
/// `ESTATS_ERR_ADDR_TYPE` for other than IPv4 and IPv6, when ports and cid are already written.
///
/// # Safety
/// Both are NULL or valid; `text` may be uninitialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_connection_tuple_as_strings(
    text: *mut TupleAscii,
    tuple: *const Tuple,
) -> *mut EstatsError {
    answer(|| {
        let text = place(text)?.as_ptr();
        // SAFETY: this function's contract, for all that follows: `text` is writable, field by field.
        unsafe {
            let tuple = given(tuple)?;
            write_number(&raw mut (*text).rem_port, &tuple.rem_port)?;
            write_number(&raw mut (*text).local_port, &tuple.local_port)?;
            write_number(&raw mut (*text).cid, &tuple.cid)?;
            write_address(&raw mut (*text).rem_addr, tuple.remote())?;
            write_address(&raw mut (*text).local_addr, tuple.local())
        }
    })
}
