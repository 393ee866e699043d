//! Which generation a program was compiled for.
//!
//! Sure evidence is the original library, where it is still there: the names in its table of variables, and the functions that it
//! has. Without it there are the size of the program's copy of the table, and the functions that the program calls. Both may
//! fit several; then the newest is taken, because of it most copies are around.

use std::collections::BTreeSet;
use std::fmt;

use estats_spec::libraries::{self, GetMib, Layout, Library};

use crate::evidence::Evidence;
use crate::image::{ENTRY, Image, TABLES};

/// A generation, and how it was found.
#[derive(Debug)]
pub(crate) struct Generation {
    pub(crate) library: &'static Library,
    pub(crate) reason: Reason,
    /// Others that the evidence allows.
    pub(crate) others: Vec<&'static Library>,
}

/// What made the choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The name of the library: there is one of that name.
    Name,
    /// The original library.
    Original,
    /// The size of the copy of the table, and the functions that are called.
    Program,
    /// The user.
    User,
}

impl Generation {
    /// Finds it; `None` if the evidence allows no generation.
    pub(crate) fn of(evidence: &Evidence) -> Option<Self> {
        if let Some(own) = &evidence.own {
            let fitting = libraries::ALL
                .into_iter()
                .filter(|library| is_linked_into(library, own));
            return Self::newest(fitting);
        }
        let soname = evidence.soname.as_deref()?;
        let named: Vec<_> = libraries::ALL
            .into_iter()
            .filter(|library| library.soname == soname)
            .collect();
        if let [library] = named[..] {
            return Some(Self::alone(library, Reason::Name));
        }
        if let Some(original) = &evidence.original
            && let Some(library) = named.iter().find(|library| is_built_as(library, original))
        {
            return Some(Self::alone(library, Reason::Original));
        }
        Self::newest(named.into_iter().filter(|library| fits(library, evidence)))
    }

    /// The first of several.
    fn newest(mut fitting: impl Iterator<Item = &'static Library>) -> Option<Self> {
        let library = fitting.next()?;
        // A generation may have libraries of two names.
        let others = fitting.filter(|other| other.generation != library.generation);
        Some(Self {
            library,
            reason: Reason::Program,
            others: others.collect(),
        })
    }

    /// The one that the user says.
    pub(crate) fn chosen(library: &'static Library) -> Self {
        Self::alone(library, Reason::User)
    }

    fn alone(library: &'static Library, reason: Reason) -> Self {
        Self {
            library,
            reason,
            others: Vec::new(),
        }
    }
}

/// The functions that tell libraries from each other; what else they have, all of them have.
fn telling(library: &Library) -> BTreeSet<&'static str> {
    let mut names = BTreeSet::new();
    if library.layout == Layout::L1 {
        names.insert("estats_connection_tuple_copy");
    }
    if library.layout == Layout::L3 {
        names.insert("estats_get_timestamp");
    }
    if library.get_mib != GetMib::Absent {
        names.insert("estats_get_mib");
    }
    if library.get_mib == GetMib::Returns {
        names.insert("estats_nl_client_get_var_data");
    }
    names
}

/// Functions that came together with one that tells.
fn representative(name: &str) -> &str {
    let with_timestamp = name.starts_with("estats_connection_vars")
        || name.starts_with("estats_list_conns_active")
        || name.starts_with("estats_list_conns_vars");
    if with_timestamp { "estats_get_timestamp" } else { name }
}

/// All names that tell anything.
fn all_telling() -> BTreeSet<&'static str> {
    libraries::ALL.into_iter().flat_map(telling).collect()
}

/// Whether an original is of this generation.
fn is_built_as(library: &Library, original: &Image) -> bool {
    let telling_names = all_telling();
    let has: BTreeSet<&str> = original
        .exports
        .iter()
        .map(String::as_str)
        .filter(|name| telling_names.contains(name))
        .collect();
    has == telling(library) && library.set.iter().map(|var| var.name).eq(original.variables.iter())
}

/// Whether a program can have this one linked into it. It has not all of its functions then.
fn is_linked_into(library: &Library, program: &Image) -> bool {
    let (telling_names, has) = (all_telling(), telling(library));
    let table = if library.layout == Layout::L0 {
        "tcpe_var_array"
    } else {
        "estats_var_array"
    };
    let names_known = program
        .exports
        .iter()
        .map(String::as_str)
        .filter(|name| telling_names.contains(name))
        .all(|name| has.contains(name));
    names_known
        && program.exports.contains(table)
        && library.set.iter().map(|var| var.name).eq(program.variables.iter())
}

/// Whether the program itself could have been compiled for this generation.
fn fits(library: &Library, evidence: &Evidence) -> bool {
    let (telling_names, has) = (all_telling(), telling(library));
    let calls_known = evidence
        .imports
        .iter()
        .map(|name| representative(name))
        .filter(|name| telling_names.contains(name) && !TABLES.contains(name))
        .all(|name| has.contains(name));
    let size = library.set.len() as u64 * ENTRY;
    calls_known && evidence.copy.is_none_or(|copy| copy == size)
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self.reason {
            Reason::Name => "the only one of that name",
            Reason::Original => "the original has its variables and its functions",
            Reason::User => "as you say",
            Reason::Program if self.others.is_empty() => "the only one that fits the program",
            Reason::Program => "the newest that fits the program",
        };
        writeln!(f, "generation  {}: {reason}", self.library.generation)?;
        if !self.others.is_empty() {
            let others: Vec<_> = self.others.iter().map(|library| library.generation).collect();
            writeln!(f, "possible    {} (--generation NAME)", others.join(", "))?;
        }
        Ok(())
    }
}
