//! What is not about one socket.

use estats_spec::wire::extension::scalar_member as member;
use netlink_packet_core::DecodeError;

use crate::{table::TableAttr, value::Value};

/// `TruthValue` of SNMP.
const TRUE: u32 = 1;
/// The other one.
const FALSE: u32 = 2;

/// All scalars; [`estats_spec::scalars`] says what they mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "RFC 4898 has five independent switches")]
pub struct Scalars {
    /// The Path table is active.
    pub control_path: bool,
    /// The Stack table is active.
    pub control_stack: bool,
    /// The App table is active.
    pub control_app: bool,
    /// The Tune table is active.
    pub control_tune: bool,
    /// Established and closed connections are announced to the multicast group.
    pub control_notify: bool,
    /// How long a closed connection stays readable, in seconds.
    pub conn_table_latency: u32,
    /// When a listening socket last came or went, in hundredths of a second since the daemon started.
    pub listener_table_last_change: u32,
    /// Openings and closings that the kernel could not report, since the daemon started.
    pub events_lost: u64,
}

impl Scalars {
    /// The members of the SCALARS nest.
    #[must_use]
    pub fn attributes(&self) -> Vec<TableAttr> {
        let writable = [
            Scalar::ControlPath(self.control_path),
            Scalar::ControlStack(self.control_stack),
            Scalar::ControlApp(self.control_app),
            Scalar::ControlTune(self.control_tune),
            Scalar::ControlNotify(self.control_notify),
            Scalar::ConnTableLatency(self.conn_table_latency),
        ];
        let mut attributes: Vec<TableAttr> = writable.iter().map(Scalar::attribute).collect();
        attributes.push(TableAttr::Value {
            index: member::LISTENER_TABLE_LAST_CHANGE,
            value: Value::U32(self.listener_table_last_change),
        });
        attributes.push(TableAttr::Value {
            index: member::EVENTS_LOST,
            value: Value::U64(self.events_lost),
        });
        attributes
    }

    /// The scalars in a SCALARS nest.
    ///
    /// # Errors
    ///
    /// One is missing, or has a width or a value that it cannot have.
    pub fn from_attributes(attributes: &[TableAttr]) -> Result<Self, DecodeError> {
        let number = |number: u16| {
            let value = attributes.iter().rev().find_map(|attribute| match attribute {
                TableAttr::Value { index, value } if *index == number => Some(*value),
                _ => None,
            });
            value.ok_or_else(|| DecodeError::from(format!("scalar {number} is missing")))
        };
        let narrow = |member| match number(member)? {
            Value::U32(value) => Ok(value),
            other => Err(DecodeError::invalid_number(4, other.size())),
        };
        let switch = |member| {
            let value = narrow(member)?;
            truth(value).ok_or_else(|| DecodeError::from(format!("scalar {member} is {value}, neither true nor false")))
        };
        Ok(Self {
            control_path: switch(member::CONTROL_PATH)?,
            control_stack: switch(member::CONTROL_STACK)?,
            control_app: switch(member::CONTROL_APP)?,
            control_tune: switch(member::CONTROL_TUNE)?,
            control_notify: switch(member::CONTROL_NOTIFY)?,
            conn_table_latency: narrow(member::CONN_TABLE_LATENCY)?,
            listener_table_last_change: narrow(member::LISTENER_TABLE_LAST_CHANGE)?,
            events_lost: match number(member::EVENTS_LOST)? {
                Value::U64(value) => value,
                other => return Err(DecodeError::invalid_number(8, other.size())),
            },
        })
    }
}

/// A scalar that can be set, and what to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// Whether the Path table is active.
    ControlPath(bool),
    /// Whether the Stack table is active.
    ControlStack(bool),
    /// Whether the App table is active.
    ControlApp(bool),
    /// Whether the Tune table is active.
    ControlTune(bool),
    /// Whether established and closed connections are announced to the multicast group.
    ControlNotify(bool),
    /// How long a closed connection stays readable, in seconds.
    ConnTableLatency(u32),
}

impl Scalar {
    /// The scalar of that member of the SCALARS nest with the value that the wire carries; `None` if it is not writable, or the
    /// value none that it can have.
    #[must_use]
    pub fn from_member(member: u16, value: u32) -> Option<Self> {
        Some(match member {
            member::CONTROL_PATH => Self::ControlPath(truth(value)?),
            member::CONTROL_STACK => Self::ControlStack(truth(value)?),
            member::CONTROL_APP => Self::ControlApp(truth(value)?),
            member::CONTROL_TUNE => Self::ControlTune(truth(value)?),
            member::CONTROL_NOTIFY => Self::ControlNotify(truth(value)?),
            member::CONN_TABLE_LATENCY => Self::ConnTableLatency(value),
            _ => return None,
        })
    }

    /// Its member of the SCALARS nest.
    #[must_use]
    pub const fn member(&self) -> u16 {
        match self {
            Self::ControlPath(_) => member::CONTROL_PATH,
            Self::ControlStack(_) => member::CONTROL_STACK,
            Self::ControlApp(_) => member::CONTROL_APP,
            Self::ControlTune(_) => member::CONTROL_TUNE,
            Self::ControlNotify(_) => member::CONTROL_NOTIFY,
            Self::ConnTableLatency(_) => member::CONN_TABLE_LATENCY,
        }
    }

    /// Its member of the SCALARS nest, with the value.
    #[must_use]
    pub fn attribute(&self) -> TableAttr {
        let value = match *self {
            Self::ControlPath(on)
            | Self::ControlStack(on)
            | Self::ControlApp(on)
            | Self::ControlTune(on)
            | Self::ControlNotify(on) => {
                if on {
                    TRUE
                } else {
                    FALSE
                }
            }
            Self::ConnTableLatency(seconds) => seconds,
        };
        TableAttr::Value {
            index: self.member(),
            value: Value::U32(value),
        }
    }
}

const fn truth(value: u32) -> Option<bool> {
    match value {
        TRUE => Some(true),
        FALSE => Some(false),
        _ => None,
    }
}
