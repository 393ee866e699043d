//! The listing that `readvars`, `watchvars` and `deltavars` print.

use estats_protocol::{Reading, Time, Value};
use estats_spec::Table;

/// The variable tables in the order of the wire.
pub const TABLES: [Table; 6] = [
    Table::Perf,
    Table::Path,
    Table::Stack,
    Table::App,
    Table::Tune,
    Table::Extras,
];

/// Which of the programs prints the listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `readvars`.
    Read,
    /// `watchvars`: titles stand one character further right, and the last table has none.
    Watch,
    /// `deltavars`: the same, with the values in a column.
    Delta,
}

impl Style {
    fn title(self, table: &str) -> String {
        match self {
            Self::Read => format!("\n\n{table} Table\n\n"),
            Self::Watch | Self::Delta if table == Table::Extras.name() => String::new(),
            Self::Watch | Self::Delta => format!("\n\n {table} Table\n\n"),
        }
    }

    fn line(self, name: &str, value: Value) -> String {
        match self {
            Self::Read | Self::Watch => format!("{name}={value}\n"),
            Self::Delta => format!("{name:<20}= {value}\n"),
        }
    }
}

/// The time of the read, then each table with its variables; a variable without value has no line, a table always has its
/// title.
#[must_use]
pub fn listing(reading: &Reading, style: Style) -> String {
    let set = reading.values.set();
    let mut values = reading.values.iter().map(|(variable, value)| (variable.name, value));
    let tables = TABLES
        .iter()
        .zip(set.tables)
        .map(|(table, variables)| (table.name(), values.by_ref().take(variables.len()).collect::<Vec<_>>()));
    lines(reading.time, tables, style)
}

fn lines<'a>(
    time: Time,
    tables: impl Iterator<Item = (&'a str, Vec<(&'a str, Option<Value>)>)>,
    style: Style,
) -> String {
    let mut text = format!("Timestamp sec: {}, usec: {}\n", time.sec, time.usec);
    for (title, variables) in tables {
        text += &style.title(title);
        for (name, value) in variables {
            text += &value.map_or_else(String::new, |value| style.line(name, value));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Style, lines};
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
            lines(time, tables.into_iter(), Style::Read),
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

    /// What the two that repeat themselves print differently.
    #[test]
    fn listings_of_watchvars_and_deltavars_to_the_byte() {
        let tables = || {
            [
                ("Tune", vec![("LimCwnd", Some(Value::U32(1))), ("LimRwin", None)]),
                ("Extras", vec![("Priority", Some(Value::U32(7)))]),
            ]
            .into_iter()
        };
        let time = Time { sec: 1, usec: 2 };
        assert_eq!(
            lines(time, tables(), Style::Watch),
            "Timestamp sec: 1, usec: 2\n\n\n Tune Table\n\nLimCwnd=1\nPriority=7\n"
        );
        assert_eq!(
            lines(time, tables(), Style::Delta),
            "Timestamp sec: 1, usec: 2\n\n\n Tune Table\n\nLimCwnd             = 1\nPriority            = 7\n"
        );
    }
}
