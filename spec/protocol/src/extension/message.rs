//! The messages of the extension.

use estats_spec::wire::extension::cmd;
use netlink_packet_core::DecodeError;

use super::{Events, Instruments, ListenerAttr, ListenerReading, Origin, Scalar, Scalars};
use crate::{
    attribute::EstatsAttr,
    message::{EstatsMessage, connection},
    table::TableAttr,
    time::Time,
    tuple::Tuple,
};

/// What a client asks. `buffer` is the longest datagram that it takes, if that is more than the old clients took.
impl EstatsMessage {
    /// Asks for one page of the connections from id `from` on, with their origin.
    #[must_use]
    pub fn details(from: u32, buffer: Option<u32>) -> Self {
        asking(cmd::LIST_DETAILS, [connection(from)], buffer)
    }

    /// The request, of a client that takes longer datagrams than the old ones did, of so many octets.
    #[must_use]
    pub fn taking(mut self, buffer: u32) -> Self {
        self.attributes.push(EstatsAttr::Buffer(buffer));
        self
    }

    /// The request, for connections only that were active since the moment `since`.
    #[must_use]
    pub fn active_since(mut self, since: u64) -> Self {
        self.attributes.insert(0, EstatsAttr::token(since));
        self
    }

    /// Asks for everything that is measured of one connection.
    #[must_use]
    pub fn read_row(cid: u32) -> Self {
        asking(cmd::READ_ROW, [connection(cid)], None)
    }

    /// Asks for everything that is measured of one page of the connections from id `from` on.
    #[must_use]
    pub fn read_rows(from: u32, buffer: Option<u32>) -> Self {
        asking(cmd::READ_ROWS, [connection(from)], buffer)
    }

    /// Asks for everything that is measured of all connections from id `from` on, in sheets.
    #[must_use]
    pub fn read_sheets(from: u32, buffer: Option<u32>) -> Self {
        asking(cmd::READ_SHEETS, [connection(from)], buffer)
    }

    /// Asks for one page of the listening sockets from id `from` on.
    #[must_use]
    pub fn list_listeners(from: u32, buffer: Option<u32>) -> Self {
        let first = EstatsAttr::Listener(vec![ListenerAttr::Id(from)]);
        asking(cmd::LIST_LISTENERS, [first], buffer)
    }

    /// Asks for the scalars.
    #[must_use]
    pub fn read_scalars() -> Self {
        asking(cmd::READ_SCALARS, [], None)
    }

    /// Asks to set a scalar.
    #[must_use]
    pub fn write_scalar(scalar: Scalar) -> Self {
        let scalars = EstatsAttr::Scalars(vec![scalar.attribute()]);
        asking(cmd::WRITE_SCALAR, [scalars], None)
    }

    /// Asks for notices of these events, and of no others, from here on.
    #[must_use]
    pub fn subscribe(events: Events, buffer: Option<u32>) -> Self {
        asking(cmd::SUBSCRIBE, [EstatsAttr::Events(events.bits())], buffer)
    }
}

fn asking<const N: usize>(command: u8, attributes: [EstatsAttr; N], buffer: Option<u32>) -> EstatsMessage {
    let buffer = buffer.map(EstatsAttr::Buffer);
    EstatsMessage {
        command,
        attributes: attributes.into_iter().chain(buffer).collect(),
    }
}

/// What a server answers, and tells on its own.
impl EstatsMessage {
    /// A connection and its origin, in answer to `LIST_DETAILS`.
    #[must_use]
    pub fn detailed(tuple: &Tuple, origin: &Origin) -> Self {
        Self {
            command: cmd::LIST_DETAILS,
            attributes: vec![
                EstatsAttr::Tuple(tuple.attributes()),
                EstatsAttr::Origin(origin.attributes()),
            ],
        }
    }

    /// Everything that is measured of a connection, in answer to `command`.
    #[must_use]
    pub fn row(command: u8, time: Time, tuple: &Tuple, origin: &Origin, instruments: &Instruments) -> Self {
        Self {
            command,
            attributes: vec![
                EstatsAttr::Time(time.attributes()),
                EstatsAttr::Tuple(tuple.attributes()),
                EstatsAttr::Origin(origin.attributes()),
                EstatsAttr::Row(instruments.attributes()),
            ],
        }
    }

    /// A listening socket, in answer to `LIST_LISTENERS`.
    #[must_use]
    pub fn listed_listener(reading: &ListenerReading) -> Self {
        Self {
            command: cmd::LIST_LISTENERS,
            attributes: vec![
                EstatsAttr::Time(reading.time.attributes()),
                EstatsAttr::Listener(reading.tuple.attributes()),
                EstatsAttr::Origin(reading.origin.attributes()),
                EstatsAttr::Row(reading.instruments.attributes()),
            ],
        }
    }

    /// The scalars.
    #[must_use]
    pub fn scalars_are(scalars: &Scalars) -> Self {
        Self {
            command: cmd::READ_SCALARS,
            attributes: vec![EstatsAttr::Scalars(scalars.attributes())],
        }
    }

    /// The notice of an established connection.
    #[must_use]
    pub fn established(tuple: &Tuple, origin: &Origin) -> Self {
        Self {
            command: cmd::ESTABLISHED,
            ..Self::detailed(tuple, origin)
        }
    }

    /// The notice of a closed connection.
    #[must_use]
    pub fn closed(time: Time, tuple: &Tuple, origin: &Origin, instruments: &Instruments) -> Self {
        Self::row(cmd::CLOSED, time, tuple, origin, instruments)
    }

    /// The notice, if it is one, with the number of those before it that were lost.
    #[must_use]
    pub fn after_missing(mut self, missed: u64) -> Self {
        if missed != 0 {
            self.attributes.push(EstatsAttr::Missed(missed));
        }
        self
    }
}

/// What the other side said. Of an attribute that occurs twice the later one counts, as in the kernel.
impl EstatsMessage {
    /// Members of the LISTENER nest.
    #[must_use]
    pub fn listener(&self) -> Option<&[ListenerAttr]> {
        self.last(|attribute| match attribute {
            EstatsAttr::Listener(members) => Some(members.as_slice()),
            _ => None,
        })
    }

    /// The id in the LISTENER nest.
    #[must_use]
    pub fn listener_id(&self) -> Option<u32> {
        self.listener()?.iter().rev().find_map(|member| match member {
            ListenerAttr::Id(id) => Some(*id),
            _ => None,
        })
    }

    /// Members of the SCALARS nest.
    #[must_use]
    pub fn scalars(&self) -> Option<&[TableAttr]> {
        self.last(|attribute| match attribute {
            EstatsAttr::Scalars(members) => Some(members.as_slice()),
            _ => None,
        })
    }

    /// The bits of the events asked for.
    #[must_use]
    pub fn events(&self) -> Option<u32> {
        self.last(|attribute| match attribute {
            EstatsAttr::Events(bits) => Some(*bits),
            _ => None,
        })
    }

    /// The longest datagram that the client takes, in octets, as it says.
    #[must_use]
    pub fn buffer(&self) -> Option<u32> {
        self.last(|attribute| match attribute {
            EstatsAttr::Buffer(octets) => Some(*octets),
            _ => None,
        })
    }

    /// Notices that were lost before this one.
    #[must_use]
    pub fn missed(&self) -> Option<u64> {
        self.last(|attribute| match attribute {
            EstatsAttr::Missed(count) => Some(*count),
            _ => None,
        })
    }

    pub(super) fn connection(&self) -> Result<Tuple, DecodeError> {
        let members = self.tuple().ok_or_else(|| missing("4-tuple"))?;
        Tuple::from_attributes(members)
    }

    pub(super) fn origin(&self) -> Result<Origin, DecodeError> {
        let members = self.last(|attribute| match attribute {
            EstatsAttr::Origin(members) => Some(members.as_slice()),
            _ => None,
        });
        Origin::from_attributes(members.ok_or_else(|| missing("origin"))?)
    }

    /// What rows of connections and of listening sockets have in common.
    pub(super) fn contents(&self) -> Result<(Time, Origin, Instruments), DecodeError> {
        let members = self.last(|attribute| match attribute {
            EstatsAttr::Row(members) => Some(members.as_slice()),
            _ => None,
        });
        let time = self.time().ok_or_else(|| missing("time"))?;
        let instruments = Instruments::from_attributes(members.ok_or_else(|| missing("row"))?)?;
        Ok((time, self.origin()?, instruments))
    }
}

fn missing(what: &str) -> DecodeError {
    format!("the {what} is missing").into()
}
