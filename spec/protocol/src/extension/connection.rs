//! What a client gets to know of a connection.

use netlink_packet_core::DecodeError;

use super::{Instruments, Origin};
use crate::{message::EstatsMessage, time::Time, tuple::Tuple};

/// A connection and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// Its id and ends.
    pub tuple: Tuple,
    /// Where it comes from.
    pub origin: Origin,
}

/// Everything that is measured of one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// When it was read.
    pub time: Time,
    /// Its id and ends.
    pub tuple: Tuple,
    /// Where it comes from.
    pub origin: Origin,
    /// What was measured.
    pub instruments: Instruments,
}

impl Details {
    /// Decodes one entry of the reply to `LIST_DETAILS`, or the notice of an established connection.
    ///
    /// # Errors
    ///
    /// 4-tuple or origin are missing or incomplete.
    pub fn decode(message: &EstatsMessage) -> Result<Self, DecodeError> {
        Ok(Self {
            tuple: message.connection()?,
            origin: message.origin()?,
        })
    }
}

impl Row {
    /// Decodes the reply to `READ_ROW`, one entry of that to `READ_ROWS`, or the notice of a closed connection.
    ///
    /// # Errors
    ///
    /// Time, 4-tuple, origin or values are missing or incomplete, or a value has not the width of its instrument.
    pub fn decode(message: &EstatsMessage) -> Result<Self, DecodeError> {
        let (time, origin, instruments) = message.contents()?;
        Ok(Self {
            time,
            tuple: message.connection()?,
            origin,
            instruments,
        })
    }
}
