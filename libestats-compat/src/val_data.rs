//! `struct estats_val_data`: the values of one connection at one time.

use std::ffi::c_int;
#[cfg(not(layout = "l1"))]
use std::ffi::c_void;
use std::ptr::{self, NonNull};

use crate::boundary::{answer, place, shield};
use crate::error::{Error, EstatsError};
use crate::memory;
use crate::tuple::Tuple;
use crate::val::{Val, subtract};
use crate::var::{TOTAL_NUM_VARS, WIRE_TYPES};

/// `struct estats_timeval`: wall clock time.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Timeval {
    /// Seconds since the epoch.
    pub sec: u32,
    /// Microseconds.
    pub usec: u32,
}

/// `struct estats_val_data`, followed in memory by `length` [`Val`]s.
#[repr(C)]
#[derive(Debug)]
pub struct ValData {
    /// Which connection.
    pub tuple: Tuple,
    /// When.
    pub tv: Timeval,
    /// Not used; NULL.
    #[cfg(not(layout = "l1"))]
    pub var_data: *mut c_void,
    /// Number of values.
    pub length: c_int,
    /// Where the values start.
    pub val: [Val; 0],
}

assert_layout!(Timeval, size 8, sec @ 0, usec @ 4);
#[cfg(not(layout = "l1"))]
assert_layout!(ValData, size 72, tuple @ 0, tv @ 44, var_data @ 56, length @ 64, val @ 72);
#[cfg(layout = "l1")]
assert_layout!(ValData, size 56, tuple @ 0, tv @ 44, length @ 52, val @ 56);

/// The values of an object that C holds: a place that may be read and written but is not a Rust slice, since C may pass the
/// same object twice.
#[derive(Clone, Copy)]
pub(crate) struct Values {
    first: *mut Val,
    length: usize,
}

impl Values {
    /// The values that the object says it has, as far as this library knows variables.
    ///
    /// # Safety
    /// `data` is valid, with `length` values behind it, for as long as the result is used.
    pub(crate) unsafe fn of(data: *mut ValData) -> Self {
        // SAFETY: this function's contract.
        unsafe {
            let length = usize::try_from((*data).length).unwrap_or(0).min(TOTAL_NUM_VARS);
            Values {
                first: (&raw mut (*data).val).cast(),
                length,
            }
        }
    }

    /// The places of the values, in the order of the variables.
    pub(crate) fn places(self) -> impl Iterator<Item = *mut Val> {
        // The pointers stay inside the object: see `of`.
        (0..self.length).map(move |index| self.first.wrapping_add(index))
    }
}

/// A zeroed object with room for every variable, owned by the caller.
pub(crate) fn create() -> Result<NonNull<ValData>, Error> {
    // SAFETY: zero bytes are valid for ValData and Val.
    let data = unsafe { memory::zeroed::<ValData>(TOTAL_NUM_VARS * size_of::<Val>())? };
    // SAFETY: freshly allocated.
    unsafe { (*data.as_ptr()).length = LENGTH };
    Ok(data)
}

/// [`TOTAL_NUM_VARS`] in the type of the field.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a hundred odd"
)]
pub(crate) const LENGTH: c_int = TOTAL_NUM_VARS as c_int;

/// Sets `*data` to a new zeroed object, owned by the caller, who frees it with [`estats_val_data_free`].
///
/// # Safety
/// `data` is NULL or valid for writes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_val_data_new(data: *mut *mut ValData) -> *mut EstatsError {
    answer(|| {
        let slot = place(data)?;
        // SAFETY: the slot is writable.
        unsafe {
            slot.write(ptr::null_mut());
            slot.write(create()?.as_ptr());
        }
        Ok(())
    })
}

/// Frees an object and sets `*data` to NULL.
///
/// # Safety
/// `data` is NULL or valid; `*data` is NULL or an object of this library that nobody uses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_val_data_free(data: *mut *mut ValData) {
    // SAFETY: this function's contract.
    shield((), || unsafe {
        memory::release_slot(data, |data| memory::free(data.as_ptr()));
    });
}

/// Sets each value of `delta` to `newer` - `older`, modulo the width of the variable. What is masked in either becomes masked;
/// nothing is unmasked. All three are borrowed, and may be the same object.
///
/// # Safety
/// Every argument is NULL or valid with as many values as its length says; nobody else uses them during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_val_data_delta(
    delta: *mut ValData,
    newer: *const ValData,
    older: *const ValData,
) -> *mut EstatsError {
    answer(|| {
        let delta = place(delta)?.as_ptr();
        let newer = place(newer.cast_mut())?.as_ptr();
        let older = place(older.cast_mut())?.as_ptr();
        // SAFETY: this function's contract. `newer` and `older` are only read.
        unsafe {
            let operands = Values::of(newer).places().zip(Values::of(older).places());
            for ((out, (newer, older)), wire) in Values::of(delta).places().zip(operands).zip(WIRE_TYPES) {
                subtract(out, newer, older, wire);
            }
        }
        Ok(())
    })
}
