//! The questions to the daemon.

use std::ffi::c_int;

use estats_protocol::client::Client;

use super::Data;
use crate::boundary::{answer, given, place};
use crate::client::NlClient;
use crate::error::{EstatsError, Number};
use crate::failure::{silent, told};
use crate::reading;
use crate::tuple::Tuple;
use crate::val::Val;

/// `tcpe_connection_func`. The tuple is the function's for the time of the call.
pub type ConnectionFunction = unsafe extern "C" fn(*mut Tuple);

/// Calls `function` for all connections in ascending order of their cids. It may use the client.
///
/// # Safety
/// `client` is NULL or a client of this library; `function` is NULL or a function that may be called.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcpe_list_conns(
    client: *mut NlClient,
    function: Option<ConnectionFunction>,
) -> *mut EstatsError {
    answer(|| {
        let function = function.ok_or(Number::Inval)?;
        // SAFETY: this function's contract.
        let client = unsafe { given(client.cast_const())? };
        let connections = client.lock().ask(Client::list).map_err(silent)?;
        for tuple in &connections {
            let mut tuple = Tuple::from(tuple);
            // SAFETY: this function's contract.
            unsafe { function(&raw mut tuple) };
        }
        Ok(())
    })
}

/// Reads the variables of connection `cid` that the client's mask asks for into `data`; the others become masked.
/// `data` is borrowed.
///
/// # Safety
/// `data` is NULL or valid for writes, and nobody else uses it at the time; `client` is NULL or a client of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tcpe_read_vars(data: *mut Data, cid: c_int, client: *const NlClient) -> *mut EstatsError {
    answer(|| {
        let cid = u32::try_from(cid).ok().filter(|&cid| cid > 0).ok_or(Number::Inval)?;
        let data = place(data)?.as_ptr();
        // SAFETY: this function's contract.
        let mut channel = unsafe { given(client)? }.lock();
        let masks = channel.mask.selection();
        let row = channel
            .ask(|link| link.read_row(cid))
            .map_err(|failure| told(failure, c"mnl_socket_send"))?;
        for (index, value) in reading::values(|id| row.instruments[id], &masks).enumerate() {
            // SAFETY: this function's contract; there are as many values as variables.
            unsafe { (&raw mut (*data).val[index]).write(value.map_or(Val::MASKED, Val::present)) };
        }
        Ok(())
    })
}
