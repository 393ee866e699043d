//! `cargo xtask docs`: `docs/instruments.md`, made of `spec/`, and `docs/proof.md`, made of `spec/` and the tests.

mod instrument;
mod kinds;
mod layout;
#[cfg(test)]
mod proofs;
mod scalars;
mod source;

use std::fs;

use anyhow::{Context, Result};
use estats_spec::{Id, Table};

use crate::workspace;
use layout::{table, wrapped};

/// One of the documents.
struct Document {
    /// Its file.
    name: &'static str,
    /// What is in it.
    text: fn() -> String,
}

const DOCUMENTS: [Document; 2] = [
    Document {
        name: "docs/instruments.md",
        text: instruments,
    },
    Document {
        name: "docs/proof.md",
        text: kinds::document,
    },
];

const TITLE: &str = "# Instruments

<!-- Made of spec/src by `cargo xtask docs`. A change here is lost: make it there. -->

";

const HOW_TO_READ: &str = "Each entry says what the instrument means, and then:

* **source**: the kernel fields that are read when a client asks; or the hooks at which the record of the connection is brought up to \
date, the fields that are compared there, and the module in `estatsd-ebpf/src` that does it.
* **sent** by the extension only, where programs written for Web10G do not see it.
* **exact**, or **bounded** by what, or **sampled** when. It holds for connections that were opened while estatsd ran. Of older ones \
state is exact as well; what is accumulated counts from the moment at which estatsd started.
* **compared with** what, under real traffic with loss, marks, pauses and dead paths, by `tests/tests/state_rows` (what is read), \
`tests/tests/event_rows` (what is accumulated) or `tests/tests/listeners`. `tcpi_` is a field of the kernel's `TCP_INFO`, nstat the counters of the network \
namespace, the capture that of the packets at the same end.
* **has its value in** and **stays in**: tests in which the value follows from what the test did, and tests in which it must not move. \
`scripted` is `tests/tests/scripted`: a peer that sends exactly the segments of a script.
* **Web10G**: what the old kernel sent instead, where it was something else.

All of it holds for Linux 6.18 and for the 6.1, 6.12 and 7.3 of Debian, whose kernels `cargo xtask matrix` boots to run the same tests. \
`estatsd instruments` says which instruments the running kernel has.
";

/// Writes the documents.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn write() -> Result<()> {
    for Document { name, text } in DOCUMENTS {
        let path = workspace::root().join(name);
        fs::write(&path, text()).with_context(|| format!("could not write {}", path.display()))?;
    }
    Ok(())
}

fn instruments() -> String {
    let mut text = TITLE.to_owned();
    let rfc = Id::ALL.iter().filter(|id| id.info().column.is_some()).count();
    let opening = format!(
        "All {} instruments: the {rfc} columns of [RFC 4898](https://www.rfc-editor.org/rfc/rfc4898), and {} that only Web10G had. At \
         the end the RFC's [scalars](#scalars) and [notifications](#notifications).",
        Id::ALL.len(),
        Id::ALL.len() - rfc
    );
    text += &wrapped(&opening, "", "");
    text.push('\n');
    text += &contents();
    text.push('\n');
    for paragraph in HOW_TO_READ.lines() {
        text += &wrapped(paragraph, "", if paragraph.starts_with('*') { "  " } else { "" });
    }
    for of in Table::ALL {
        text += &section(of);
    }
    text + &scalars::section() + &scalars::notifications()
}

/// The table of contents, with how many instruments of each table are how exact.
fn contents() -> String {
    const CLASSES: [&str; 4] = ["exact", "bounded", "sampled", "absent"];
    let head = ["table", "about"].into_iter().chain(CLASSES).map(str::to_owned);
    let rows = Table::ALL.into_iter().map(|of| {
        let counts = CLASSES.map(|class| members(of).filter(|id| id.exactness().class() == class).count());
        let counts = counts.map(|count| if count == 0 { "-".to_owned() } else { count.to_string() });
        let name = format!("[{}](#{})", of.name(), of.name().to_lowercase());
        [name, of.subject().to_owned()].into_iter().chain(counts).collect()
    });
    table(head.collect(), rows)
}

/// An overview of a table's instruments, and their entries.
fn section(of: Table) -> String {
    let families = instrument::families(members(of));
    let head = ["instrument", "column", "unit", "value"].map(str::to_owned);
    let rows = members(of).map(|id| {
        let info = id.info();
        let family = families.iter().find(|family| family.has(id));
        let anchor = family.map(instrument::Family::anchor).unwrap_or_default();
        vec![
            format!("[{id}](#{anchor})"),
            info.column.map_or_else(|| "-".to_owned(), |column| column.to_string()),
            info.unit.to_string(),
            id.exactness().class().to_owned(),
        ]
    });
    let mut text = format!("\n## {}\n\n{}", of.name(), table(head.to_vec(), rows));
    for family in &families {
        text.push('\n');
        text += &family.entry();
    }
    text
}

fn members(of: Table) -> impl Iterator<Item = Id> {
    Id::ALL.into_iter().filter(move |id| id.info().table == of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_documents_are_those_that_would_be_made() {
        for Document { name, text } in DOCUMENTS {
            let committed = fs::read_to_string(workspace::root().join(name)).unwrap_or_default();
            assert!(committed == text(), "run `cargo xtask docs`, and commit {name}");
        }
    }

    #[test]
    fn no_line_is_longer_than_a_reader_likes() {
        let texts = DOCUMENTS.map(|document| (document.text)());
        let long: Vec<_> = texts
            .iter()
            .flat_map(|text| text.lines())
            .filter(|line| !line.starts_with(['|', '#', '<']) && line.chars().count() > layout::WIDTH)
            .collect();
        assert!(long.is_empty(), "{long:#?}");
    }
}
