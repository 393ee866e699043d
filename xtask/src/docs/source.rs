//! The tests of the package `tests`, as they are written: which there are, and what they speak of.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
#[cfg(test)]
use std::path::Path;
use std::path::PathBuf;

use estats_spec::Id;

use crate::workspace;

/// The test programs of the package `tests`.
pub(super) fn programs() -> PathBuf {
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
pub(super) type Items = BTreeMap<String, String>;

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
#[cfg(test)]
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
pub(super) fn with_what_it_uses(name: &str, own: &Items, others: &Items) -> String {
    let (mut text, mut seen, mut next) = (String::new(), BTreeSet::new(), vec![name]);
    while let Some(name) = next.pop() {
        let Some(item) = own.get(name).or_else(|| others.get(name)) else {
            continue;
        };
        if seen.insert(name) {
            for line in item.lines().filter(|line| !line.trim_start().starts_with("//")) {
                text += line;
                text.push('\n');
                next.extend(line.split(|c: char| !c.is_alphanumeric() && c != '_'));
            }
        }
    }
    text
}

/// A test, and the items of its file.
pub(super) fn find(name: &str) -> Option<(&str, Items)> {
    let (file, test) = place(name)?;
    let own = items(&fs::read_to_string(file).expect("a source file"));
    let found = own.get(test).is_some_and(|item| item.contains("#[test]"));
    found.then_some((test, own))
}

/// The items that a test may use: those of its file, and of the modules that the file takes anything from.
pub(super) fn in_reach(test: &str) -> Items {
    let Some((file, _)) = place(test) else {
        return Items::new();
    };
    let source = fs::read_to_string(&file).expect("a source file");
    let program = programs().join(test.split("::").next().unwrap_or_default());
    let mut all = Items::new();
    for line in source.lines().filter_map(|line| line.strip_prefix("use crate::")) {
        let module = program.join(line.split("::").next().unwrap_or_default());
        if let Ok(source) = fs::read_to_string(module.with_extension("rs")) {
            all.extend(items(&source));
        }
    }
    all.extend(items(&source));
    all
}

/// The items of the program of a test.
#[cfg(test)]
pub(super) fn items_of_program(test: &str) -> Items {
    let program = programs().join(test.split("::").next().unwrap_or_default());
    if program.is_dir() {
        items_below(&program)
    } else {
        Items::new()
    }
}

/// The tests of a program whose modules are files of its directory, by name.
#[cfg(test)]
pub(super) fn tests_of(program: &str) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(programs().join(program)).expect("a directory of a test program") {
        let path = entry.expect("an entry").path();
        let module = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let all = items(&fs::read_to_string(&path).expect("a source file"));
        let tests = all.into_iter().filter(|(_, item)| item.contains("#[test]"));
        names.extend(tests.map(|(name, _)| format!("{program}::{module}::{name}")));
    }
    names
}

/// The text names the instrument.
pub(super) fn speaks_of(text: &str, id: Id) -> bool {
    let name = format!("Id::{id}");
    text.match_indices(&name)
        .any(|(at, _)| !text[at + name.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
