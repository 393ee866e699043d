//! The list printed.

use std::io::Write;

use estats_protocol::client::Client;

use crate::boundary::{answer, given};
use crate::channel::Failure;
use crate::client::NlClient;
use crate::error::EstatsError;
use crate::failure::told;
use crate::library::SET;
use crate::stdio;
use crate::val_data::ValData;

/// The tables' names in the printed form.
const TITLES: [&str; 6] = ["Performance", "Path", "Stack", "Application", "Tune", "Extras"];

/// How the printed form starts. The original printed it as soon as anything came back, even a refusal.
const START: &[u8] = b"TCP Extended Statistics (RFC 4898) ";

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
            stdio::print(START);
        }
        answer.map_err(|failure| told(failure, c"mnl_socket_sendto"))?;
        stdio::print(&listing());
        Ok(())
    })
}

fn listing() -> Vec<u8> {
    let (tables, variables) = (SET.tables.len(), SET.len());
    let mut text = format!("contains {tables} table(s) comprised of {variables} variables.\n").into_bytes();
    for (title, table) in TITLES.iter().zip(SET.tables) {
        text.extend_from_slice(format!("{title} Table:\n").as_bytes());
        for variable in table {
            let kernel_type = variable.id.info().kernel as u8;
            // Writing to memory does not fail.
            let _ = writeln!(text, "\t{}\t({kernel_type})", variable.name);
        }
    }
    text
}
