//! The list of libraries is complete and without contradictions.

use std::collections::BTreeSet;

use estats_spec::libraries::{self, GetMib, Layout};
use estats_spec::sets;

#[test]
fn every_variable_set_belongs_to_a_library() {
    let served: BTreeSet<_> = libraries::ALL.iter().map(|library| library.set.name).collect();
    assert_eq!(served, sets::ALL.iter().map(|set| set.name).collect());
}

#[test]
fn a_generation_is_named_after_its_layout_and_its_set() {
    for library in libraries::ALL {
        let (layout, set) = library.generation.split_once('-').unwrap();
        // A letter behind the number tells varieties of a layout apart.
        assert_eq!(&layout[..2], library.layout.name(), "{}", library.generation);
        assert_eq!(set, library.set.name.to_lowercase(), "{}", library.generation);
    }
}

#[test]
fn no_two_libraries_share_an_artifact_or_generation_and_name() {
    let artifacts: BTreeSet<_> = libraries::ALL.iter().map(|library| library.artifact).collect();
    let places: BTreeSet<_> = libraries::ALL
        .iter()
        .map(|library| (library.generation, library.soname))
        .collect();
    assert_eq!(
        (artifacts.len(), places.len()),
        (libraries::ALL.len(), libraries::ALL.len())
    );
}

#[test]
fn masks_cover_the_tables_that_a_set_has() {
    for library in libraries::ALL {
        let tables = library.set.tables.iter().filter(|table| !table.is_empty()).count();
        assert!((tables..=6).contains(&library.masked_tables), "{}", library.generation);
    }
}

#[test]
fn all_of_the_last_layout_print_their_variables() {
    for library in libraries::ALL {
        if library.layout == Layout::L3 {
            assert_eq!(library.get_mib, GetMib::Prints, "{}", library.generation);
        }
    }
}
