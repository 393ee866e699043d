//! `docs/proof.md`: which tests show each kind of connection, and to which instruments they hold it.

use estats_spec::Id;
use estats_spec::provenance::{CIRCUMSTANCES, Circumstance};

use super::layout::wrapped;
use super::source::{Items, find, in_reach, speaks_of, with_what_it_uses};

const TITLE: &str = "# Kinds of connections, and what is shown of each

<!-- Made of spec/src and tests/tests by `cargo xtask docs`. A change here is lost: make it there. -->

";

/// The list of rows that are compared all at once, where a script ends.
const ALL_AT_ONCE: &str = "kinds::counters::COUNTERS";

/// The document.
pub(super) fn document() -> String {
    let opening = format!(
        "What proves each instrument right is in [instruments.md](instruments.md). This is the same the other way round: for each kind of \
         connection its tests in `tests/tests`, and after each test those of the {} instruments that it speaks of, as they stand in its \
         source; *no row* where it shows that there is no such connection. \
         Nearly all are scripts: what has to be follows from the segments that the script sends and expects. They run on all kernels \
         of `cargo xtask matrix`.",
        Id::ALL.len()
    );
    let counters = with_what_it_uses("COUNTERS", &in_reach(ALL_AT_ONCE), &Items::new());
    let counters: Vec<_> = spoken_of(&counters).collect();
    let every = format!(
        "*Every counter* means that those below which the script has moved have the value that follows from it, and all others have not moved: \
         {}.",
        names(&counters)
    );
    let mut text = TITLE.to_owned() + &wrapped(&opening, "", "") + "\n" + &wrapped(&every, "", "");
    for circumstance in CIRCUMSTANCES {
        text += &section(circumstance, &counters);
    }
    text
}

fn section(circumstance: &Circumstance, counters: &[Id]) -> String {
    let mut text = format!("\n## {}\n\n", circumstance.name);
    for test in circumstance.tests {
        let held = format!("`{test}`: {}", held_to(test, counters));
        text += &wrapped(&held, "* ", "  ");
    }
    text
}

/// The instruments that a test speaks of.
fn held_to(test: &str, counters: &[Id]) -> String {
    let Some((name, _)) = find(test) else {
        return "no such test".to_owned();
    };
    let source = with_what_it_uses(name, &in_reach(test), &Items::new());
    let all: Vec<_> = spoken_of(&source).collect();
    if all.is_empty() {
        return "no row".to_owned();
    }
    if !source.contains("const COUNTERS") {
        return names(&all);
    }
    let more: Vec<_> = all.into_iter().filter(|id| !counters.contains(id)).collect();
    ["every counter".to_owned(), names(&more)].join(", ")
}

fn spoken_of(text: &str) -> impl Iterator<Item = Id> {
    Id::ALL.into_iter().filter(|id| speaks_of(text, *id))
}

fn names(ids: &[Id]) -> String {
    ids.iter().map(|id| id.name()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::docs::source::tests_of;

    #[test]
    fn each_kind_has_tests_and_they_exist() {
        for circumstance in CIRCUMSTANCES {
            assert!(!circumstance.tests.is_empty(), "nothing shows {}", circumstance.name);
            for test in circumstance.tests {
                assert!(find(test).is_some(), "there is no test {test}");
            }
        }
    }

    #[test]
    fn no_kind_is_named_twice() {
        let names: BTreeSet<_> = CIRCUMSTANCES.iter().map(|circumstance| circumstance.name).collect();
        assert_eq!(names.len(), CIRCUMSTANCES.len());
    }

    /// A test that is added there belongs to a kind.
    #[test]
    fn every_test_of_kinds_shows_one() {
        let shown: BTreeSet<_> = CIRCUMSTANCES
            .iter()
            .flat_map(|circumstance| circumstance.tests)
            .collect();
        let left_out: Vec<_> = tests_of("kinds")
            .into_iter()
            .filter(|test| !shown.contains(&test.as_str()))
            .collect();
        assert!(
            left_out.is_empty(),
            "{left_out:#?} belong into spec/src/provenance/kinds.rs"
        );
    }
}
