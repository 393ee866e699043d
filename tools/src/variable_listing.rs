//! The listing that `readvars` prints.

use estats_protocol::{Reading, Time, Value};
use estats_spec::Table;
use std::fmt::Write;

/// The variable tables in the order of the wire.
pub const TABLES: [Table; 6] = [
    Table::Perf,
    Table::Path,
    Table::Stack,
    Table::App,
    Table::Tune,
    Table::Extras,
];

/// The time of the read, then each table with its variables; a variable without value has no line, a table always has its
/// title.
#[must_use]
pub fn listing(reading: &Reading) -> String {
    let set = reading.values.set();
    let mut values = reading.values.iter().map(|(variable, value)| (variable.name, value));
    let tables = TABLES
        .iter()
        .zip(set.tables)
        .map(|(table, variables)| (table.name(), values.by_ref().take(variables.len()).collect::<Vec<_>>()));
    lines(reading.time, tables)
}

fn lines<'a>(time: Time, tables: impl Iterator<Item = (&'a str, Vec<(&'a str, Option<Value>)>)>) -> String {
    let mut text = format!("Timestamp sec: {}, usec: {}\n", time.sec, time.usec);
    for (title, variables) in tables {
        write!(text, "\n\n{title} Table\n\n").expect("a String takes everything");
        for (name, value) in variables {
            if let Some(value) = value {
                writeln!(text, "{name}={value}").expect("a String takes everything");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::lines;
    use estats_protocol::{Time, Value};

    #[test]
    fn listing_to_the_byte() {
        let tables = [
            (
                "Perf",
                vec![
                    ("SegsOut", Some(Value::U32(4_294_967_295))),
                    ("DataSegsOut", None),
                    ("HCDataOctetsOut", Some(Value::U64(18_446_744_073_709_551_615))),
                ],
            ),
            ("Path", vec![("IpTtl", None)]),
            (
                "Stack",
                vec![
                    ("WinScaleSent", Some(Value::S32(-1))),
                    ("TimeStamps", Some(Value::U8(1))),
                    ("Mss", Some(Value::U16(9))),
                ],
            ),
        ];
        let time = Time {
            sec: 1_700_000_000,
            usec: 4242,
        };
        assert_eq!(
            lines(time, tables.into_iter()),
            "Timestamp sec: 1700000000, usec: 4242\n\
             \n\
             \n\
             Perf Table\n\
             \n\
             SegsOut=4294967295\n\
             HCDataOctetsOut=18446744073709551615\n\
             \n\
             \n\
             Path Table\n\
             \n\
             \n\
             \n\
             Stack Table\n\
             \n\
             WinScaleSent=-1\n\
             TimeStamps=1\n\
             Mss=9\n"
        );
    }
}
