//! `struct estats_val`, or `struct tcpe_val`: one value.

#[cfg(not(layout = "l0"))]
mod text;

use std::fmt;

use estats_protocol::Value;
use estats_spec::WireType;

#[cfg(not(layout = "l0"))]
pub use self::text::*;

/// Whether a value is masked, in the width that it has in C.
#[cfg(not(layout = "l0"))]
pub type Masked = u64;
/// Whether a value is masked, in the width that it has in C.
#[cfg(layout = "l0")]
pub type Masked = std::ffi::c_int;

/// `struct estats_val`; `struct tcpe_val` has the members the other way round.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Val {
    /// 0 when the value is present.
    #[cfg(not(layout = "l0"))]
    pub masked: Masked,
    /// The value, in the member that its type says.
    pub value: ValUnion,
    /// 0 when the value is present.
    #[cfg(layout = "l0")]
    pub masked: Masked,
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

#[cfg(not(layout = "l0"))]
assert_layout!(Val, size 16, masked @ 0, value @ 8);
#[cfg(layout = "l0")]
assert_layout!(Val, size 16, value @ 0, masked @ 8);

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
    #[cfg(not(layout = "l0"))]
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

/// Makes `out` the difference of two values, modulo the width of the variable; masked if either is, and left so if it was.
///
/// # Safety
/// All are valid; `out` may be one of the others. They need not be Rust references, since C may pass one object thrice.
pub(crate) unsafe fn subtract(out: *mut Val, newer: *const Val, older: *const Val, wire: WireType) {
    // SAFETY: this function's contract; every member of the union is valid for every bit pattern.
    unsafe {
        if (*newer).masked != 0 || (*older).masked != 0 {
            (*out).masked = 1;
            return;
        }
        // Only the member that holds the variable changes.
        let (newer, older, out) = ((*newer).value, (*older).value, &raw mut (*out).value);
        match wire {
            WireType::U64 => (*out).uv64 = newer.uv64.wrapping_sub(older.uv64),
            WireType::U32 => (*out).uv32 = newer.uv32.wrapping_sub(older.uv32),
            WireType::S32 => (*out).sv32 = newer.sv32.wrapping_sub(older.sv32),
            WireType::U16 => (*out).uv16 = newer.uv16.wrapping_sub(older.uv16),
            WireType::U8 => (*out).uv8 = newer.uv8.wrapping_sub(older.uv8),
        }
    }
}
