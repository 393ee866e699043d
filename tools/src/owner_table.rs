//! The table that `listconninfo` prints.

use crate::{address, origin};
use estats_protocol::{Details, Origin};
use std::fmt::Write;

/// Title line, a line of dashes, an empty line.
///
/// The dashes are one group more than the columns; that was always so.
#[must_use]
pub fn header() -> String {
    let titles = row([
        "CID",
        "cmdline",
        "PID",
        "UID",
        "LocalAddr",
        "LocalPort",
        "RemAddr",
        "RemPort",
    ]);
    let dashes = [8, 12, 8, 8, 8, 20, 8, 20, 8].map(|width| "-".repeat(width));
    format!("{titles}{}\n\n", dashes.join(" "))
}

/// One line for each connection; what is not known is blank.
#[must_use]
pub fn rows(connections: &[Details]) -> String {
    connections.iter().fold(String::new(), |text, connection| {
        let known = |number: Option<u32>| number.map_or_else(String::new, |number| number.to_string());
        let (tuple, origin) = (&connection.tuple, &connection.origin);
        text + &row([
            &tuple.cid.to_string(),
            &name(origin),
            &known(origin.pid),
            &known(origin.uid),
            &address::text(tuple.local.0),
            &tuple.local.1.to_string(),
            &address::text(tuple.remote.0),
            &tuple.remote.1.to_string(),
        ])
    })
}

/// The name of the process up to its first blank, as the classic tool read it: whoever takes the columns apart relies on it.
fn name(origin: &Origin) -> String {
    let name = origin.comm.as_deref().unwrap_or_default();
    origin::printable(name.split_whitespace().next().unwrap_or_default())
}

fn row(columns: [&str; 8]) -> String {
    let mut line = String::new();
    for (column, width) in columns.iter().zip([8, 12, 8, 8, 20, 8, 20, 8]) {
        write!(line, "{column:<width$} ").expect("a String takes everything");
    }
    line.pop();
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use estats_protocol::Tuple;

    #[test]
    fn header_to_the_byte() {
        assert_eq!(
            header(),
            "CID      cmdline      PID      UID      LocalAddr            LocalPort RemAddr              RemPort \n\
             -------- ------------ -------- -------- -------- -------------------- -------- -------------------- --------\n\
             \n"
        );
    }

    #[test]
    fn rows_to_the_byte() {
        let end = |address: &str, port| (address.parse().expect("an address"), port);
        let connection = |cid, origin| Details {
            tuple: Tuple::new(cid, end("127.0.0.1", 22), end("10.0.0.2", 40000)),
            origin,
        };
        let of_a_process = Origin {
            uid: Some(1000),
            pid: Some(4711),
            comm: Some("my server".to_owned()),
            ..Origin::default()
        };
        let of_a_user = Origin {
            uid: Some(0),
            ..Origin::default()
        };
        assert_eq!(
            rows(&[
                connection(1, of_a_process),
                connection(2, of_a_user),
                connection(3, Origin::default())
            ]),
            "1        my           4711     1000     127.0.0.1            22       10.0.0.2             40000   \n\
             2                              0        127.0.0.1            22       10.0.0.2             40000   \n\
             3                                       127.0.0.1            22       10.0.0.2             40000   \n"
        );
    }
}
