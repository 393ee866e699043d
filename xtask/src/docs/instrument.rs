//! The entry of one instrument, or of several whose values come about and are proved in the same way.

use estats_spec::provenance::{Exactness, Hook, Source};
use estats_spec::sets::V124B;
use estats_spec::{Feed, Id, Table};

use super::layout::{code, wrapped};

/// Instruments of one table that share source, exactness and proof.
pub(super) struct Family {
    members: Vec<Id>,
}

/// The families of these instruments, in the order of their first members.
pub(super) fn families(ids: impl Iterator<Item = Id>) -> Vec<Family> {
    let mut families: Vec<Family> = Vec::new();
    for id in ids {
        match families.iter_mut().find(|family| same(family.members[0], id)) {
            Some(family) => family.members.push(id),
            None => families.push(Family { members: vec![id] }),
        }
    }
    families
}

fn same(one: Id, other: Id) -> bool {
    let story = |id: Id| (id.source(), id.exactness(), id.proof(), id.info().feed, sent_only(id));
    story(one) == story(other)
}

impl Family {
    pub(super) fn has(&self, id: Id) -> bool {
        self.members.contains(&id)
    }

    /// Where a link leads to, as GitHub and others make it of a heading.
    pub(super) fn anchor(&self) -> String {
        self.members[0].name().to_lowercase()
    }

    /// Heading, meanings, and what there is to know about the values.
    pub(super) fn entry(&self) -> String {
        let mut text = format!("### {}\n\n", self.members[0]);
        match *self.members {
            [id] => text += &wrapped(&meaning(id), "", ""),
            _ => {
                for id in &self.members {
                    text += &wrapped(&format!("{id}: {}", meaning(*id)), "- ", "  ");
                }
            }
        }
        text.push('\n');
        self.add_details(|name, what| {
            text += &wrapped(&format!("**{name}** {what}"), "* ", "  ");
        });
        text
    }

    /// Hands what all members share to `item`, by name.
    fn add_details(&self, mut item: impl FnMut(&str, &str)) {
        let id = self.members[0];
        let source = id.source();
        if let Source::Nothing(reason) = source {
            item("absent", &format!("on all kernels: {reason}"));
        } else {
            item("source:", &shown(source, id.info().feed));
            if let Some(way) = sent_only(id) {
                item("sent", way);
            }
            match id.exactness() {
                Exactness::Exact | Exactness::Absent => item("exact", ""),
                Exactness::Bounded(text) => item("bounded:", &quoted(text)),
                Exactness::Sampled(text) => item("sampled", &quoted(text)),
            }
            let proof = id.proof();
            if !proof.witness.is_empty() {
                item("compared with", &quoted(proof.witness));
            }
            if !proof.moves.is_empty() {
                item("has its value in", &code(proof.moves));
            }
            if !proof.rests.is_empty() {
                item("stays in", &code(proof.rests));
            }
        }
        let shared = self
            .members
            .iter()
            .all(|other| other.unlike_web10g() == id.unlike_web10g());
        for member in if shared { &self.members[..1] } else { &self.members } {
            if let Some(difference) = member.unlike_web10g() {
                let of = if shared { String::new() } else { format!("{member}: ") };
                item("Web10G:", &format!("{of}{difference}"));
            }
        }
    }
}

/// The way to a row that the old protocol has no place for.
fn sent_only(id: Id) -> Option<&'static str> {
    match id.info().table {
        Table::Listener => Some("by the extension only: `LIST_LISTENERS`, `listlisteners`"),
        Table::ConnectId => None,
        _ if V124B.find(id).is_some() => None,
        _ => Some("by the extension only: `READ_ROW`, `readvars --all`"),
    }
}

/// The meaning, and the unit of RFC 4898 where it is not the one of the wire.
fn meaning(id: Id) -> String {
    let info = id.info();
    let meaning = quoted(info.meaning);
    match info.rfc_unit {
        Some(unit) => format!("{meaning} In {}; RFC 4898: {unit}.", info.unit),
        None => meaning,
    }
}

fn shown(source: Source, feed: Feed) -> String {
    match source {
        Source::Fields(fields) => code(fields),
        Source::Hooks(hooks, fields) => {
            let at: Vec<_> = hooks.iter().copied().map(Hook::name).collect();
            let mut parts = vec![code(&at)];
            if !fields.is_empty() {
                parts.push(code(fields));
            } else if hooks.iter().any(|hook| matches!(hook, Hook::Ingress | Hook::Egress)) {
                parts.push("the headers of packets".to_owned());
            }
            parts.push(format!("`{}`", feed.name()));
            parts.join("; ")
        }
        Source::Daemon => "the daemon's own table".to_owned(),
        Source::Nothing(reason) => reason.to_owned(),
    }
}

/// Prose in which names of the kernel are marked as such.
fn quoted(prose: &str) -> String {
    let words = prose.split(' ').map(|word| {
        let name = word.trim_matches(['.', ',', ';', ':', '(', ')']);
        let is_name = name.contains('_') && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if is_name {
            word.replacen(name, &format!("`{name}`"), 1)
        } else {
            word.to_owned()
        }
    });
    words.collect::<Vec<_>>().join(" ")
}
