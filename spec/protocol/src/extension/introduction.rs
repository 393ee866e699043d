//! What a client says about itself.

use estats_spec::{
    WireType,
    endpoint::Profile,
    wire::extension::{cmd, variable_member},
};
use netlink_packet_core::{DecodeError, DefaultNla, Nla, NlaBuffer, Parseable};

use crate::{attribute::EstatsAttr, message::EstatsMessage, nest};

impl EstatsMessage {
    /// Says what the client speaks, and which netlink port it has.
    #[must_use]
    pub fn introduce(profile: Option<&Profile>, port: Option<u32>) -> Self {
        let mut attributes = Vec::new();
        if let Some(profile) = profile {
            let known = profile.set.iter();
            attributes.push(EstatsAttr::Wire(profile.generation.name.to_owned()));
            attributes.push(EstatsAttr::Variables(
                known
                    .map(|variable| KnownAttr::Variable {
                        stored: variable.wire,
                        name: variable.name.to_owned(),
                    })
                    .collect(),
            ));
        }
        attributes.extend(port.map(EstatsAttr::Port));
        Self {
            command: cmd::INTRODUCE,
            attributes,
        }
    }

    /// Name of the generation of the protocol that the client speaks.
    #[must_use]
    pub fn wire(&self) -> Option<&str> {
        self.last(|attribute| match attribute {
            EstatsAttr::Wire(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The variables that the client knows, in the order of its flat table.
    #[must_use]
    pub fn variables(&self) -> Option<&[KnownAttr]> {
        self.last(|attribute| match attribute {
            EstatsAttr::Variables(members) => Some(members.as_slice()),
            _ => None,
        })
    }

    /// The netlink port that the client has.
    #[must_use]
    pub fn port(&self) -> Option<u32> {
        self.last(|attribute| match attribute {
            EstatsAttr::Port(port) => Some(*port),
            _ => None,
        })
    }
}

/// A member of the VARIABLES nest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownAttr {
    /// A variable.
    Variable {
        /// How the client stores its values.
        stored: WireType,
        /// Its name.
        name: String,
    },
    /// Anything else, kept as it came.
    Other(DefaultNla),
}

impl Nla for KnownAttr {
    fn value_len(&self) -> usize {
        match self {
            Self::Variable { name, .. } => name.len() + 1,
            Self::Other(other) => other.value_len(),
        }
    }

    fn kind(&self) -> u16 {
        match self {
            Self::Variable { stored, .. } => match stored {
                WireType::U64 => variable_member::UNSIGNED64,
                WireType::U32 => variable_member::UNSIGNED32,
                WireType::S32 => variable_member::SIGNED32,
                WireType::U16 => variable_member::UNSIGNED16,
                WireType::U8 => variable_member::UNSIGNED8,
            },
            Self::Other(other) => other.kind(),
        }
    }

    fn emit_value(&self, buffer: &mut [u8]) {
        match self {
            Self::Variable { name, .. } => nest::emit_text(name, buffer),
            Self::Other(other) => other.emit_value(buffer),
        }
    }
}

impl<'a, T: AsRef<[u8]> + ?Sized> Parseable<NlaBuffer<&'a T>> for KnownAttr {
    fn parse(buffer: &NlaBuffer<&'a T>) -> Result<Self, DecodeError> {
        let stored = match buffer.kind() {
            variable_member::UNSIGNED64 => WireType::U64,
            variable_member::UNSIGNED32 => WireType::U32,
            variable_member::SIGNED32 => WireType::S32,
            variable_member::UNSIGNED16 => WireType::U16,
            variable_member::UNSIGNED8 => WireType::U8,
            _ => return Ok(Self::Other(nest::other(buffer))),
        };
        Ok(Self::Variable {
            stored,
            name: nest::text(buffer.value())?,
        })
    }
}
