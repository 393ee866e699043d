//! What the daemon tells subscribers on its own.

use estats_spec::wire::extension::{cmd, event};
use netlink_packet_core::DecodeError;

use super::{Details, Row};
use crate::message::EstatsMessage;

/// Kinds of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Events {
    /// Connections that are established.
    pub established: bool,
    /// Connections that are closed, with their final values.
    pub closed: bool,
}

impl Events {
    /// None.
    pub const NONE: Self = Self {
        established: false,
        closed: false,
    };

    /// All kinds.
    pub const ALL: Self = Self {
        established: true,
        closed: true,
    };

    /// The bits of the EVENTS attribute.
    #[must_use]
    pub fn bits(self) -> u32 {
        let bit = |wanted, bit| if wanted { bit } else { 0 };
        bit(self.established, event::ESTABLISHED) | bit(self.closed, event::CLOSED)
    }

    /// The kinds that bits of the EVENTS attribute stand for; `None` if there is one among them that stands for nothing.
    #[must_use]
    pub fn from_bits(bits: u32) -> Option<Self> {
        let events = Self {
            established: bits & event::ESTABLISHED != 0,
            closed: bits & event::CLOSED != 0,
        };
        (events.bits() == bits).then_some(events)
    }

    /// The kinds in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            established: self.established || other.established,
            closed: self.closed || other.closed,
        }
    }
}

/// What the daemon tells a subscriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How many notices before this one were lost because the subscriber did not take them fast enough; 0 if it has got all
    /// since the last one.
    pub missed: u64,
    /// What happened.
    pub event: Event,
}

/// What happened to a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It was established.
    Established(Details),
    /// It was closed; with its final values.
    Closed(Row),
}

impl Notice {
    /// Whether a message of this command is a notice, and not part of an answer.
    #[must_use]
    pub fn is_one(command: u8) -> bool {
        matches!(command, cmd::ESTABLISHED | cmd::CLOSED)
    }

    /// Decodes a notice.
    ///
    /// # Errors
    ///
    /// It is none, or something that it has to carry is missing or incomplete.
    pub fn decode(message: &EstatsMessage) -> Result<Self, DecodeError> {
        let event = match message.command {
            cmd::ESTABLISHED => Event::Established(Details::decode(message)?),
            cmd::CLOSED => Event::Closed(Row::decode(message)?),
            other => return Err(format!("command {other} is no notice").into()),
        };
        Ok(Self {
            missed: message.missed().unwrap_or(0),
            event,
        })
    }
}
