//! The tests that the document names exist, and speak of the instruments that they are to prove.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use estats_spec::notifications::NOTIFICATIONS;
use estats_spec::provenance::Source;
use estats_spec::scalars::SCALARS;
use estats_spec::{Id, Kind, Table};

use crate::workspace;

/// The test programs of the package `tests`.
fn programs() -> PathBuf {
    workspace::root().join("tests/tests")
}

/// The file of a test that is named `program::module::test`, and the test's own name.
fn place(name: &str) -> Option<(PathBuf, &str)> {
    let (module, test) = name.rsplit_once("::")?;
    let path = programs().join(module.replace("::", "/"));
    let candidates = [path.with_extension("rs"), path.join("main.rs"), path.join("mod.rs")];
    candidates
        .into_iter()
        .find(|path| path.is_file())
        .map(|path| (path, test))
}

/// Items by name: functions, constants, types with what is implemented for them.
type Items = BTreeMap<String, String>;

/// The items of a source file. rustfmt begins and ends each of them at the margin.
fn items(source: &str) -> Items {
    let mut items = Items::new();
    let mut item = String::new();
    for line in source.lines() {
        item += line;
        item.push('\n');
        if line.starts_with(['}', ']', ')']) || (line.ends_with(';') && !line.starts_with(' ')) {
            let begins = |word: &&str| matches!(*word, "fn" | "const" | "static" | "struct" | "enum" | "impl");
            if let Some(name) = item.split_whitespace().skip_while(|word| !begins(word)).nth(1) {
                let name = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                *items.entry(name).or_default() += &item;
            }
            item.clear();
        }
    }
    items
}

/// The items of all files below a directory.
fn items_below(directory: &Path) -> Items {
    let mut all = Items::new();
    for entry in fs::read_dir(directory).expect("a directory of a test program") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.extend(items_below(&path));
        } else {
            all.extend(items(&fs::read_to_string(path).expect("a source file")));
        }
    }
    all
}

/// The text of an item and of all items that it uses, of its own file or else of another one of its program.
fn with_what_it_uses(name: &str, own: &Items, others: &Items) -> String {
    let (mut text, mut seen, mut next) = (String::new(), BTreeSet::new(), vec![name]);
    while let Some(name) = next.pop() {
        let Some(item) = own.get(name).or_else(|| others.get(name)) else {
            continue;
        };
        if seen.insert(name) {
            text += item;
            next.extend(item.split(|c: char| !c.is_alphanumeric() && c != '_'));
        }
    }
    text
}

/// A test, and the items of its file.
fn find(name: &str) -> Option<(&str, Items)> {
    let (file, test) = place(name)?;
    let own = items(&fs::read_to_string(file).expect("a source file"));
    let found = own.get(test).is_some_and(|item| item.contains("#[test]"));
    found.then_some((test, own))
}

/// What is wrong with the test as a proof of the instrument.
fn objection(id: Id, name: &str) -> Option<String> {
    let Some((test, own)) = find(name) else {
        return Some(format!("{id}: there is no test {name}"));
    };
    let program = programs().join(name.split("::").next().unwrap_or_default());
    let others = if program.is_dir() {
        items_below(&program)
    } else {
        Items::new()
    };
    // Ids, and what is absent, are not read by name.
    let named = matches!(id.source(), Source::Fields(_) | Source::Hooks(..));
    (named && !speaks_of(&with_what_it_uses(test, &own, &others), id)).then(|| format!("{name} does not speak of {id}"))
}

fn speaks_of(text: &str, id: Id) -> bool {
    let name = format!("Id::{id}");
    text.match_indices(&name)
        .any(|(at, _)| !text[at + name.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_'))
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

#[test]
fn items_are_found_with_what_they_use() {
    let source = "use a::b;\n\nconst ROWS: [Id; 1] = [Id::SegsIn];\n\n/// Doc.\nfn helper() {\n    ROWS;\n}\n\n#[test]\nfn test() {\n    \
                  helper();\n}\n";
    let items = items(source);
    assert_eq!(items.keys().collect::<Vec<_>>(), ["ROWS", "helper", "test"]);
    assert!(speaks_of(&with_what_it_uses("test", &items, &Items::new()), Id::SegsIn));
    assert!(speaks_of(&with_what_it_uses("test", &Items::new(), &items), Id::SegsIn));
    assert!(!speaks_of("Id::SegsInX", Id::SegsIn));
    assert!(place("scripted::header::ecn::x").is_some_and(|(path, test)| path.is_file() && test == "x"));
    assert!(Path::new(&programs()).is_dir());
}
