//! The question to the daemon about one connection.

use std::ffi::c_int;
use std::ptr::NonNull;

use estats_protocol::{Masks, Time, Tuple as Ends, Value};
use estats_spec::Id;

use crate::boundary::{answer, given, place};
use crate::client::NlClient;
use crate::error::{EstatsError, Number};
use crate::failure::told;
use crate::reading;
use crate::tuple::Tuple;
use crate::val::Val;
use crate::val_data::{Timeval, ValData, Values};

/// Puts what was read into an object of C's; what is not asked for becomes masked like what is not measured.
///
/// # Safety
/// `data` is valid, with as many values as its length says, and nobody else uses it at the time.
pub(crate) unsafe fn store(
    data: NonNull<ValData>,
    (time, ends): (Time, &Ends),
    measured: impl Fn(Id) -> Option<Value>,
    masks: &Masks,
) {
    let data = data.as_ptr();
    // SAFETY: this function's contract.
    unsafe {
        (*data).tuple = Tuple::from(ends);
        (*data).tv = Timeval {
            sec: time.sec,
            usec: time.usec,
        };
        for (place, value) in Values::of(data).places().zip(reading::values(measured, masks)) {
            place.write(value.map_or(Val::MASKED, Val::present));
        }
    }
}

/// Reads the variables of connection `cid` that the client's mask asks for into `data`; the others become masked.
/// `data` is borrowed.
///
/// # Safety
/// `data` is NULL or valid, with as many values as its length says, and nobody else uses it at the time; `client` is NULL or a
/// client of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_read_vars(data: *mut ValData, cid: c_int, client: *const NlClient) -> *mut EstatsError {
    answer(|| {
        let cid = u32::try_from(cid).ok().filter(|&cid| cid > 0).ok_or(Number::Inval)?;
        let data = place(data)?;
        // SAFETY: this function's contract.
        let mut channel = unsafe { given(client)? }.lock();
        let masks = channel.mask.selection();
        let row = channel
            .ask(|link| link.read_row(cid))
            .map_err(|failure| told(failure, c"mnl_socket_send"))?;
        // SAFETY: this function's contract.
        unsafe { store(data, (row.time, &row.tuple), |id| row.instruments[id], &masks) };
        Ok(())
    })
}
