//! One record as bytes.

use std::ptr::{self, NonNull};

use estats_protocol::Value;
#[cfg(not(layout = "l1"))]
use estats_spec::wire::{ADDR_TYPE_IPV4, ADDR_TYPE_IPV6};

use crate::error::Error;
use crate::tuple::ADDRESS_SIZE;
#[cfg(not(layout = "l1"))]
use crate::tuple::Tuple;
use crate::val::Val;
use crate::val_data::{self, ValData, Values};
use crate::var::{TOTAL_NUM_VARS, WIRE_TYPES};

/// Where the second address, the ports, and the values begin in a record.
const LOCAL: usize = 8 + ADDRESS_SIZE;
const PORTS: usize = LOCAL + ADDRESS_SIZE;
const HEAD: usize = PORTS + 4;
/// Bytes of a record.
pub(super) const SIZE: usize = HEAD + TOTAL_NUM_VARS * size_of::<Val>();

/// An object's record.
///
/// # Safety
/// `data` is valid with [`TOTAL_NUM_VARS`] values.
pub(super) unsafe fn encode(data: *mut ValData) -> Vec<u8> {
    let mut record = Vec::with_capacity(SIZE);
    // SAFETY: this function's contract. Of a value that a program filled in itself, bytes beside a narrow one may be
    // uninitialised in theory; the file holds them as they are, as the original's did.
    unsafe {
        let ValData { tuple, tv, .. } = &*data;
        for number in [tv.sec, tv.usec] {
            record.extend(number.to_ne_bytes());
        }
        record.extend(tuple.rem_addr);
        record.extend(tuple.local_addr);
        for port in [tuple.rem_port, tuple.local_port] {
            record.extend(port.to_ne_bytes());
        }
        for value in Values::of(data).places() {
            record.extend((*value).masked.to_ne_bytes());
            record.extend((*value).value.uv64.to_ne_bytes());
        }
    }
    record
}

/// A new object from a record.
pub(super) fn decode(record: &[u8; SIZE], swap: bool) -> Result<NonNull<ValData>, Error> {
    let u16_at = |at: usize| {
        let number = u16::from_ne_bytes([record[at], record[at + 1]]);
        if swap { number.swap_bytes() } else { number }
    };
    let u32_at = |at: usize| {
        let number = u32::from_ne_bytes(std::array::from_fn(|i| record[at + i]));
        if swap { number.swap_bytes() } else { number }
    };
    let address_at = |at: usize| -> [u8; ADDRESS_SIZE] { std::array::from_fn(|i| record[at + i]) };

    let data = val_data::create()?;
    // SAFETY: the object was just made, with TOTAL_NUM_VARS values.
    unsafe {
        let ValData { tuple, tv, .. } = &mut *data.as_ptr();
        (tv.sec, tv.usec) = (u32_at(0), u32_at(4));
        (tuple.rem_addr, tuple.local_addr) = (address_at(8), address_at(LOCAL));
        (tuple.rem_port, tuple.local_port) = (u16_at(PORTS), u16_at(PORTS + 2));
        // Layout L1 has the type behind each address.
        #[cfg(not(layout = "l1"))]
        {
            tuple.addr_type = guess(tuple);
        }
        for (place, bytes) in Values::of(data.as_ptr())
            .places()
            .zip(record[HEAD..].chunks_exact(size_of::<Val>()))
        {
            ptr::copy_nonoverlapping(bytes.as_ptr(), place.cast(), size_of::<Val>());
        }
        if swap {
            for (place, wire) in Values::of(data.as_ptr()).places().zip(WIRE_TYPES) {
                let masked = (*place).masked.swap_bytes();
                *place = Val {
                    masked,
                    ..Val::present(swapped((*place).as_type(wire)))
                };
            }
        }
    }
    Ok(data)
}

/// The address type of a record that does not say it.
#[cfg(not(layout = "l1"))]
fn guess(tuple: &Tuple) -> u8 {
    let short = [tuple.rem_addr, tuple.local_addr]
        .iter()
        .all(|address| address[4..] == [0; 12]);
    if short { ADDR_TYPE_IPV4 } else { ADDR_TYPE_IPV6 }
}

fn swapped(value: Value) -> Value {
    match value {
        Value::U64(number) => Value::U64(number.swap_bytes()),
        Value::U32(number) => Value::U32(number.swap_bytes()),
        Value::S32(number) => Value::S32(number.swap_bytes()),
        Value::U16(number) => Value::U16(number.swap_bytes()),
        Value::U8(number) => Value::U8(number),
    }
}
