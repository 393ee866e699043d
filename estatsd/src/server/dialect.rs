//! What a client understands: the form of messages, and which variable is at which index.

use estats_protocol::{EstatsMessage, Masks, datagram, extension::KnownAttr};
use estats_spec::{
    endpoint::Profile,
    sets::{self, VarSet},
    wire::{FAMILY_ID, GENERATIONS, Generation, TABLES, cmd},
};

use super::{caller::Caller, connections::Owner};

/// What one client understands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect {
    pub(super) generation: &'static Generation,
    pub(super) set: &'static VarSet,
    /// Bits of the variables of each table that the client stores in the width that its set says. At any other one it would
    /// stop reading the table.
    readable: [u64; TABLES],
    /// The netlink port that the client says it has.
    pub(super) port: Option<u32>,
}

impl From<Profile> for Dialect {
    fn from(Profile { generation, set }: Profile) -> Self {
        Self {
            generation,
            set,
            readable: [u64::MAX; TABLES],
            port: None,
        }
    }
}

impl Dialect {
    /// What the client understands after `introduction`; `None` if it is none that was ever around.
    pub(super) fn introduced(mut self, introduction: &EstatsMessage) -> Option<Self> {
        match (introduction.wire(), introduction.variables()) {
            (None, None) => {}
            (Some(name), Some(variables)) => {
                self.generation = GENERATIONS.into_iter().find(|generation| generation.name == name)?;
                self.set = sets::ALL.into_iter().find(|set| has_names(set, variables))?;
                self.readable = readable(self.set, variables);
            }
            _ => return None,
        }
        self.port = introduction.port().or(self.port);
        Some(self)
    }

    /// Whether the kernel of this generation had a command.
    pub(super) fn has(&self, command: u8) -> bool {
        // READ_ALL had its number from the beginning, and came with paging.
        command <= self.generation.cmd_max && (command != cmd::READ_ALL || self.generation.paged)
    }

    /// Whether the kernel of this generation let a caller read a connection. Who wants to be treated as one of another generation only
    /// has to say so: this keeps what programs of the time saw, and keeps nothing from anybody.
    pub(super) fn lets_read(&self, caller: &Caller, owner: Owner) -> bool {
        caller.may_write(owner) || (self.generation.group_reads && caller.may_read(owner))
    }

    /// What of `masks` the client can read.
    pub(super) fn within(&self, masks: &Masks) -> Masks {
        let mut within = *masks;
        for (mask, readable) in within.0.iter_mut().zip(self.readable) {
            *mask = match mask {
                None if readable == u64::MAX => None,
                None => Some(readable),
                Some(mask) => Some(*mask & readable),
            };
        }
        within
    }

    /// The datagram of a message for the client.
    pub(super) fn reply(&self, message: EstatsMessage) -> Vec<u8> {
        datagram::reply(FAMILY_ID, message.in_generation(self.generation))
    }
}

/// Whether these are the names of a set, in its order.
fn has_names(set: &VarSet, variables: &[KnownAttr]) -> bool {
    let names = variables.iter().map(|variable| match variable {
        KnownAttr::Variable { name, .. } => Some(name.as_str()),
        KnownAttr::Other(_) => None,
    });
    set.iter().map(|variable| Some(variable.name)).eq(names)
}

/// The bits of those variables of each table that are stored as the set says. A set has less than 64 in each.
fn readable(set: &VarSet, variables: &[KnownAttr]) -> [u64; TABLES] {
    let mut readable = [0; TABLES];
    for (position, known) in variables.iter().enumerate() {
        let Some((table, index)) = set.table_index(position) else {
            break;
        };
        if matches!(known, KnownAttr::Variable { stored, .. } if stored.size() == set.tables[table][index].wire.size())
        {
            readable[table] |= 1 << index;
        }
    }
    readable
}
