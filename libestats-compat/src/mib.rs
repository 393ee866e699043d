//! `estats_get_mib`: the daemon's list of variables, printed.

use std::io::Write;

use estats_protocol::client::{Client, Mib};

use crate::boundary::{answer, given};
use crate::channel::Failure;
use crate::client::NlClient;
use crate::error::EstatsError;
use crate::query::told;
use crate::stdio;
use crate::val_data::ValData;

/// The tables' names in the printed form.
const TITLES: [&str; 6] = ["Performance", "Path", "Stack", "Application", "Tune", "Extras"];

/// How the printed form starts. The original printed it as soon as anything came back, even a refusal.
const START: &[u8] = b"TCP Extended Statistics (RFC 4898) ";

/// Prints the daemon's tables on stdout, each variable with its kernel type number. `data` is not used.
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
        let mib = answer.map_err(|failure| told(failure, c"mnl_socket_sendto"))?;
        stdio::print(&listing(&mib));
        Ok(())
    })
}

fn listing(mib: &Mib) -> Vec<u8> {
    let mut text = Vec::new();
    let counts = format!(
        "contains {} table(s) comprised of {} variables.\n",
        mib.num_tables, mib.num_vars
    );
    text.extend_from_slice(counts.as_bytes());
    for (title, table) in TITLES.iter().zip(&mib.tables) {
        text.extend_from_slice(format!("{title} Table:\n").as_bytes());
        for variable in table {
            // Writing to memory does not fail.
            let _ = writeln!(text, "\t{}\t({})", variable.name, variable.kernel_type);
        }
    }
    text
}
