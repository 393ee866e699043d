//! The questions to the daemon about all connections, or all that were active.

use std::ptr::NonNull;

use estats_protocol::client::{Client, Error as ClientError};

use crate::boundary::{answer, given, place};
use crate::channel::Failure;
use crate::client::NlClient;
use crate::connection::{self, Connection, ConnectionList};
use crate::connection_vars::{self, ConnectionVars, ConnectionVarsList};
use crate::error::{Error, EstatsError};
use crate::list;
use crate::query::{store, timestamp, tuple_from};

/// A failed list, which prints nothing.
fn silent(failure: Failure) -> Error {
    match failure {
        Failure::Unreachable => Error::genl(c"mnl_socket_send"),
        Failure::Lost(_) | Failure::Refused(_) => Error::genl(c"error"),
    }
}

/// Which connections a list is about.
#[derive(Clone, Copy)]
enum Active {
    /// All.
    Ever,
    /// Those with a segment since the moment of a token.
    Since(u64),
    /// Those with a segment in the last milliseconds.
    Within(u32),
}

impl Active {
    /// The token to list by.
    fn token(self, client: &NlClient) -> Result<Option<u64>, Error> {
        match self {
            Active::Ever => Ok(None),
            Active::Since(token) => Ok(Some(token)),
            Active::Within(ms) => timestamp(client, ms).map(Some),
        }
    }
}

/// Asks for a list with or without token.
fn ask_list<T>(
    client: &NlClient,
    active: Active,
    all: impl FnOnce(&mut Client) -> Result<Vec<T>, ClientError>,
    since: impl FnOnce(&mut Client, u64) -> Result<Vec<T>, ClientError>,
) -> Result<Vec<T>, Error> {
    let token = active.token(client)?;
    client
        .lock()
        .ask(|link| match token {
            None => all(link),
            Some(token) => since(link, token),
        })
        .map_err(silent)
}

/// # Safety
/// As for [`estats_list_conns`].
unsafe fn list_conns(list: *mut ConnectionList, active: Active, client: *const NlClient) -> *mut EstatsError {
    answer(|| {
        let list = place(list)?.as_ptr();
        // SAFETY: this function's contract, here and below.
        let client = unsafe { given(client)? };
        // SAFETY: the list's entries are Connections, which own nothing.
        unsafe { list::free_entries::<Connection>(&raw mut (*list).connection_head) };
        for tuple in ask_list(client, active, Client::list, Client::list_since)? {
            // SAFETY: nobody else uses the list.
            unsafe { connection::append(&raw mut (*list).connection_head, tuple_from(&tuple))? };
        }
        Ok(())
    })
}

/// # Safety
/// As for [`estats_list_conns_vars`].
unsafe fn list_conns_vars(list: *mut ConnectionVarsList, active: Active, client: *const NlClient) -> *mut EstatsError {
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
        for reading in ask_list(client, active, Client::read_all, Client::read_all_since)? {
            let vars = connection_vars::create()?;
            // SAFETY: the entry and its values were just made; nobody else uses the list.
            unsafe {
                store(NonNull::new_unchecked((*vars.as_ptr()).data), &reading);
                list::push_back(&raw mut (*list).connection_vars_head, vars);
            }
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
    unsafe { list_conns(list, Active::Ever, client) }
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
    unsafe { list_conns(list, Active::Since(token), client) }
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
    unsafe { list_conns(list, Active::Within(ms), client) }
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
    unsafe { list_conns_vars(list, Active::Ever, client) }
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
    unsafe { list_conns_vars(list, Active::Since(token), client) }
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
    unsafe { list_conns_vars(list, Active::Within(ms), client) }
}
