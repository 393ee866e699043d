//! The nests that carry values: one per table, the attribute number is the index of the variable.

use std::array;

use estats_spec::{Id, sets::VarSet, wire::TABLES};
use netlink_packet_core::{DecodeError, DefaultNla, NLA_F_NESTED, Nla, NlaBuffer, Parseable};

use crate::{datagram, masks::Masks, nest, value::Value, w3p};

/// The nests of all tables: of the variables of `set` that `masks` selects, those that have a `value`, in the width that the
/// set says.
///
/// A variable without a value is left out, and clients show it as masked. The indices ascend, because clients stop reading a
/// table at the first index they do not know.
pub fn tables(set: &VarSet, masks: &Masks, mut value: impl FnMut(Id) -> Option<Value>) -> [Vec<TableAttr>; TABLES] {
    array::from_fn(|table| {
        (0..)
            .zip(set.tables[table])
            .filter(|(index, _)| masks.selects(table, usize::from(*index)))
            .filter_map(|(index, variable)| {
                let value = value(variable.id)?.cast(variable.wire);
                Some(TableAttr::Value { index, value })
            })
            .collect()
    })
}

/// Appends what [`tables`] gives, the first `count` of them, to a message of the family in one go: lists of attributes take several
/// times as long as the values in them.
pub fn append(
    message: &mut Vec<u8>,
    set: &VarSet,
    masks: &Masks,
    count: u16,
    mut value: impl FnMut(Id) -> Option<Value>,
) {
    message.reserve(usize::from(count) * nest::HEADER + set.len() * nest::NUMBER);
    for (kind, (table, variables)) in (w3p::FIRST_TABLE..).zip(set.tables.iter().enumerate().take(count.into())) {
        nest::append_with(kind | NLA_F_NESTED, message, |message| {
            for (index, variable) in (0..).zip(*variables) {
                if masks.selects(table, usize::from(index))
                    && let Some(value) = value(variable.id)
                {
                    nest::append_number(index, value.cast(variable.wire), message);
                }
            }
        });
    }
    datagram::note_length(message);
}

/// A value under its number: a variable in the nest of its table, an instrument in the ROW nest, a scalar in the SCALARS nest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableAttr {
    /// A value in a width that variables have.
    Value {
        /// Index of the variable within its table, from 0; or the member's number.
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
            None => Self::Other(nest::other(buffer)),
        })
    }
}
