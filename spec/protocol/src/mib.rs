//! What INIT answers: the names and kernel types of the variables.

use estats_spec::{
    sets::{Var, VarSet},
    wire::{
        cmd,
        var_member::{NAME, TYPE},
    },
};
use netlink_packet_core::{DecodeError, DefaultNla, NLA_F_NESTED, Nla, NlaBuffer, Parseable, emit_u32, parse_u32};

use crate::{attribute::EstatsAttr, message::EstatsMessage, nest, w3p};

impl EstatsMessage {
    /// The description of the variables of `set`, in answer to INIT.
    ///
    /// All six nests are always there, and the number of variables is the number of entries: a client sizes an array by it.
    ///
    /// # Panics
    ///
    /// Never: no set has 2^32 variables.
    #[must_use]
    pub fn mib(set: &VarSet) -> Self {
        let count = |number: usize| u32::try_from(number).expect("a set has some hundred variables");
        let mut attributes = vec![
            EstatsAttr::NumTables(count(set.tables.len())),
            EstatsAttr::NumVars(count(set.len())),
        ];
        attributes.extend((0..).zip(set.tables).map(|(table, variables)| EstatsAttr::Vars {
            table,
            variables: variables.iter().map(MibAttr::describe).collect(),
        }));
        Self {
            command: cmd::INIT,
            attributes,
        }
    }
}

/// An entry in the nest of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MibAttr {
    /// One variable. Its place in the nest is its index in the table.
    Variable(Vec<VariableAttr>),
    /// Anything else, kept as it came.
    Other(DefaultNla),
}

impl MibAttr {
    fn describe(variable: &Var) -> Self {
        Self::Variable(vec![
            VariableAttr::Name(variable.name.to_owned()),
            VariableAttr::Type(variable.id.info().kernel as u32),
        ])
    }
}

impl Nla for MibAttr {
    fn value_len(&self) -> usize {
        match self {
            Self::Variable(members) => nest::len(members),
            Self::Other(other) => other.value_len(),
        }
    }

    fn kind(&self) -> u16 {
        match self {
            Self::Variable(_) => w3p::VAR | NLA_F_NESTED,
            Self::Other(other) => other.kind(),
        }
    }

    fn emit_value(&self, buffer: &mut [u8]) {
        match self {
            Self::Variable(members) => nest::emit(members, buffer),
            Self::Other(other) => other.emit_value(buffer),
        }
    }
}

impl<'a, T: AsRef<[u8]> + ?Sized> Parseable<NlaBuffer<&'a T>> for MibAttr {
    fn parse(buffer: &NlaBuffer<&'a T>) -> Result<Self, DecodeError> {
        Ok(match buffer.kind() {
            w3p::VAR => Self::Variable(nest::parse(buffer.value())?),
            _ => Self::Other(nest::other(buffer)),
        })
    }
}

/// A member of a VAR nest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VariableAttr {
    /// Name of the variable.
    Name(String),
    /// Its type, as the kernel module numbered them; see [`estats_spec::KernelType`].
    Type(u32),
    /// Anything else, kept as it came.
    Other(DefaultNla),
}

impl Nla for VariableAttr {
    fn value_len(&self) -> usize {
        match self {
            Self::Name(name) => name.len() + 1,
            Self::Type(_) => 4,
            Self::Other(other) => other.value_len(),
        }
    }

    fn kind(&self) -> u16 {
        match self {
            Self::Name(_) => NAME,
            Self::Type(_) => TYPE,
            Self::Other(other) => other.kind(),
        }
    }

    fn emit_value(&self, buffer: &mut [u8]) {
        match self {
            Self::Name(name) => nest::emit_text(name, buffer),
            Self::Type(value) => emit_u32(buffer, *value).expect("the buffer is value_len long"),
            Self::Other(other) => other.emit_value(buffer),
        }
    }
}

impl<'a, T: AsRef<[u8]> + ?Sized> Parseable<NlaBuffer<&'a T>> for VariableAttr {
    fn parse(buffer: &NlaBuffer<&'a T>) -> Result<Self, DecodeError> {
        Ok(match buffer.kind() {
            NAME => Self::Name(nest::text(buffer.value())?),
            TYPE => Self::Type(parse_u32(buffer.value())?),
            _ => Self::Other(nest::other(buffer)),
        })
    }
}
