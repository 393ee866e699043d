//! The table that `listconns` prints.

use crate::{address, origin};
use estats_protocol::{Details, Tuple};
use std::fmt::{Display, Write};

/// Title line, a line of dashes, an empty line.
///
/// "`LocalPort`" is one character wider than its column; that was always so.
#[must_use]
pub fn header() -> String {
    let mut text = String::new();
    row(&mut text, [&"CID", &"LocalAddr", &"LocalPort", &"RemAddr", &"RemPort"]);
    let dashes = [8, 20, 8, 20, 8].map(|width| "-".repeat(width));
    text += &dashes.join(" ");
    text += "\n\n";
    text
}

/// One line for each connection.
#[must_use]
pub fn rows(connections: &[Tuple]) -> String {
    connections.iter().fold(String::new(), |mut text, tuple| {
        let (local, remote) = (address::text(tuple.local.0), address::text(tuple.remote.0));
        row(
            &mut text,
            [&tuple.cid, &local, &tuple.local.1, &remote, &tuple.remote.1],
        );
        text
    })
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

/// Appends left-aligned columns; what is too long for its column, such as most IPv6 addresses, pushes the rest to the right.
fn row(text: &mut String, [cid, local, local_port, remote, remote_port]: [&dyn Display; 5]) {
    writeln!(
        text,
        "{cid:<8} {local:<20} {local_port:<8} {remote:<20} {remote_port:<8}"
    )
    .expect("a String takes everything");
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
