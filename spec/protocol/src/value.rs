//! One value of one variable, in the width it has on the wire.

use std::fmt;

use estats_spec::WireType;

/// A value as an attribute carries it. Unit and meaning are those of the instrument it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Value {
    /// 8 bytes, unsigned.
    U64(u64),
    /// 4 bytes, unsigned.
    U32(u32),
    /// 4 bytes, signed.
    S32(i32),
    /// 2 bytes, unsigned.
    U16(u16),
    /// 1 byte, unsigned.
    U8(u8),
}

impl Value {
    /// The type of this value.
    #[must_use]
    pub const fn wire_type(self) -> WireType {
        match self {
            Self::U64(_) => WireType::U64,
            Self::U32(_) => WireType::U32,
            Self::S32(_) => WireType::S32,
            Self::U16(_) => WireType::U16,
            Self::U8(_) => WireType::U8,
        }
    }

    /// Length of the attribute's payload, in bytes.
    #[must_use]
    pub const fn size(self) -> usize {
        self.wire_type().size()
    }

    /// The value as an unsigned 64-bit number; a negative one is sign-extended.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        match self {
            Self::U64(value) => value,
            Self::U32(value) => value as u64,
            Self::S32(value) => (value as i64).cast_unsigned(),
            Self::U16(value) => value as u64,
            Self::U8(value) => value as u64,
        }
    }

    /// The value in another width, as an assignment in C converts it: the low-order bits stay.
    ///
    /// That is what keeps a 64-bit counter meaningful in a `Counter32`, and what the oldest libraries saw of
    /// `StartTimeStamp`, which they declared as one byte.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "dropping the high-order bits is the purpose"
    )]
    pub const fn cast(self, to: WireType) -> Self {
        let bits = self.as_u64();
        match to {
            WireType::U64 => Self::U64(bits),
            WireType::U32 => Self::U32(bits as u32),
            WireType::S32 => Self::S32((bits as u32).cast_signed()),
            WireType::U16 => Self::U16(bits as u16),
            WireType::U8 => Self::U8(bits as u8),
        }
    }

    /// The value in the native bytes of an attribute; `None` where no variable has this width.
    ///
    /// Four bytes come out unsigned; only the variable set knows whether they are signed.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(match bytes.len() {
            1 => Self::U8(bytes[0]),
            2 => Self::U16(u16::from_ne_bytes(bytes.try_into().ok()?)),
            4 => Self::U32(u32::from_ne_bytes(bytes.try_into().ok()?)),
            8 => Self::U64(u64::from_ne_bytes(bytes.try_into().ok()?)),
            _ => return None,
        })
    }

    /// Writes the native bytes into `buffer`, which is exactly [`Self::size`] long.
    pub(crate) fn emit(self, buffer: &mut [u8]) {
        match self {
            Self::U64(value) => buffer.copy_from_slice(&value.to_ne_bytes()),
            Self::U32(value) => buffer.copy_from_slice(&value.to_ne_bytes()),
            Self::S32(value) => buffer.copy_from_slice(&value.to_ne_bytes()),
            Self::U16(value) => buffer.copy_from_slice(&value.to_ne_bytes()),
            Self::U8(value) => buffer.copy_from_slice(&[value]),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::U64(value) => value.fmt(formatter),
            Self::U32(value) => value.fmt(formatter),
            Self::S32(value) => value.fmt(formatter),
            Self::U16(value) => value.fmt(formatter),
            Self::U8(value) => value.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cast_keeps_the_low_order_bits() {
        assert_eq!(Value::U64(0x1_0000_0002).cast(WireType::U32), Value::U32(2));
        assert_eq!(Value::U64(0x0006_3f8a_1234_56ab).cast(WireType::U8), Value::U8(0xab));
        assert_eq!(Value::S32(-1).cast(WireType::U64), Value::U64(u64::MAX));
        assert_eq!(Value::U32(u32::MAX).cast(WireType::S32), Value::S32(-1));
        assert_eq!(Value::U8(200).cast(WireType::S32), Value::S32(200));
    }

    #[test]
    fn a_width_that_no_variable_has_is_no_value() {
        for width in [0, 3, 5, 6, 7, 9, 16] {
            assert_eq!(Value::from_bytes(&vec![0; width]), None, "{width} bytes");
        }
    }
}
