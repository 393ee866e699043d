//! The question to the daemon about all connections.

use estats_protocol::client::Client;

use crate::boundary::{answer, given, place};
use crate::client::NlClient;
use crate::connection::{self, Connection, ConnectionList};
use crate::error::{Error, EstatsError};
use crate::failure::silent;
use crate::list;
use crate::tuple::Tuple;

/// Empties a list, then fills it with what `ask` gives.
///
/// # Safety
/// As for [`estats_list_conns`].
pub(crate) unsafe fn fill(
    list: *mut ConnectionList,
    client: *const NlClient,
    ask: impl FnOnce(&NlClient) -> Result<Vec<estats_protocol::Tuple>, Error>,
) -> *mut EstatsError {
    answer(|| {
        let list = place(list)?.as_ptr();
        // SAFETY: this function's contract, here and below.
        let client = unsafe { given(client)? };
        // SAFETY: the list's entries are Connections, which own nothing.
        unsafe { list::free_entries::<Connection>(&raw mut (*list).connection_head) };
        for tuple in ask(client)? {
            // SAFETY: nobody else uses the list.
            unsafe { connection::append(&raw mut (*list).connection_head, Tuple::from(&tuple))? };
        }
        Ok(())
    })
}

/// Empties `list`, then fills it with all connections in ascending order of their cids. The list owns the entries.
///
/// # Safety
/// `list` is NULL or a list of this library that nobody else uses at the time; `client` is NULL or a client of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_list_conns(list: *mut ConnectionList, client: *const NlClient) -> *mut EstatsError {
    // SAFETY: this function's contract.
    unsafe { fill(list, client, |client| client.lock().ask(Client::list).map_err(silent)) }
}
