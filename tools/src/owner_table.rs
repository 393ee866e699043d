//! The table that `listconninfo` prints.

use crate::{address, origin};
use estats_protocol::Tuple;
use estats_protocol::owners::{Holder, Owners};
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
pub fn rows(connections: &[Tuple], owners: &Owners) -> String {
    let line = |tuple: &Tuple| {
        let (socket, holder) = owners.of(tuple.local.into(), tuple.remote.into());
        owned_row(tuple, socket.map(|socket| socket.uid), holder)
    };
    connections.iter().map(line).collect()
}

fn owned_row(tuple: &Tuple, uid: Option<u32>, holder: Option<&Holder>) -> String {
    row([
        &tuple.cid.to_string(),
        &holder.map_or_else(String::new, |holder| origin::printable(&holder.name)),
        &holder.map_or_else(String::new, |holder| holder.pid.to_string()),
        &uid.map_or_else(String::new, |uid| uid.to_string()),
        &address::text(tuple.local.0),
        &tuple.local.1.to_string(),
        &address::text(tuple.remote.0),
        &tuple.remote.1.to_string(),
    ])
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
        let tuple = |cid| Tuple::new(cid, end("127.0.0.1", 22), end("10.0.0.2", 40000));
        let holder = Holder {
            pid: 4711,
            name: "server".to_owned(),
        };
        assert_eq!(
            [
                owned_row(&tuple(1), Some(1000), Some(&holder)),
                owned_row(&tuple(2), Some(0), None),
                owned_row(&tuple(3), None, None)
            ]
            .concat(),
            "1        server       4711     1000     127.0.0.1            22       10.0.0.2             40000   \n\
             2                              0        127.0.0.1            22       10.0.0.2             40000   \n\
             3                                       127.0.0.1            22       10.0.0.2             40000   \n"
        );
    }
}
