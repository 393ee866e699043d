//! Variables as one row for each read: what `watchvars -s`, `deltavars -s` and `logger` print.
//!
//! A variable without value has neither a name in the header nor a place in the row.

use estats_protocol::{Reading, Tuple};
use std::fmt::Write;

use crate::address;

/// The header of `watchvars -s` (`separator` is a tabulator, though that of the rows is a comma) and of `deltavars -s` (a comma).
#[must_use]
pub fn header(reading: &Reading, separator: char) -> String {
    let mut text = "sec,usec,".to_owned();
    for (variable, _) in reading.values.iter().filter(|(_, value)| value.is_some()) {
        text += variable.name;
        text.push(separator);
    }
    text + "\n"
}

/// A row of `watchvars -s` and `deltavars -s`.
#[must_use]
pub fn row(reading: &Reading) -> String {
    let mut text = format!("{},{},", reading.time.sec, reading.time.usec);
    for value in reading.values.iter().filter_map(|(_, value)| value) {
        write!(text, "{value},").expect("a String takes everything");
    }
    text + "\n"
}

/// The header of `logger`.
#[must_use]
pub fn log_header(reading: &Reading) -> String {
    let names = reading
        .values
        .iter()
        .map(|(variable, value)| value.map(|_| variable.name.to_owned()));
    format!("Time, CID, SrcIp, SrcPort, DstIp, DstPort,{}\n", joined(names, ", "))
}

/// A row of `logger`.
#[must_use]
pub fn log_row(reading: &Reading) -> String {
    let Tuple { cid, local, remote } = reading.tuple;
    let values = reading
        .values
        .iter()
        .map(|(_, value)| value.map(|value| value.to_string()));
    format!(
        "{}.{:06},{cid},{},{},{},{},{}\n",
        reading.time.sec,
        reading.time.usec,
        address::text(local.0),
        local.1,
        address::text(remote.0),
        remote.1,
        joined(values, ",")
    )
}

/// What is there, each followed by the separator but the last variable of all: when that one is not there, the separator is left.
fn joined(columns: impl Iterator<Item = Option<String>>, separator: &str) -> String {
    let mut columns = columns.peekable();
    let mut text = String::new();
    while let Some(column) = columns.next() {
        if let Some(column) = column {
            text += &column;
            if columns.peek().is_some() {
                text += separator;
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn a_separator_is_left_where_the_last_column_is_missing() {
        let columns = |columns: &[Option<&str>]| {
            let owned: Vec<_> = columns.iter().map(|column| column.map(str::to_owned)).collect();
            joined(owned.into_iter(), ", ")
        };
        assert_eq!(columns(&[Some("a"), None, Some("b")]), "a, b");
        assert_eq!(columns(&[Some("a"), None]), "a, ");
        assert_eq!(columns(&[]), "");
    }
}
