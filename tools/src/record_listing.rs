//! The listing that `record_write` and `record_read` print of a record.

use crate::address;
use estats_protocol::record_file::Entry;
use estats_spec::sets::VarSet;
use std::fmt::Write;

/// The first line: when the values were read.
#[must_use]
pub fn time(entry: &Entry) -> String {
    format!("Timestamp sec: {}, usec: {}\n", entry.time.sec, entry.time.usec)
}

/// What follows: the ends of the connection, and every variable of the set, also those that have no value (mostly 0). `None` if the
/// record has addresses of an unknown type.
#[must_use]
pub fn values(entry: &Entry, set: &VarSet) -> Option<String> {
    let mut text = format!(
        "Address: {} {} {} {}\n",
        address::text(entry.local.ip()?),
        entry.local.port,
        address::text(entry.remote.ip()?),
        entry.remote.port
    );
    for (variable, stored) in set.iter().zip(&entry.values) {
        writeln!(text, "{}:  {}", variable.name, stored.value).expect("a String takes everything");
    }
    Some(text)
}
