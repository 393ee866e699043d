//! When values were read.

use std::time::{SystemTime, UNIX_EPOCH};

use estats_spec::wire::time_member::{SEC, USEC};
use netlink_packet_core::{DecodeError, DefaultNla, Nla, NlaBuffer, Parseable, emit_u32, parse_u32};

use crate::nest;

/// The wall clock at the moment of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    /// Seconds since 1970.
    pub sec: u32,
    /// Microseconds within the second.
    pub usec: u32,
}

impl Time {
    /// Both members of the TIME nest. Legacy parsers read a missing one from uninitialised memory.
    #[must_use]
    pub fn attributes(self) -> Vec<TimeAttr> {
        vec![TimeAttr::Seconds(self.sec), TimeAttr::Microseconds(self.usec)]
    }

    /// The time in a TIME nest; `None` if a member is missing.
    #[must_use]
    pub fn from_attributes(attributes: &[TimeAttr]) -> Option<Self> {
        let (mut sec, mut usec) = (None, None);
        for attribute in attributes {
            match attribute {
                TimeAttr::Seconds(value) => sec = Some(*value),
                TimeAttr::Microseconds(value) => usec = Some(*value),
                TimeAttr::Other(_) => {}
            }
        }
        Some(Self { sec: sec?, usec: usec? })
    }
}

impl From<SystemTime> for Time {
    /// Clocks before 1970 become 0; seconds wrap in 2106, as 32 bits of them do.
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, reason = "the wire has 32 bits of seconds")]
        let sec = since.as_secs() as u32;
        Self {
            sec,
            usec: since.subsec_micros(),
        }
    }
}

/// A member of the TIME nest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeAttr {
    /// Seconds since 1970.
    Seconds(u32),
    /// Microseconds within the second.
    Microseconds(u32),
    /// Anything else, kept as it came.
    Other(DefaultNla),
}

impl Nla for TimeAttr {
    fn value_len(&self) -> usize {
        match self {
            Self::Seconds(_) | Self::Microseconds(_) => 4,
            Self::Other(other) => other.value_len(),
        }
    }

    fn kind(&self) -> u16 {
        match self {
            Self::Seconds(_) => SEC,
            Self::Microseconds(_) => USEC,
            Self::Other(other) => other.kind(),
        }
    }

    fn emit_value(&self, buffer: &mut [u8]) {
        match self {
            Self::Seconds(value) | Self::Microseconds(value) => {
                emit_u32(buffer, *value).expect("the buffer is value_len long");
            }
            Self::Other(other) => other.emit_value(buffer),
        }
    }
}

impl<'a, T: AsRef<[u8]> + ?Sized> Parseable<NlaBuffer<&'a T>> for TimeAttr {
    fn parse(buffer: &NlaBuffer<&'a T>) -> Result<Self, DecodeError> {
        Ok(match buffer.kind() {
            SEC => Self::Seconds(parse_u32(buffer.value())?),
            USEC => Self::Microseconds(parse_u32(buffer.value())?),
            _ => Self::Other(nest::other(buffer)),
        })
    }
}
