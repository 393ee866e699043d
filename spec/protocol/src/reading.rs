//! The values of one connection, decoded by a variable set.

use estats_spec::{
    Id, SnmpType,
    sets::{Var, VarSet},
};
use netlink_packet_core::DecodeError;

use crate::{attribute::EstatsAttr, message::EstatsMessage, table::TableAttr, time::Time, tuple::Tuple, value::Value};

/// What one read of one connection brought.
#[derive(Debug, Clone)]
pub struct Reading {
    /// When it was read.
    pub time: Time,
    /// Which connection it is.
    pub tuple: Tuple,
    /// Its values.
    pub values: Values,
}

impl Reading {
    /// Decodes the data of a reply to `READ_VARS` or `READ_ALL`.
    ///
    /// Variables behind the end of a table of `set` belong to a newer set and are ignored.
    ///
    /// # Errors
    ///
    /// Time or 4-tuple is missing or incomplete, or a value has not the width that `set` says.
    pub fn decode(message: &EstatsMessage, set: &'static VarSet) -> Result<Self, DecodeError> {
        let time = message.time().ok_or_else(|| DecodeError::from("the time is missing"))?;
        let tuple = message
            .tuple()
            .ok_or_else(|| DecodeError::from("the 4-tuple is missing"))?;
        Ok(Self {
            time,
            tuple: Tuple::from_attributes(tuple)?,
            values: Values::decode(message, set)?,
        })
    }
}

/// The values of one connection in the order of a variable set; what was not measured or not asked for is `None`.
#[derive(Debug, Clone)]
pub struct Values {
    set: &'static VarSet,
    flat: Vec<Option<Value>>,
}

impl Values {
    fn decode(message: &EstatsMessage, set: &'static VarSet) -> Result<Self, DecodeError> {
        let mut positions = vec![None; set.len()];
        for attribute in &message.attributes {
            let EstatsAttr::Values { table, values } = attribute else {
                continue;
            };
            let table = usize::from(*table);
            for entry in values {
                let TableAttr::Value { index, value } = entry else {
                    continue;
                };
                let index = usize::from(*index);
                let Some(flat) = set.flat_index(table, index) else {
                    continue;
                };
                let variable = set.tables[table][index];
                let expected = value.cast(variable.wire);
                if expected.size() != value.size() {
                    return Err(DecodeError::from(format!(
                        "{} has {} bytes instead of {}",
                        variable.name,
                        value.size(),
                        expected.size()
                    )));
                }
                positions[flat] = Some(expected);
            }
        }
        Ok(Self { set, flat: positions })
    }

    /// The set that gives the order.
    #[must_use]
    pub fn set(&self) -> &'static VarSet {
        self.set
    }

    /// The values in the flat order of the set.
    #[must_use]
    pub fn as_slice(&self) -> &[Option<Value>] {
        &self.flat
    }

    /// The value of an instrument; `None` also if the set does not have it.
    #[must_use]
    pub fn get(&self, id: Id) -> Option<Value> {
        let (table, index) = self.set.find(id)?;
        self.flat[self.set.flat_index(table, index)?]
    }

    /// The same values, where each that only ever grows (a counter of 32 or 64 bits) is what came to it since `older`, modulo
    /// its width; since its beginning if it was not there, or there is no older reading.
    ///
    /// # Panics
    ///
    /// If the other values are of another set.
    #[must_use]
    pub fn increments(&self, older: Option<&Self>) -> Self {
        assert!(older.is_none_or(|older| older.set.name == self.set.name));
        let before = |flat: usize| older.and_then(|older| older.flat[flat]);
        let flat = self.iter().enumerate().map(|(flat, (variable, value))| {
            let counts = matches!(variable.id.info().snmp, SnmpType::Counter32 | SnmpType::Counter64);
            match (value, before(flat)) {
                (Some(value), Some(before)) if counts => {
                    Some(Value::U64(value.as_u64().wrapping_sub(before.as_u64())).cast(variable.wire))
                }
                _ => value,
            }
        });
        Self {
            set: self.set,
            flat: flat.collect(),
        }
    }

    /// Every variable of the set with its value, in flat order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Var, Option<Value>)> + '_ {
        self.set.iter().zip(self.flat.iter().copied())
    }
}
