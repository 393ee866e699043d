//! `struct estats_val`: one value.

use std::ffi::{c_char, c_int};
use std::fmt;

use crate::boundary::{answer, given, place};
use crate::error::EstatsError;
use crate::memory;
use estats_protocol::Value;
use estats_spec::WireType;

/// `struct estats_val`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Val {
    /// 0 when the value is present.
    pub masked: u64,
    /// The value, in the member that its type says.
    pub value: ValUnion,
}

/// The value of a [`Val`]. Every member is valid for every bit pattern.
#[repr(C)]
#[derive(Clone, Copy)]
#[expect(
    missing_docs,
    reason = "the members' names are those of the C header and say their types"
)]
pub union ValUnion {
    pub uv64: u64,
    pub uv32: u32,
    pub sv32: i32,
    pub uv16: u16,
    pub uv8: u8,
}

assert_layout!(Val, size 16, masked @ 0, value @ 8);

impl Val {
    /// A value that is not there.
    pub const MASKED: Val = Val {
        masked: 1,
        value: ValUnion { uv64: 0 },
    };

    /// Puts a value in, with the bytes beside a narrow one zero.
    #[must_use]
    pub fn present(value: Value) -> Self {
        let mut union = ValUnion { uv64: 0 };
        match value {
            Value::U64(number) => union.uv64 = number,
            Value::U32(number) => union.uv32 = number,
            Value::S32(number) => union.sv32 = number,
            Value::U16(number) => union.uv16 = number,
            Value::U8(number) => union.uv8 = number,
        }
        Val {
            masked: 0,
            value: union,
        }
    }

    /// Takes the value out, present or masked.
    #[must_use]
    pub fn as_type(&self, wire: WireType) -> Value {
        // SAFETY: every member is valid for every bit pattern.
        unsafe {
            match wire {
                WireType::U64 => Value::U64(self.value.uv64),
                WireType::U32 => Value::U32(self.value.uv32),
                WireType::S32 => Value::S32(self.value.sv32),
                WireType::U16 => Value::U16(self.value.uv16),
                WireType::U8 => Value::U8(self.value.uv8),
            }
        }
    }
}

impl fmt::Debug for Val {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Val")
            .field("masked", &self.masked)
            .finish_non_exhaustive()
    }
}

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
