//! Where a socket comes from, in columns.

use estats_protocol::Origin;
use std::fmt::Write;

/// Names and widths of the columns. The name of a process comes last, since it is the only one that can hold spaces.
const COLUMNS: [(&str, usize); 7] = [
    ("NetNs", 10),
    ("Cgroup", 8),
    ("UID", 8),
    ("PID", 8),
    ("Adopted", 7),
    ("Closed", 6),
    ("Comm", 15),
];

/// Titles of the columns.
#[must_use]
pub fn titles() -> String {
    row(&COLUMNS.map(|(name, _)| name.to_owned()))
}

/// A line of dashes under the titles.
#[must_use]
pub fn dashes() -> String {
    row(&COLUMNS.map(|(_, width)| "-".repeat(width)))
}

/// An origin in these columns; what is not known is a dash.
#[must_use]
pub fn columns(origin: &Origin) -> String {
    let known = |value: Option<u64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
    let yes = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
    row(&[
        origin.netns.to_string(),
        known(origin.cgroup),
        known(origin.uid.map(u64::from)),
        known(origin.pid.map(u64::from)),
        yes(origin.adopted),
        yes(origin.closed),
        origin.comm.as_deref().map_or_else(|| "-".to_owned(), printable),
    ])
}

/// A name that any process may give itself, without what a terminal would take for a command.
#[must_use]
pub fn printable(name: &str) -> String {
    name.chars()
        .map(|letter| if letter.is_control() { '?' } else { letter })
        .collect()
}

fn row(values: &[String; 7]) -> String {
    let mut line = String::new();
    for (value, (_, width)) in values.iter().zip(COLUMNS) {
        write!(line, "{value:<width$} ").expect("a String takes everything");
    }
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_a_dash() {
        let origin = Origin {
            netns: 4_026_531_840,
            closed: true,
            ..Origin::default()
        };
        assert_eq!(
            columns(&origin),
            "4026531840 -        -        -        no      yes    -"
        );
        let origin = Origin {
            cgroup: Some(1),
            uid: Some(1000),
            pid: Some(4711),
            comm: Some("a\x1b[2J name".to_owned()),
            adopted: true,
            closed: false,
            ..origin
        };
        assert_eq!(
            columns(&origin),
            "4026531840 1        1000     4711     yes     no     a?[2J name"
        );
    }

    #[test]
    fn titles_stand_above_their_columns() {
        assert_eq!(titles(), "NetNs      Cgroup   UID      PID      Adopted Closed Comm");
        assert_eq!(
            dashes(),
            "---------- -------- -------- -------- ------- ------ ---------------"
        );
    }
}
