//! The nests that carry values: one per table, the attribute number is the index of the variable.

use netlink_packet_core::{DecodeError, DefaultNla, Nla, NlaBuffer, Parseable};

use crate::value::Value;

/// One variable in the nest of its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableAttr {
    /// A value in a width that variables have.
    Value {
        /// Index of the variable within its table, from 0.
        index: u16,
        /// The value. Decoding alone cannot tell [`Value::S32`] from [`Value::U32`] and yields the latter.
        value: Value,
    },
    /// Anything else, kept as it came.
    Other(DefaultNla),
}

impl Nla for TableAttr {
    fn value_len(&self) -> usize {
        match self {
            Self::Value { value, .. } => value.size(),
            Self::Other(other) => other.value_len(),
        }
    }

    fn kind(&self) -> u16 {
        match self {
            Self::Value { index, .. } => *index,
            Self::Other(other) => other.kind(),
        }
    }

    fn emit_value(&self, buffer: &mut [u8]) {
        match self {
            Self::Value { value, .. } => value.emit(buffer),
            Self::Other(other) => other.emit_value(buffer),
        }
    }
}

impl<'a, T: AsRef<[u8]> + ?Sized> Parseable<NlaBuffer<&'a T>> for TableAttr {
    fn parse(buffer: &NlaBuffer<&'a T>) -> Result<Self, DecodeError> {
        Ok(match Value::from_bytes(buffer.value()) {
            Some(value) => Self::Value {
                index: buffer.kind(),
                value,
            },
            None => Self::Other(DefaultNla::parse(buffer)?),
        })
    }
}
