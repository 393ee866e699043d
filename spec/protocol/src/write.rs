//! The one thing a client may change: the value of a writable variable.

use estats_spec::wire::write_member::{VAL, VAR};
use netlink_packet_core::{DecodeError, DefaultNla, Nla, NlaBuffer, Parseable, emit_u32, parse_u32};

use crate::nest;

/// A member of the WRITE nest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteAttr {
    /// Name of the variable, in any case. Goes out without a terminating NUL, and may come in with one.
    Name(String),
    /// The new value, in the unit of the variable.
    Value(u32),
    /// Anything else, kept as it came.
    Other(DefaultNla),
}

impl Nla for WriteAttr {
    fn value_len(&self) -> usize {
        match self {
            Self::Name(name) => name.len(),
            Self::Value(_) => 4,
            Self::Other(other) => other.value_len(),
        }
    }

    fn kind(&self) -> u16 {
        match self {
            Self::Name(_) => VAR,
            Self::Value(_) => VAL,
            Self::Other(other) => other.kind(),
        }
    }

    fn emit_value(&self, buffer: &mut [u8]) {
        match self {
            Self::Name(name) => buffer.copy_from_slice(name.as_bytes()),
            Self::Value(value) => emit_u32(buffer, *value).expect("the buffer is value_len long"),
            Self::Other(other) => other.emit_value(buffer),
        }
    }
}

impl<'a, T: AsRef<[u8]> + ?Sized> Parseable<NlaBuffer<&'a T>> for WriteAttr {
    fn parse(buffer: &NlaBuffer<&'a T>) -> Result<Self, DecodeError> {
        Ok(match buffer.kind() {
            VAR => Self::Name(nest::text(buffer.value())?),
            VAL => Self::Value(parse_u32(buffer.value())?),
            _ => Self::Other(nest::other(buffer)),
        })
    }
}
