//! One record as bytes, from and to an object of C.

use std::ptr::NonNull;

use estats_protocol::Time;
use estats_protocol::record_file::{Entry, Format, Order, Stored};

use crate::error::{Error, Number};
use crate::library::LIBRARY;
use crate::tuple::Tuple;
use crate::val::Val;
use crate::val_data::{self, Timeval, ValData, Values};
use crate::var::WIRE_TYPES;

/// What this library reads and writes.
const FORMAT: Format = Format::of(LIBRARY).expect("only libtcpe has no record files");
/// Bytes of a record.
pub(super) const SIZE: usize = FORMAT.record_size();

/// An object's record.
///
/// # Safety
/// `data` is valid with all its values.
pub(super) unsafe fn encode(data: *mut ValData) -> Vec<u8> {
    // SAFETY: this function's contract.
    let entry = unsafe {
        let ValData { tuple, tv, .. } = &*data;
        let values = Values::of(data).places().zip(WIRE_TYPES);
        Entry {
            time: Time {
                sec: tv.sec,
                usec: tv.usec,
            },
            remote: tuple.remote(),
            local: tuple.local(),
            values: values
                .map(|(place, wire)| Stored {
                    masked: (*place).masked != 0,
                    value: (*place).as_type(wire),
                })
                .collect(),
        }
    };
    FORMAT.encode(&entry, Order::NATIVE)
}

/// A new object from a record. The connection's id is not known.
pub(super) fn decode(record: &[u8; SIZE], swap: bool) -> Result<NonNull<ValData>, Error> {
    let order = if swap { Order::NATIVE.other() } else { Order::NATIVE };
    let entry = FORMAT.decode(record, order).ok_or(Number::Eof)?;
    let data = val_data::create()?;
    // SAFETY: the object was just made, with room for all values.
    unsafe {
        (*data.as_ptr()).tv = Timeval {
            sec: entry.time.sec,
            usec: entry.time.usec,
        };
        (*data.as_ptr()).tuple = Tuple::new(entry.local, entry.remote, 0);
        for (place, stored) in Values::of(data.as_ptr()).places().zip(entry.values) {
            *place = Val {
                masked: stored.masked.into(),
                ..Val::present(stored.value)
            };
        }
    }
    Ok(data)
}
