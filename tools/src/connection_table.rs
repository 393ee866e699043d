//! The table that `listconns` prints.

use crate::{address, origin};
use estats_protocol::{Details, Tuple};
use std::fmt::{Display, Write};
use std::iter;

const TITLES: [&str; 5] = ["CID", "LocalAddr", "LocalPort", "RemAddr", "RemPort"];
const WIDTHS: [usize; 5] = [8, 20, 8, 20, 8];

/// Octets of a line whose columns are as wide as their titles'.
const LINE: usize = 69;

/// Title line, a line of dashes, an empty line.
///
/// "`LocalPort`" is one character wider than its column; that was always so.
#[must_use]
pub fn header() -> String {
    let mut text = String::new();
    line(&mut text, TITLES.each_ref().map(|title| title as &dyn Display));
    let dashes = WIDTHS.map(|width| "-".repeat(width));
    text += &dashes.join(" ");
    text += "\n\n";
    text
}

/// One line for each connection.
#[must_use]
pub fn rows(connections: &[Tuple]) -> String {
    let mut text = String::new();
    push_rows(&mut text, connections);
    text
}

/// The header, and one line for each connection.
#[must_use]
pub fn table(connections: &[Tuple]) -> String {
    let mut text = header();
    push_rows(&mut text, connections);
    text
}

/// Appends a line for each connection. There may be hundreds of thousands, so nothing is made for them but the text.
fn push_rows(text: &mut String, connections: &[Tuple]) {
    text.reserve(connections.len() * LINE);
    for Tuple { cid, local, remote } in connections {
        let [local_address, remote_address] = [local.0, remote.0].map(address::Text);
        let columns: [&dyn Display; 5] = [cid, &local_address, &local.1, &remote_address, &remote.1];
        line(text, columns);
    }
}

/// Appends left-aligned columns; what is too long for its column, such as most IPv6 addresses, pushes the rest to the right.
fn line(text: &mut String, columns: [&dyn Display; 5]) {
    for (value, width) in columns.into_iter().zip(WIDTHS) {
        let end = text.len() + width;
        // A width in the format would have the value written twice: first elsewhere, to see how long it is.
        write!(text, "{value}").expect("a String takes everything");
        text.extend(iter::repeat_n(' ', end.saturating_sub(text.len()) + 1));
    }
    text.pop();
    text.push('\n');
}

/// The header of a table with the columns of [`origin`] behind the others.
#[must_use]
pub fn header_of_details() -> String {
    let header = header();
    let mut lines = header.lines();
    let mut line = |columns: String| format!("{} {columns}\n", lines.next().unwrap_or_default());
    line(origin::titles()) + &line(origin::dashes()) + "\n"
}

/// One line for each connection, with its origin.
#[must_use]
pub fn details(connections: &[Details]) -> String {
    connections.iter().fold(String::new(), |mut text, connection| {
        let ends = rows(&[connection.tuple]);
        let ends = ends.trim_end_matches('\n');
        writeln!(text, "{ends} {}", origin::columns(&connection.origin)).expect("a String takes everything");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::{details, header, header_of_details, rows};
    use estats_protocol::{Details, Origin, Tuple};

    fn tuple(cid: u32, local: (&str, u16), remote: (&str, u16)) -> Tuple {
        let end = |(address, port): (&str, u16)| (address.parse().expect("an address"), port);
        Tuple::new(cid, end(local), end(remote))
    }

    #[test]
    fn header_to_the_byte() {
        assert_eq!(
            header(),
            "CID      LocalAddr            LocalPort RemAddr              RemPort \n\
             -------- -------------------- -------- -------------------- --------\n\
             \n"
        );
    }

    #[test]
    fn rows_to_the_byte() {
        let connections = [
            tuple(1, ("127.0.0.1", 22), ("10.0.0.2", 40000)),
            tuple(123_456_789, ("192.168.100.200", 65535), ("203.113.100.255", 1)),
        ];
        assert_eq!(
            rows(&connections),
            "1        127.0.0.1            22       10.0.0.2             40000   \n\
             123456789 192.168.100.200      65535    203.113.100.255      1       \n"
        );
    }

    #[test]
    fn a_long_address_overflows_its_column() {
        let connections = [tuple(
            2,
            ("2001:db8:1111:2222:3333:4444:5555:6666", 443),
            ("2001:db8::1", 51234),
        )];
        assert_eq!(
            rows(&connections),
            "2        2001:db8:1111:2222:3333:4444:5555:6666 443      2001:db8::1          51234   \n"
        );
    }

    #[test]
    fn details_to_the_byte() {
        assert_eq!(
            header_of_details(),
            "CID      LocalAddr            LocalPort RemAddr              RemPort  NetNs      Cgroup   UID      PID      Adopted Closed Comm\n\
             -------- -------------------- -------- -------------------- -------- ---------- -------- -------- -------- ------- ------ ---------------\n\
             \n"
        );
        let connection = Details {
            tuple: tuple(1, ("127.0.0.1", 22), ("10.0.0.2", 40000)),
            origin: Origin {
                netns: 4_026_531_840,
                uid: Some(0),
                ..Origin::default()
            },
        };
        assert_eq!(
            details(&[connection]),
            "1        127.0.0.1            22       10.0.0.2             40000    4026531840 -        0        -        no      no     -\n"
        );
    }

    #[test]
    fn no_connections_no_rows() {
        assert_eq!(rows(&[]), "");
    }
}
