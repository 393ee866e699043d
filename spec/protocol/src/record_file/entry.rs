//! One record.

use estats_spec::sets::{Var, VarSet};

use super::{End, Format, Order};
use crate::{reading::Reading, time::Time, value::Value};

/// The values of one connection at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When they were read.
    pub time: Time,
    /// The other end.
    pub remote: End,
    /// This end.
    pub local: End,
    /// The values, in the flat order of the variable set.
    pub values: Vec<Stored>,
}

/// A value as a record has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Whether it is not there.
    pub masked: bool,
    /// The value, in the width that [`stored`](estats_spec::sets::Var::stored) says. Of a masked one it is what happened to be in the
    /// writer's memory, mostly 0.
    pub value: Value,
}

impl Stored {
    /// The value, if it is there.
    #[must_use]
    pub fn present(self) -> Option<Value> {
        (!self.masked).then_some(self.value)
    }
}

impl Entry {
    /// What a library with this variable set records of a reading.
    #[must_use]
    pub fn of(reading: &Reading, set: &VarSet) -> Self {
        let stored = |variable: &Var| {
            let value = reading.values.get(variable.id);
            Stored {
                masked: value.is_none(),
                value: value.unwrap_or(Value::U64(0)).cast(variable.stored()),
            }
        };
        Self {
            time: reading.time,
            remote: reading.tuple.remote.into(),
            local: reading.tuple.local.into(),
            values: set.iter().map(stored).collect(),
        }
    }
}

impl Format {
    /// The bytes of a record. Values beyond those of the set are left out, missing ones are masked.
    #[must_use]
    pub fn encode(self, entry: &Entry, order: Order) -> Vec<u8> {
        let mut record = Vec::with_capacity(self.record_size());
        for number in [entry.time.sec, entry.time.usec] {
            record.extend(order.bytes_of_u32(number));
        }
        for end in [entry.remote, entry.local] {
            if self.typed_addresses {
                record.extend(end.address_and_kind());
            } else {
                record.extend(end.address);
            }
        }
        for port in [entry.remote.port, entry.local.port] {
            record.extend(order.bytes_of_u16(port));
        }
        let missing = std::iter::repeat(&Stored {
            masked: true,
            value: Value::U64(0),
        });
        for (variable, stored) in self.set.iter().zip(entry.values.iter().chain(missing)) {
            record.extend(order.union(Value::U64(stored.masked.into())));
            record.extend(order.union(stored.value.cast(variable.stored())));
        }
        record
    }

    /// The record in these bytes; `None` if they are too few. What lies behind it is not looked at.
    #[must_use]
    pub fn decode(self, record: &[u8], order: Order) -> Option<Entry> {
        let mut bytes = Bytes(record);
        let time = Time {
            sec: order.u32(bytes.take()?),
            usec: order.u32(bytes.take()?),
        };
        let (remote, local) = if self.typed_addresses {
            (bytes.take()?, bytes.take()?)
        } else {
            let addresses = [bytes.take()?, bytes.take()?];
            let kind = End::guess_kind(addresses);
            let [remote, local] = addresses.map(|address| End { address, port: 0, kind }.address_and_kind());
            (remote, local)
        };
        let remote = End::from_address_and_kind(remote, order.u16(bytes.take()?));
        let local = End::from_address_and_kind(local, order.u16(bytes.take()?));
        let values = self.set.iter().map(|variable| {
            // Whatever is not 0, in either byte order.
            let masked = bytes.take::<8>()? != [0; 8];
            let value = order.value(bytes.take()?, variable.stored());
            Some(Stored { masked, value })
        });
        Some(Entry {
            time,
            values: values.collect::<Option<_>>()?,
            remote,
            local,
        })
    }
}

/// What is still to be read.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }
}
