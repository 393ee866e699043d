//! `struct estats_connection_tuple`: the two ends of a connection, and their text form.

use std::ffi::{CString, c_char, c_int, c_void};

use crate::boundary::{answer, given, place};
use crate::error::{Error, EstatsError, Number};
use crate::stdio;
use estats_spec::wire::{ADDR_TYPE_IPV4, ADDR_TYPE_IPV6};

/// `struct estats_connection_tuple`. Addresses in network order, ports in host order.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tuple {
    /// Address of the other end.
    pub rem_addr: [u8; 16],
    /// Address of this end.
    pub local_addr: [u8; 16],
    /// Port of the other end.
    pub rem_port: u16,
    /// Port of this end.
    pub local_port: u16,
    /// [`ADDR_TYPE_IPV4`] (the first 4 bytes of the addresses count, the others are zero) or [`ADDR_TYPE_IPV6`].
    pub addr_type: u8,
    /// Connection id; 0 when it is not known.
    pub cid: c_int,
}

/// `struct estats_connection_tuple_ascii`: NUL-terminated texts.
#[repr(C)]
#[derive(Debug)]
pub struct TupleAscii {
    rem_addr: [c_char; 46],
    local_addr: [c_char; 46],
    rem_port: [c_char; 6],
    local_port: [c_char; 6],
    addr_type: [c_char; 5],
    cid: [c_char; 11],
}

assert_layout!(Tuple, size 44, rem_addr @ 0, local_addr @ 16, rem_port @ 32, local_port @ 34, addr_type @ 36, cid @ 40);
assert_layout!(TupleAscii, size 120, rem_addr @ 0, local_addr @ 46, rem_port @ 92, local_port @ 98, addr_type @ 104,
    cid @ 109);

unsafe extern "C" {
    /// POSIX. Used rather than Rust's formatting because the two differ for IPv4-compatible IPv6 addresses.
    fn inet_ntop(family: c_int, address: *const c_void, text: *mut c_char, size: libc::socklen_t) -> *const c_char;
}

/// Writes an address as text.
///
/// # Safety
/// `text` is valid for writes; it may be uninitialised.
unsafe fn write_address(text: *mut [c_char; 46], family: c_int, address: &[u8; 16]) -> Result<(), Error> {
    // SAFETY: 16 bytes are enough for either family, 46 characters (INET6_ADDRSTRLEN) for either text.
    let written = unsafe { inet_ntop(family, address.as_ptr().cast(), text.cast(), 46) };
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

/// Writes ports, cid and then addresses of `tuple` as text into `text`; its `addr_type` is left alone. Both are borrowed.
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
            let family = match tuple.addr_type {
                ADDR_TYPE_IPV4 => libc::AF_INET,
                ADDR_TYPE_IPV6 => libc::AF_INET6,
                _ => return Err(Number::AddrType.into()),
            };
            write_address(&raw mut (*text).rem_addr, family, &tuple.rem_addr)?;
            write_address(&raw mut (*text).local_addr, family, &tuple.local_addr)
        }
    })
}

/// Sets `*differs` to 0 when both tuples name the same connection, whatever their cid, else to 1.
///
/// The original compared addresses as C strings, for which 10.0.0.1 and 10.0.0.2 are equal; here all 16 bytes count.
///
/// # Safety
/// Every argument is NULL or valid; `differs` may be uninitialised.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_connection_tuple_compare(
    differs: *mut c_int,
    a: *const Tuple,
    b: *const Tuple,
) -> *mut EstatsError {
    answer(|| {
        let differs = place(differs)?;
        // SAFETY: this function's contract.
        let (a, b) = unsafe { (given(a)?, given(b)?) };
        let same = Tuple { cid: 0, ..*a } == Tuple { cid: 0, ..*b };
        // SAFETY: valid for writes.
        unsafe { differs.write(c_int::from(!same)) };
        Ok(())
    })
}
