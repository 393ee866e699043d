//! The tests that the document names exist, and speak of the instruments that they are to prove.

use std::fs;

use estats_spec::notifications::NOTIFICATIONS;
use estats_spec::provenance::Source;
use estats_spec::scalars::SCALARS;
use estats_spec::{Id, Kind, Table};

use super::source::{find, items_of_program, programs, speaks_of, with_what_it_uses};

/// What is wrong with the test as a proof of the instrument.
fn objection(id: Id, name: &str) -> Option<String> {
    let Some((test, own)) = find(name) else {
        return Some(format!("{id}: there is no test {name}"));
    };
    let others = items_of_program(name);
    // Ids, and what is absent, are not read by name.
    let named = matches!(id.source(), Source::Fields(_) | Source::Hooks(..));
    (named && !speaks_of(&with_what_it_uses(test, &own, &others), id)).then(|| format!("{name} does not speak of {id}"))
}

#[test]
fn every_test_that_is_named_exists_and_speaks_of_its_instrument() {
    let objections: Vec<_> = Id::ALL
        .into_iter()
        .flat_map(|id| {
            let proof = id.proof();
            proof.moves.iter().chain(proof.rests).map(move |name| (id, *name))
        })
        .filter_map(|(id, name)| objection(id, name))
        .collect();
    assert!(objections.is_empty(), "{objections:#?}");
}

#[test]
fn scalars_and_notifications_are_proved_by_tests_that_exist() {
    let scalars = SCALARS.iter().map(|scalar| (scalar.name, scalar.proof));
    let notifications = NOTIFICATIONS
        .iter()
        .map(|notification| (notification.name, notification.proof));
    for (of, proof) in scalars.chain(notifications) {
        assert!(!proof.is_empty(), "nothing proves {of}");
        for name in proof {
            assert!(find(name).is_some(), "{of}: there is no test {name}");
        }
    }
}

/// What is read has something to be compared with. What is accumulated has a test in which it has its value, and one in which it must
/// not move.
#[test]
fn every_instrument_has_a_proof() {
    let unproven: Vec<_> = Id::ALL
        .into_iter()
        .filter(|id| {
            let proof = id.proof();
            match (id.source(), id.info().kind) {
                (Source::Nothing(_), _) => false,
                // It never has another value than 0.
                _ if *id == Id::SndLimTransStartUp => proof.rests.is_empty(),
                (_, Kind::Event) => proof.moves.is_empty() || proof.rests.is_empty(),
                (_, Kind::State | Kind::Derived) => proof.witness.is_empty() && proof.moves.is_empty(),
            }
        })
        .collect();
    assert!(unproven.is_empty(), "{unproven:?}");
}

/// The comparisons under real traffic list the instruments that they make.
#[test]
fn what_is_compared_has_an_oracle() {
    let of = |program: &str| -> String {
        let files = fs::read_dir(programs().join(program)).expect("a directory of a test program");
        files
            .map(|file| fs::read_to_string(file.expect("an entry").path()).expect("a source file"))
            .collect()
    };
    let (state, event, listeners) = (of("state_rows"), of("event_rows"), of("listeners"));
    let without: Vec<_> = Id::ALL
        .into_iter()
        .filter(|id| !id.proof().witness.is_empty())
        .filter(|id| {
            let oracles = match (id.info().table, id.info().kind) {
                (Table::Listener, _) => &listeners,
                (_, Kind::Event) => &event,
                (_, Kind::State | Kind::Derived) => &state,
            };
            !speaks_of(oracles, *id)
        })
        .collect();
    assert!(without.is_empty(), "{without:?}");
}
