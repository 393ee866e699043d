//! Every instrument that is measured, with its value and its unit.

use estats_protocol::{Instruments, Row};
use estats_spec::{Id, Table};
use std::fmt::Write;

/// The tables of a connection, in the order of RFC 4898.
pub const TABLES: [Table; 7] = [
    Table::ConnectId,
    Table::Perf,
    Table::Path,
    Table::Stack,
    Table::App,
    Table::Tune,
    Table::Extras,
];

/// The instruments of a table.
pub fn of(table: Table) -> impl Iterator<Item = Id> {
    Id::ALL.into_iter().filter(move |id| id.info().table == table)
}

/// The listing of `readvars --all`: the time of the read, then each table; an instrument that is not measured has no line.
#[must_use]
pub fn listing(row: &Row) -> String {
    let mut text = format!("Timestamp sec: {}, usec: {}\n", row.time.sec, row.time.usec);
    for table in TABLES {
        write!(text, "\n\n{} Table\n\n{}", table.name(), lines(table, &row.instruments))
            .expect("a String takes everything");
    }
    text
}

/// A line for each instrument of a table that is measured: name, value, unit.
#[must_use]
pub fn lines(table: Table, instruments: &Instruments) -> String {
    let mut text = String::new();
    for id in of(table) {
        if let Some(value) = instruments[id] {
            writeln!(text, "{id:<24} {:>20} {}", value.to_string(), id.info().unit).expect("a String takes everything");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use estats_protocol::Value;

    #[test]
    fn lines_to_the_byte() {
        let mut instruments = Instruments::new();
        instruments.set(Id::SegsOut, Value::U32(17));
        instruments.set(Id::HCDataOctetsOut, Value::U64(u64::MAX));
        instruments.set(Id::WinScaleSent, Value::S32(-1));
        assert_eq!(
            lines(Table::Perf, &instruments),
            "SegsOut                                    17 segments\n\
             HCDataOctetsOut          18446744073709551615 octets\n"
        );
        assert_eq!(
            lines(Table::Stack, &instruments),
            "WinScaleSent                               -1 shift\n"
        );
        assert_eq!(lines(Table::App, &instruments), "");
    }

    #[test]
    fn every_instrument_is_of_a_connection_or_of_a_listener() {
        let listed = TABLES.into_iter().chain([Table::Listener]).flat_map(of).count();
        assert_eq!(listed, Id::ALL.len());
    }
}
