//! Everything that is measured of one socket.

use std::ops::Index;

use estats_spec::{
    Id,
    wire::extension::{row_instrument, row_member},
};
use netlink_packet_core::DecodeError;

use crate::{table::TableAttr, value::Value};

/// A value for each instrument that is measured on a socket; none for the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruments(Box<[Option<Value>; Id::ALL.len()]>);

impl Instruments {
    /// Nothing measured yet.
    #[must_use]
    pub fn new() -> Self {
        Self(Box::new([None; Id::ALL.len()]))
    }

    /// Notes a measured value, in the unit of the instrument.
    #[inline]
    pub fn set(&mut self, id: Id, value: Value) {
        // By its bits: a value that has just been written in parts cannot be copied as a whole before all of them have left the
        // processor's write buffer, which takes longer than all else here.
        self.0[id as usize] = Some(Value::U64(value.as_u64()).cast(value.wire_type()));
    }

    /// What is measured, in the order of [`Id::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Id, Value)> + '_ {
        Id::ALL.into_iter().filter_map(|id| Some((id, self[id]?)))
    }

    /// The members of the ROW nest, each value in the wire type of its instrument.
    #[must_use]
    pub fn attributes(&self) -> Vec<TableAttr> {
        self.iter()
            .map(|(id, value)| TableAttr::Value {
                index: row_member(id),
                value: value.cast(id.info().wire),
            })
            .collect()
    }

    /// What a ROW nest holds. Members of instruments that only a newer daemon knows are ignored.
    ///
    /// # Errors
    ///
    /// A value has not the width of its instrument.
    pub fn from_attributes(attributes: &[TableAttr]) -> Result<Self, DecodeError> {
        let mut instruments = Self::new();
        for attribute in attributes {
            let TableAttr::Value { index, value } = attribute else {
                continue;
            };
            let Some(id) = row_instrument(*index) else {
                continue;
            };
            let expected = value.cast(id.info().wire);
            if expected.size() != value.size() {
                let (has, wants) = (value.size(), expected.size());
                return Err(format!("{id} has {has} bytes instead of {wants}").into());
            }
            instruments.set(id, expected);
        }
        Ok(instruments)
    }
}

impl Default for Instruments {
    fn default() -> Self {
        Self::new()
    }
}

impl Index<Id> for Instruments {
    type Output = Option<Value>;

    fn index(&self, id: Id) -> &Self::Output {
        &self.0[id as usize]
    }
}
