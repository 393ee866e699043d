//! The messages of the family: a command and its attributes.

use estats_spec::wire::{FAMILY_NAME, FAMILY_VERSION, TABLES, cmd};
use netlink_packet_core::{DecodeError, Emitable, ParseableParametrized};
use netlink_packet_generic::{GenlFamily, GenlHeader};

use crate::{
    attribute::EstatsAttr,
    masks::Masks,
    nest,
    table::TableAttr,
    time::Time,
    tuple::{Tuple, TupleAttr},
    write::WriteAttr,
};

/// A request or the data of a reply. The command of a reply is that of its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EstatsMessage {
    /// One of [`estats_spec::wire::cmd`] or [`estats_spec::wire::extension::cmd`]; a server meets others too.
    pub command: u8,
    /// The attributes, in their order on the wire.
    pub attributes: Vec<EstatsAttr>,
}

/// What a client asks.
impl EstatsMessage {
    /// Asks for one page of the connections from id `from` on, if given only those active since the moment `since`.
    #[must_use]
    pub fn list(from: u32, since: Option<u64>) -> Self {
        Self {
            command: cmd::LIST_CONNS,
            attributes: page(from, since),
        }
    }

    /// Asks for the values of one page of the connections, like [`Self::list`].
    #[must_use]
    pub fn read_all(from: u32, since: Option<u64>) -> Self {
        Self {
            command: cmd::READ_ALL,
            attributes: page(from, since),
        }
    }

    /// Asks for the values of all connections, without a stop at the end of a page, like [`Self::list`].
    #[must_use]
    pub fn read_everything(since: Option<u64>) -> Self {
        Self {
            command: cmd::READ_ALL,
            attributes: since.map(EstatsAttr::token).into_iter().collect(),
        }
    }

    /// Asks for the variables of one connection that `masks` selects.
    #[must_use]
    pub fn read_vars(cid: u32, masks: &Masks) -> Self {
        Self {
            command: cmd::READ_VARS,
            attributes: vec![connection(cid), EstatsAttr::Mask(masks.attributes())],
        }
    }

    /// Asks to change a variable of one connection; the unit of the value is the variable's.
    #[must_use]
    pub fn write_var(cid: u32, name: &str, value: u32) -> Self {
        Self {
            command: cmd::WRITE_VAR,
            attributes: vec![
                connection(cid),
                EstatsAttr::Write(vec![WriteAttr::Name(name.to_owned()), WriteAttr::Value(value)]),
            ],
        }
    }

    /// Asks for the names and types of the variables.
    #[must_use]
    pub fn init() -> Self {
        Self {
            command: cmd::INIT,
            attributes: Vec::new(),
        }
    }

    /// Asks for the token of the moment `milliseconds` ago.
    #[must_use]
    pub fn timestamp(milliseconds: u32) -> Self {
        Self {
            command: cmd::TIMESTAMP,
            attributes: vec![EstatsAttr::delta(milliseconds)],
        }
    }
}

/// What a server answers.
impl EstatsMessage {
    /// One connection of a list.
    #[must_use]
    pub fn listed(tuple: &Tuple) -> Self {
        Self {
            command: cmd::LIST_CONNS,
            attributes: vec![EstatsAttr::Tuple(tuple.attributes())],
        }
    }

    /// What comes before the values of one connection, in answer to `command`; [`table::append`](crate::table::append) adds those.
    #[must_use]
    pub fn values_of(command: u8, time: Time, tuple: &Tuple) -> Self {
        Self {
            command,
            attributes: vec![
                EstatsAttr::Time(time.attributes()),
                EstatsAttr::Tuple(tuple.attributes()),
            ],
        }
    }

    /// The values of one connection, in answer to `command`.
    ///
    /// Always with time, tuple and all tables, however empty: the original library keeps what it does not find from the
    /// connection it read before.
    #[must_use]
    pub fn values(command: u8, time: Time, tuple: &Tuple, tables: [Vec<TableAttr>; TABLES]) -> Self {
        let mut message = Self::values_of(command, time, tuple);
        message.attributes.extend(
            (0..)
                .zip(tables)
                .map(|(table, values)| EstatsAttr::Values { table, values }),
        );
        message
    }

    /// The token of a moment, under the number that the module gave it and under the one that the library reads.
    #[must_use]
    pub fn moment(token: u64) -> Self {
        Self {
            command: cmd::TIMESTAMP,
            attributes: vec![EstatsAttr::module_token(token), EstatsAttr::token(token)],
        }
    }
}

/// What the other side said. Of an attribute that occurs twice the later one counts, as in the kernel.
impl EstatsMessage {
    /// Members of the 4TUPLE nest.
    #[must_use]
    pub fn tuple(&self) -> Option<&[TupleAttr]> {
        self.last(|attribute| match attribute {
            EstatsAttr::Tuple(members) => Some(members.as_slice()),
            _ => None,
        })
    }

    /// The connection id in the 4TUPLE nest.
    #[must_use]
    pub fn cid(&self) -> Option<u32> {
        self.tuple()?.iter().rev().find_map(|member| match member {
            TupleAttr::Cid(cid) => Some(*cid),
            _ => None,
        })
    }

    /// The variables asked for; all if the message does not say.
    #[must_use]
    pub fn masks(&self) -> Masks {
        self.last(|attribute| match attribute {
            EstatsAttr::Mask(members) => Some(Masks::from_attributes(members)),
            _ => None,
        })
        .unwrap_or(Masks::ALL)
    }

    /// The moment asked for, under whichever number.
    #[must_use]
    pub fn since(&self) -> Option<u64> {
        self.last(|attribute| match attribute {
            EstatsAttr::Token { token, .. } => Some(*token),
            _ => None,
        })
    }

    /// The age asked for in milliseconds, under whichever number.
    #[must_use]
    pub fn age(&self) -> Option<u32> {
        self.last(|attribute| match attribute {
            EstatsAttr::Delta { milliseconds, .. } => Some(*milliseconds),
            _ => None,
        })
    }

    /// Members of the WRITE nest.
    #[must_use]
    pub fn write(&self) -> Option<&[WriteAttr]> {
        self.last(|attribute| match attribute {
            EstatsAttr::Write(members) => Some(members.as_slice()),
            _ => None,
        })
    }

    /// When the values were read.
    #[must_use]
    pub fn time(&self) -> Option<Time> {
        self.last(|attribute| match attribute {
            EstatsAttr::Time(members) => Time::from_attributes(members),
            _ => None,
        })
    }

    pub(crate) fn last<'a, T>(&'a self, pick: impl FnMut(&'a EstatsAttr) -> Option<T>) -> Option<T> {
        self.attributes.iter().rev().find_map(pick)
    }
}

pub(crate) fn connection(cid: u32) -> EstatsAttr {
    EstatsAttr::Tuple(vec![TupleAttr::Cid(cid)])
}

/// The library puts the moment ahead of the connection.
fn page(from: u32, since: Option<u64>) -> Vec<EstatsAttr> {
    since
        .map(EstatsAttr::token)
        .into_iter()
        .chain([connection(from)])
        .collect()
}

impl GenlFamily for EstatsMessage {
    fn family_name() -> &'static str {
        FAMILY_NAME
    }

    fn command(&self) -> u8 {
        self.command
    }

    fn version(&self) -> u8 {
        FAMILY_VERSION
    }
}

impl Emitable for EstatsMessage {
    fn buffer_len(&self) -> usize {
        nest::len(&self.attributes)
    }

    fn emit(&self, buffer: &mut [u8]) {
        nest::emit(&self.attributes, buffer);
    }
}

impl ParseableParametrized<[u8], GenlHeader> for EstatsMessage {
    fn parse_with_param(bytes: &[u8], header: GenlHeader) -> Result<Self, DecodeError> {
        Ok(Self {
            command: header.cmd,
            attributes: nest::parse(bytes)?,
        })
    }
}
