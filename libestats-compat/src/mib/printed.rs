//! The list printed.

use estats_protocol::client::{Client, Mib};

use crate::boundary::{answer, given};
use crate::channel::Failure;
use crate::client::NlClient;
use crate::error::EstatsError;
use crate::failure::told;
use crate::library::SET;
use crate::stdio;
use crate::val_data::ValData;

/// Prints the tables on stdout, each variable with its kernel type number. `data` is not used.
///
/// # Safety
/// `client` is NULL or a client of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_get_mib(_data: *mut ValData, client: *const NlClient) -> *mut EstatsError {
    answer(|| {
        // SAFETY: this function's contract.
        let answer = unsafe { given(client)? }.lock().ask(Client::mib);
        if matches!(answer, Ok(_) | Err(Failure::Refused(_))) {
            stdio::print(Mib::TITLE.as_bytes());
        }
        answer.map_err(|failure| told(failure, c"mnl_socket_sendto"))?;
        stdio::print(Mib::of(SET).to_string().as_bytes());
        Ok(())
    })
}
