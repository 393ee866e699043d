//! The values of one connection, decoded by a variable set.

use estats_spec::{
    Id, SnmpType,
    sets::{Var, VarSet},
};
use netlink_packet_core::{DecodeError, NlasIterator};

use crate::{
    datagram::RawMessage,
    nest,
    time::{Time, TimeAttr},
    tuple::{Tuple, TupleAttr},
    value::Value,
    w3p,
};

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
    /// Decodes the data of a reply to `READ_VARS` or `READ_ALL`: of attributes that occur twice, the later one counts.
    ///
    /// Variables behind the end of a table of `set` belong to a newer set and are ignored.
    ///
    /// # Errors
    ///
    /// Time or 4-tuple is missing or incomplete, an attribute is malformed, or a value has not the width that `set` says.
    pub fn decode(message: &RawMessage<'_>, set: &'static VarSet) -> Result<Self, DecodeError> {
        message.genl_header()?;
        let (mut time, mut tuple, mut values) = (None, None, Values::none(set));
        for attribute in NlasIterator::new(message.attributes()) {
            let attribute = attribute?;
            let content = attribute.value();
            match attribute.kind() {
                w3p::TIME => time = Time::from_attributes(&nest::parse::<TimeAttr>(content)?).or(time),
                w3p::TUPLE => tuple = Some(nest::parse::<TupleAttr>(content)?),
                kind @ w3p::FIRST_TABLE..=w3p::LAST_TABLE => {
                    values.take(usize::from(kind - w3p::FIRST_TABLE), content)?;
                }
                _ => {}
            }
        }
        let tuple = tuple.ok_or_else(|| DecodeError::from("the 4-tuple is missing"))?;
        Ok(Self {
            time: time.ok_or_else(|| DecodeError::from("the time is missing"))?,
            tuple: Tuple::from_attributes(&tuple)?,
            values,
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
    fn none(set: &'static VarSet) -> Self {
        Self {
            set,
            flat: vec![None; set.len()],
        }
    }

    /// Takes in the nest of a table.
    fn take(&mut self, table: usize, nest: &[u8]) -> Result<(), DecodeError> {
        for member in NlasIterator::new(nest) {
            let member = member?;
            let index = usize::from(member.kind());
            let (Some(value), Some(flat)) = (Value::from_bytes(member.value()), self.set.flat_index(table, index))
            else {
                continue;
            };
            let variable = self.set.tables[table][index];
            let expected = value.cast(variable.wire);
            if expected.size() != value.size() {
                return Err(DecodeError::from(format!(
                    "{} has {} bytes instead of {}",
                    variable.name,
                    value.size(),
                    expected.size()
                )));
            }
            self.flat[flat] = Some(expected);
        }
        Ok(())
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
