//! `struct tcpe_data`: the values of one connection.

use std::ptr;

use crate::boundary::{answer, place, shield};
use crate::error::EstatsError;
use crate::memory;
use crate::val::{Val, subtract};
use crate::var::{TOTAL_NUM_VARS, WIRE_TYPES};

/// `struct tcpe_data`.
#[repr(C)]
#[derive(Debug)]
pub struct Data {
    /// By flat index.
    pub val: [Val; TOTAL_NUM_VARS],
}

assert_layout!(Data, size 1872, val @ 0);

/// Sets `*data` to a new zeroed object, owned by the caller, who frees it with [`tcpe_data_free`].
///
/// # Safety
/// `data` is NULL or valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcpe_data_new(data: *mut *mut Data) -> *mut EstatsError {
    answer(|| {
        let slot = place(data)?;
        // SAFETY: the slot is writable; zero bytes are valid for Data.
        unsafe {
            slot.write(ptr::null_mut());
            slot.write(memory::zeroed::<Data>(0)?.as_ptr());
        }
        Ok(())
    })
}

/// Frees an object and sets `*data` to NULL. Returns NULL: the original promised an error and returned nothing in particular.
///
/// # Safety
/// `data` is NULL or valid; `*data` is NULL or an object of this library that nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcpe_data_free(data: *mut *mut Data) -> *mut EstatsError {
    // SAFETY: this function's contract.
    shield((), || unsafe {
        memory::release_slot(data, |data| memory::free(data.as_ptr()));
    });
    ptr::null_mut()
}

/// Sets each value of `delta` to `newer` - `older`, modulo the width of the variable. What is masked in either becomes masked;
/// nothing is unmasked. All three are borrowed, and may be the same object.
///
/// # Safety
/// Every argument is NULL or valid; nobody else uses them during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcpe_data_delta(delta: *mut Data, newer: *const Data, older: *const Data) -> *mut EstatsError {
    answer(|| {
        let delta = place(delta)?.as_ptr();
        let newer = place(newer.cast_mut())?.as_ptr();
        let older = place(older.cast_mut())?.as_ptr();
        for (index, wire) in WIRE_TYPES.into_iter().enumerate() {
            // SAFETY: this function's contract; the index is below the number of values.
            unsafe {
                subtract(
                    &raw mut (*delta).val[index],
                    &raw const (*newer).val[index],
                    &raw const (*older).val[index],
                    wire,
                );
            }
        }
        Ok(())
    })
}
