//! The table that `listlisteners` prints.

use crate::{address, instrument_listing, origin};
use estats_protocol::ListenerReading;
use estats_spec::{Id, Table};
use std::fmt::Write;

/// What is shown of every listening socket, with the title and the width of the column.
const INSTRUMENTS: [(Id, &str, usize); 4] = [
    (Id::ListenerCurConns, "Conns", 8),
    (Id::ListenerCurBacklog, "Backlog", 8),
    (Id::ListenerMaxBacklog, "MaxBacklog", 10),
    (Id::ListenerHCAccepted, "Accepted", 10),
];

/// Title line, a line of dashes, an empty line.
#[must_use]
pub fn header() -> String {
    let titles = row(["ID", "LocalAddr", "LocalPort"].map(str::to_owned), |(_, title, _)| {
        title.to_owned()
    });
    let dashes = row([8, 20, 9].map(|width| "-".repeat(width)), |(_, _, width)| {
        "-".repeat(width)
    });
    format!("{titles}\n{dashes}\n\n")
}

/// One line for each listening socket; what is not measured is a dash.
#[must_use]
pub fn rows(listeners: &[ListenerReading]) -> String {
    let mut text = String::new();
    for listener in listeners {
        writeln!(text, "{}", line(listener)).expect("a String takes everything");
    }
    text
}

/// Each listening socket with its origin and everything that is measured of it.
#[must_use]
pub fn details(listeners: &[ListenerReading]) -> String {
    let mut text = String::new();
    for listener in listeners {
        let measured = instrument_listing::lines(Table::Listener, &listener.instruments);
        write!(
            text,
            "{}{}\n\n{}\n{}\n\n{measured}\n\n",
            header(),
            line(listener),
            origin::titles(),
            origin::columns(&listener.origin)
        )
        .expect("a String takes everything");
    }
    text
}

fn line(listener: &ListenerReading) -> String {
    let (local, port) = listener.tuple.local;
    let ends = [listener.tuple.id.to_string(), address::text(local), port.to_string()];
    row(ends, |(id, _, _)| {
        listener.instruments[id].map_or_else(|| "-".to_owned(), |value| value.to_string())
    })
}

fn row(ends: [String; 3], value: impl Fn((Id, &'static str, usize)) -> String) -> String {
    let [id, address, port] = ends;
    let mut line = format!("{id:<8} {address:<20} {port:<9}");
    for column in INSTRUMENTS {
        write!(line, " {:<1$}", value(column), column.2).expect("a String takes everything");
    }
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use estats_protocol::{Instruments, ListenerTuple, Origin, Time, Value};

    #[test]
    fn table_to_the_byte() {
        let mut instruments = Instruments::new();
        instruments.set(Id::ListenerCurConns, Value::U32(3));
        instruments.set(Id::ListenerMaxBacklog, Value::U32(4096));
        let listener = ListenerReading {
            tuple: ListenerTuple {
                id: 2,
                local: ("0.0.0.0".parse().expect("an address"), 80),
            },
            origin: Origin {
                netns: 4_026_531_840,
                ..Origin::default()
            },
            time: Time { sec: 1, usec: 2 },
            instruments,
        };
        assert_eq!(
            header(),
            "ID       LocalAddr            LocalPort Conns    Backlog  MaxBacklog Accepted\n\
             -------- -------------------- --------- -------- -------- ---------- ----------\n\
             \n"
        );
        assert_eq!(
            rows(std::slice::from_ref(&listener)),
            "2        0.0.0.0              80        3        -        4096       -\n"
        );
        assert_eq!(
            details(&[listener]),
            "ID       LocalAddr            LocalPort Conns    Backlog  MaxBacklog Accepted\n\
             -------- -------------------- --------- -------- -------- ---------- ----------\n\
             \n\
             2        0.0.0.0              80        3        -        4096       -\n\
             \n\
             NetNs      Cgroup   UID      PID      Adopted Closed Comm\n\
             4026531840 -        -        -        no      no     -\n\
             \n\
             ListenerCurConns                            3 connections\n\
             ListenerMaxBacklog                       4096 connections\n\
             \n\
             \n"
        );
    }
}
