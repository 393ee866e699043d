//! The questions to the daemon about the connections that were active, and about a moment.

use std::time::Duration;

use crate::boundary::{answer, given, place};
use crate::client::NlClient;
use crate::connection::ConnectionList;
use crate::error::{Error, EstatsError};
use crate::failure::{silent, told};
use crate::listing::fill;

/// The token of the moment `ms` milliseconds ago.
pub(crate) fn moment(client: &NlClient, ms: u32) -> Result<u64, Error> {
    let age = Duration::from_millis(ms.into());
    client
        .lock()
        .ask(|link| link.timestamp(age))
        .map_err(|failure| told(failure, c"mnl_socket_send"))
}

/// The connections that were active since the moment of a token.
pub(crate) fn list_since(client: &NlClient, token: u64) -> Result<Vec<estats_protocol::Tuple>, Error> {
    client.lock().ask(|link| link.list_since(token)).map_err(silent)
}

/// Sets `*token` to the token of the moment `ms` milliseconds ago.
///
/// # Safety
/// `token` is NULL or valid for writes; `client` is NULL or a client of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_get_timestamp(token: *mut u64, ms: u32, client: *const NlClient) -> *mut EstatsError {
    answer(|| {
        let slot = place(token)?;
        // SAFETY: this function's contract.
        unsafe { slot.write(moment(given(client)?, ms)?) };
        Ok(())
    })
}

/// [`estats_list_conns`] for the connections that sent or received a segment since the moment of `token`.
///
/// # Safety
/// As for [`estats_list_conns`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_list_conns_active_since(
    list: *mut ConnectionList,
    token: u64,
    client: *const NlClient,
) -> *mut EstatsError {
    // SAFETY: this function's contract.
    unsafe { fill(list, client, |client| list_since(client, token)) }
}

/// [`estats_list_conns`] for the connections that sent or received a segment in the last `ms` milliseconds.
///
/// # Safety
/// As for [`estats_list_conns`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_list_conns_active_within(
    list: *mut ConnectionList,
    ms: u32,
    client: *const NlClient,
) -> *mut EstatsError {
    // SAFETY: this function's contract.
    unsafe { fill(list, client, |client| list_since(client, moment(client, ms)?)) }
}
