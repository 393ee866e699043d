//! A value as text.

use std::ffi::{c_char, c_int};

use estats_protocol::Value;
use estats_spec::WireType;

use super::Val;
use crate::boundary::{answer, given, place};
use crate::error::EstatsError;
use crate::memory;

/// `ESTATS_VAL_TYPE` from C, where an enum can hold any `int`.
fn wire_type_from(number: c_int) -> Option<WireType> {
    [WireType::U64, WireType::U32, WireType::S32, WireType::U16, WireType::U8]
        .into_iter()
        .find(|&wire| wire as c_int == number)
}

/// Room for the longest value (20 digits) and its NUL; programs know this size.
const TEXT_SIZE: usize = 21;

/// Sets `*text` to the value in decimal, masked or not; to the empty string for an unknown type. The caller owns the string
/// and gives it to `free()`. The value is borrowed.
///
/// # Safety
/// `text` is NULL or valid for writes, `value` NULL or valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_val_as_string(
    text: *mut *mut c_char,
    value: *const Val,
    valtype: c_int,
) -> *mut EstatsError {
    answer(|| {
        let out = place(text)?;
        // SAFETY: this function's contract.
        let value = unsafe { given(value)? };
        let digits = match wire_type_from(valtype).map(|wire| value.as_type(wire)) {
            None => String::new(),
            Some(Value::U64(number)) => number.to_string(),
            Some(Value::U32(number)) => number.to_string(),
            Some(Value::S32(number)) => number.to_string(),
            Some(Value::U16(number)) => number.to_string(),
            Some(Value::U8(number)) => number.to_string(),
        };
        // SAFETY: zeroed bytes are valid; the digits and the NUL behind them fit.
        unsafe {
            let buffer = memory::zeroed::<[u8; TEXT_SIZE]>(0)?;
            (&mut (*buffer.as_ptr()))[..digits.len()].copy_from_slice(digits.as_bytes());
            out.write(buffer.as_ptr().cast());
        }
        Ok(())
    })
}
