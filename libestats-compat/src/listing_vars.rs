//! The questions to the daemon about the values of all connections.

use std::collections::HashSet;
use std::ptr::NonNull;

use estats_protocol::Masks;
use estats_protocol::extension::SheetRow;

use crate::activity::{list_since, moment};
use crate::boundary::{answer, given, place};
use crate::client::NlClient;
use crate::connection_vars::{self, ConnectionVars, ConnectionVarsList};
use crate::error::{Error, EstatsError};
use crate::failure::silent;
use crate::list;
use crate::query::store;

/// Empties a list, then fills it with the values of the connections that `which` names, or of all.
///
/// # Safety
/// As for [`estats_list_conns_vars`].
unsafe fn fill_vars(
    list: *mut ConnectionVarsList,
    client: *const NlClient,
    which: impl FnOnce(&NlClient) -> Result<Option<Vec<estats_protocol::Tuple>>, Error>,
) -> *mut EstatsError {
    answer(|| {
        let list = place(list)?.as_ptr();
        // SAFETY: this function's contract, here and below.
        let client = unsafe { given(client)? };
        // SAFETY: the list's entries are ConnectionVars, in no other list.
        unsafe {
            list::clear(
                &raw mut (*list).connection_vars_head,
                |vars: NonNull<ConnectionVars>| {
                    connection_vars::release(vars);
                },
            );
        }
        let cids = which(client)?.map(|tuples| tuples.iter().map(|tuple| tuple.cid).collect::<HashSet<_>>());
        let append = |row: &SheetRow<'_>| {
            if cids.as_ref().is_some_and(|cids| !cids.contains(&row.tuple.cid)) {
                return Ok(());
            }
            let vars = connection_vars::create()?;
            // SAFETY: the entry and its values were just made; nobody else uses the list. The mask is for single reads.
            unsafe {
                let data = NonNull::new_unchecked((*vars.as_ptr()).data);
                store(data, (row.time, &row.tuple), |id| row.value(id), &Masks::ALL);
                list::push_back(&raw mut (*list).connection_vars_head, vars);
            }
            Ok(())
        };
        let mut appended = Ok(());
        let each = |row: &SheetRow<'_>| {
            if appended.is_ok() {
                appended = append(row);
            }
        };
        client.lock().ask(|link| link.read_sheets(each)).map_err(silent)?;
        appended
    })
}

/// Empties `list`, then fills it with the values of all connections that the caller may read. The list owns the entries.
///
/// # Safety
/// `list` is NULL or a list of this library that nobody else uses at the time; `client` is NULL or a client of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_list_conns_vars(
    list: *mut ConnectionVarsList,
    client: *const NlClient,
) -> *mut EstatsError {
    // SAFETY: this function's contract.
    unsafe { fill_vars(list, client, |_| Ok(None)) }
}

/// [`estats_list_conns_vars`] for the connections that sent or received a segment since the moment of `token`.
///
/// # Safety
/// As for [`estats_list_conns_vars`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_list_conns_vars_active_since(
    list: *mut ConnectionVarsList,
    token: u64,
    client: *const NlClient,
) -> *mut EstatsError {
    // SAFETY: this function's contract.
    unsafe { fill_vars(list, client, |client| list_since(client, token).map(Some)) }
}

/// [`estats_list_conns_vars`] for the connections that sent or received a segment in the last `ms` milliseconds.
///
/// # Safety
/// As for [`estats_list_conns_vars`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn estats_list_conns_vars_active_within(
    list: *mut ConnectionVarsList,
    ms: u32,
    client: *const NlClient,
) -> *mut EstatsError {
    // SAFETY: this function's contract.
    unsafe { fill_vars(list, client, |client| list_since(client, moment(client, ms)?).map(Some)) }
}
