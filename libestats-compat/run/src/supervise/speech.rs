//! What a process speaks: the generation of the protocol, and the numbering.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;

use estats_spec::endpoint::Profile;

use crate::evidence::Evidence;
use crate::generation::Generation;

use super::target::Target;

/// What is known of programs.
pub(crate) struct Speech {
    /// What the user says of all of them.
    said: Option<Profile>,
    /// What was found out, by device and number of the file.
    found: BTreeMap<(u64, u64), Option<Profile>>,
}

impl Speech {
    /// The user may know better.
    pub(crate) fn new(said: Option<Profile>) -> Self {
        Self {
            said,
            found: BTreeMap::new(),
        }
    }

    /// `None` where the program does not tell. Then the daemon's endpoint does.
    pub(super) fn of(&mut self, target: &Target) -> Option<Profile> {
        if self.said.is_some() {
            return self.said;
        }
        let executable = target.executable();
        let file = fs::metadata(&executable).ok()?;
        *self.found.entry((file.dev(), file.ino())).or_insert_with(|| {
            let evidence = Evidence::collect(executable).ok()?;
            Generation::of(&evidence).map(|generation| Profile::of(generation.library))
        })
    }
}
