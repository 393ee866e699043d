//! The numbers of the extension: against what old clients know, against themselves, and against the document.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use estats_spec::Id;
use estats_spec::scalars::{SCALARS, ScalarInfo};
use estats_spec::wire::extension::{
    self, attr, cmd, column, event, listener_member, origin_member, row_instrument, row_member, scalar_member,
    sheet_row, variable_member,
};
use estats_spec::wire::{DATAGRAM_MAX, GENERATIONS};

/// The numbers of every list, under the heading that the document has them.
fn lists() -> [(&'static str, Vec<(&'static str, u32)>); 9] {
    fn wide<T: Copy + Into<u32>>(list: &[(&'static str, T)]) -> Vec<(&'static str, u32)> {
        list.iter().map(|(name, number)| (*name, (*number).into())).collect()
    }
    [
        ("## Commands", wide(cmd::ALL)),
        ("## Attributes", wide(attr::ALL)),
        ("### Members of ORIGIN", wide(origin_member::ALL)),
        ("### Members of LISTENER", wide(listener_member::ALL)),
        ("### Members of SCALARS", wide(scalar_member::ALL)),
        ("### Members of VARIABLES", wide(variable_member::ALL)),
        ("### Bits of EVENTS", wide(event::ALL)),
        ("### A column in COLUMNS", wide(column::ALL)),
        ("### A row in ROWS", wide(sheet_row::ALL)),
    ]
}

#[test]
fn no_old_client_knows_any_of_the_numbers() {
    for generation in GENERATIONS {
        assert!(generation.cmd_max < extension::FIRST, "{}", generation.name);
        assert!(generation.attr_max < extension::FIRST.into(), "{}", generation.name);
    }
    assert!(cmd::ALL.iter().all(|(_, number)| *number >= extension::FIRST));
    assert!(attr::ALL.iter().all(|(_, number)| *number >= extension::FIRST.into()));
}

#[test]
fn no_number_is_given_twice() {
    for (heading, list) in lists() {
        let numbers: BTreeSet<u32> = list.iter().map(|(_, number)| *number).collect();
        assert_eq!(numbers.len(), list.len(), "{heading}");
    }
}

/// Number by number, since clients of other versions go by them.
#[test]
fn the_agreed_numbers() {
    assert_eq!(
        cmd::ALL.iter().map(|(_, number)| *number).collect::<Vec<_>>(),
        (64..=74).collect::<Vec<_>>()
    );
    assert_eq!(
        attr::ALL.iter().map(|(_, number)| *number).collect::<Vec<_>>(),
        (64..=75).collect::<Vec<_>>()
    );
    assert_eq!((event::ESTABLISHED, event::CLOSED), (1, 2));
    assert_eq!(
        (row_member(Id::ListenerStartTime), row_member(Id::ConnectIndex)),
        (1, 16)
    );
    assert_eq!(extension::BUFFER_MAX, 65_536);
    assert!(extension::BUFFER_MAX as usize > DATAGRAM_MAX);
    assert!(
        (1..=32).contains(&extension::MULTICAST_GROUP_ID),
        "a group that has a bit in an address"
    );
}

#[test]
fn every_instrument_has_a_member_of_its_own() {
    for id in Id::ALL {
        assert_eq!(row_instrument(row_member(id)), Some(id));
    }
    let beyond = u16::try_from(Id::ALL.len()).expect("few instruments") + 1;
    for none in [0, beyond, u16::MAX] {
        assert_eq!(row_instrument(none), None);
    }
}

#[test]
fn every_scalar_has_a_member_and_a_name() {
    let members: Vec<u16> = SCALARS.iter().map(|scalar| scalar.member).collect();
    assert_eq!(
        members,
        scalar_member::ALL.iter().map(|(_, number)| *number).collect::<Vec<_>>()
    );
    for scalar in &SCALARS {
        let found = ScalarInfo::from_name(&scalar.name.to_ascii_uppercase()).expect("by its name");
        assert_eq!(found.member, scalar.member);
        let found = ScalarInfo::from_member(scalar.member).expect("by its member");
        assert_eq!(found.name, scalar.name);
    }
    // RFC 4898 has seven; six of them can be written.
    assert_eq!(SCALARS.iter().filter(|scalar| scalar.writable).count(), 6);
    assert!(ScalarInfo::from_name("").is_none() && ScalarInfo::from_member(0).is_none());
}

/// The rows of the table under a heading: the first two columns.
fn documented(document: &str, heading: &str) -> Vec<(String, String)> {
    let (_, section) = document.split_once(&format!("\n{heading}\n")).expect(heading);
    let section = section.split("\n#").next().expect("a section");
    section
        .lines()
        .filter_map(|line| {
            let mut columns = line.strip_prefix("| `")?.split('|').map(str::trim);
            Some((columns.next()?.trim_matches('`').to_owned(), columns.next()?.to_owned()))
        })
        .collect()
}

#[test]
fn the_document_names_every_number_and_no_other() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/extension.md");
    let document = fs::read_to_string(&path).expect("the document is there");
    for (heading, list) in lists() {
        let expected: Vec<(String, String)> = list
            .into_iter()
            .map(|(name, number)| (name.to_owned(), number.to_string()))
            .collect();
        assert_eq!(documented(&document, heading), expected, "{heading}");
    }
    for scalar in &SCALARS {
        assert!(document.contains(&format!("`{}`", scalar.name)), "{}", scalar.name);
    }
}
