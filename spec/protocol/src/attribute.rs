//! The attributes of a message.

use netlink_packet_core::{
    DecodeError, DefaultNla, NLA_F_NESTED, Nla, NlaBuffer, Parseable, emit_u32, emit_u64, parse_u32, parse_u64,
};

use estats_spec::wire::extension::attr;

use crate::{
    extension::{KnownAttr, ListenerAttr, OriginAttr},
    masks::MaskAttr,
    mib::MibAttr,
    nest,
    table::TableAttr,
    time::TimeAttr,
    tuple::TupleAttr,
    w3p,
    write::WriteAttr,
};

/// A top-level attribute of generation W3p, or of the extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EstatsAttr {
    /// Values of one table.
    Values {
        /// The table, 0 = PERF to 5 = EXTRAS.
        table: u16,
        /// Its variables, in ascending order of index; what is not measured is not there.
        values: Vec<TableAttr>,
    },
    /// Which variables a request asks for.
    Mask(Vec<MaskAttr>),
    /// The connection; in requests only its id.
    Tuple(Vec<TupleAttr>),
    /// What to write.
    Write(Vec<WriteAttr>),
    /// When the values were read.
    Time(Vec<TimeAttr>),
    /// Number of tables.
    NumTables(u32),
    /// Number of variables in all tables.
    NumVars(u32),
    /// Description of one table's variables.
    Vars {
        /// The table, 0 = PERF to 5 = EXTRAS.
        table: u16,
        /// Its variables, in order of index.
        variables: Vec<MibAttr>,
    },
    /// Age of the moment a token is wanted for.
    Delta {
        /// The attribute number: library and kernel module differ.
        kind: u16,
        /// Milliseconds before now.
        milliseconds: u32,
    },
    /// A token that stands for a moment.
    Token {
        /// The attribute number: library and kernel module differ.
        kind: u16,
        /// Opaque to clients.
        token: u64,
    },
    /// Values of all instruments of a socket, see [`crate::Instruments`].
    Row(Vec<TableAttr>),
    /// Where a socket comes from.
    Origin(Vec<OriginAttr>),
    /// A listening socket; in requests only its id.
    Listener(Vec<ListenerAttr>),
    /// Scalars, see [`crate::Scalars`].
    Scalars(Vec<TableAttr>),
    /// What a subscriber wants to hear of, bits of [`estats_spec::wire::extension::event`].
    Events(u32),
    /// The longest datagram that a client takes, in octets.
    Buffer(u32),
    /// Notices that a subscriber did not get.
    Missed(u64),
    /// Name of the generation of the protocol that a client speaks.
    Wire(String),
    /// The variables that a client knows, in the order of its flat table.
    Variables(Vec<KnownAttr>),
    /// The netlink port that a client has.
    Port(u32),
    /// What the columns of a sheet are, see [`crate::extension::Sheet`].
    Columns(Vec<u8>),
    /// The rows of a sheet.
    Rows(Vec<u8>),
    /// Anything else, kept as it came.
    Other(DefaultNla),
}

impl EstatsAttr {
    /// A [`EstatsAttr::Delta`] under the number that the library sends.
    #[must_use]
    pub const fn delta(milliseconds: u32) -> Self {
        Self::Delta {
            kind: w3p::LIBRARY_DELTA,
            milliseconds,
        }
    }

    /// A [`EstatsAttr::Token`] under the number that the library sends and reads.
    #[must_use]
    pub const fn token(token: u64) -> Self {
        Self::Token {
            kind: w3p::LIBRARY_TOKEN,
            token,
        }
    }

    /// A [`EstatsAttr::Token`] under the number of the kernel module.
    #[must_use]
    pub const fn module_token(token: u64) -> Self {
        Self::Token {
            kind: w3p::MODULE_TOKEN,
            token,
        }
    }
}

impl EstatsAttr {
    /// Appends the attribute to a message.
    pub(crate) fn append(&self, out: &mut Vec<u8>) {
        nest::append_with(self.kind(), out, |out| match self {
            Self::Values { values: members, .. } | Self::Row(members) | Self::Scalars(members) => {
                nest::append(members, out);
            }
            Self::Tuple(members) => nest::append(members, out),
            Self::Time(members) => nest::append(members, out),
            Self::Origin(members) => nest::append(members, out),
            Self::Listener(members) => nest::append(members, out),
            short_or_rare => nest::append_value(short_or_rare, out),
        });
    }
}

impl Nla for EstatsAttr {
    fn value_len(&self) -> usize {
        match self {
            Self::Values { values, .. } => nest::len(values),
            Self::Mask(members) => nest::len(members),
            Self::Tuple(members) => nest::len(members),
            Self::Write(members) => nest::len(members),
            Self::Time(members) => nest::len(members),
            Self::Vars { variables, .. } => nest::len(variables),
            Self::Row(members) | Self::Scalars(members) => nest::len(members),
            Self::Origin(members) => nest::len(members),
            Self::Listener(members) => nest::len(members),
            Self::Variables(members) => nest::len(members),
            Self::Wire(name) => name.len() + 1,
            Self::Columns(octets) | Self::Rows(octets) => octets.len(),
            Self::NumTables(_)
            | Self::NumVars(_)
            | Self::Delta { .. }
            | Self::Events(_)
            | Self::Buffer(_)
            | Self::Port(_) => 4,
            Self::Token { .. } | Self::Missed(_) => 8,
            Self::Other(other) => other.value_len(),
        }
    }

    fn kind(&self) -> u16 {
        match self {
            Self::Values { table, .. } => (w3p::FIRST_TABLE + table) | NLA_F_NESTED,
            Self::Mask(_) => w3p::MASK | NLA_F_NESTED,
            Self::Tuple(_) => w3p::TUPLE | NLA_F_NESTED,
            Self::Write(_) => w3p::WRITE | NLA_F_NESTED,
            Self::Time(_) => w3p::TIME | NLA_F_NESTED,
            Self::NumTables(_) => w3p::NUM_TABLES,
            Self::NumVars(_) => w3p::NUM_VARS,
            Self::Vars { table, .. } => (w3p::FIRST_VARS + table) | NLA_F_NESTED,
            Self::Delta { kind, .. } | Self::Token { kind, .. } => *kind,
            Self::Row(_) => attr::ROW | NLA_F_NESTED,
            Self::Origin(_) => attr::ORIGIN | NLA_F_NESTED,
            Self::Listener(_) => attr::LISTENER | NLA_F_NESTED,
            Self::Scalars(_) => attr::SCALARS | NLA_F_NESTED,
            Self::Events(_) => attr::EVENTS,
            Self::Buffer(_) => attr::BUFFER,
            Self::Missed(_) => attr::MISSED,
            Self::Wire(_) => attr::WIRE,
            Self::Variables(_) => attr::VARIABLES | NLA_F_NESTED,
            Self::Port(_) => attr::PORT,
            Self::Columns(_) => attr::COLUMNS,
            Self::Rows(_) => attr::ROWS,
            Self::Other(other) => other.kind(),
        }
    }

    fn emit_value(&self, buffer: &mut [u8]) {
        match self {
            Self::Values { values, .. } => nest::emit(values, buffer),
            Self::Mask(members) => nest::emit(members, buffer),
            Self::Tuple(members) => nest::emit(members, buffer),
            Self::Write(members) => nest::emit(members, buffer),
            Self::Time(members) => nest::emit(members, buffer),
            Self::Vars { variables, .. } => nest::emit(variables, buffer),
            Self::Row(members) | Self::Scalars(members) => nest::emit(members, buffer),
            Self::Origin(members) => nest::emit(members, buffer),
            Self::Listener(members) => nest::emit(members, buffer),
            Self::Variables(members) => nest::emit(members, buffer),
            Self::Wire(name) => nest::emit_text(name, buffer),
            Self::Columns(octets) | Self::Rows(octets) => buffer.copy_from_slice(octets),
            Self::NumTables(value)
            | Self::NumVars(value)
            | Self::Events(value)
            | Self::Buffer(value)
            | Self::Port(value)
            | Self::Delta {
                milliseconds: value, ..
            } => emit_u32(buffer, *value).expect("the buffer is value_len long"),
            Self::Token { token: value, .. } | Self::Missed(value) => {
                emit_u64(buffer, *value).expect("the buffer is value_len long");
            }
            Self::Other(other) => other.emit_value(buffer),
        }
    }
}

impl<'a, T: AsRef<[u8]> + ?Sized> Parseable<NlaBuffer<&'a T>> for EstatsAttr {
    fn parse(buffer: &NlaBuffer<&'a T>) -> Result<Self, DecodeError> {
        let value = buffer.value();
        // `kind` is without the flags for nests and byte order, which some clients set and others do not.
        Ok(match (buffer.kind(), value.len()) {
            (kind @ w3p::FIRST_TABLE..=w3p::LAST_TABLE, _) => Self::Values {
                table: kind - w3p::FIRST_TABLE,
                values: nest::parse(value)?,
            },
            (w3p::MASK, _) => Self::Mask(nest::parse(value)?),
            (w3p::TUPLE, _) => Self::Tuple(nest::parse(value)?),
            (w3p::WRITE, _) => Self::Write(nest::parse(value)?),
            (w3p::TIME, _) => Self::Time(nest::parse(value)?),
            (w3p::NUM_TABLES, _) => Self::NumTables(parse_u32(value)?),
            (w3p::NUM_VARS, _) => Self::NumVars(parse_u32(value)?),
            (kind @ w3p::FIRST_VARS..=w3p::LAST_VARS, _) => Self::Vars {
                table: kind - w3p::FIRST_VARS,
                variables: nest::parse(value)?,
            },
            // The same number is the library's delta and the module's token; only the width tells them apart.
            (kind @ (w3p::MODULE_DELTA | w3p::LIBRARY_DELTA), 4) => Self::Delta {
                kind,
                milliseconds: parse_u32(value)?,
            },
            (kind @ (w3p::MODULE_TOKEN | w3p::LIBRARY_TOKEN), 8) => Self::Token {
                kind,
                token: parse_u64(value)?,
            },
            (attr::ROW, _) => Self::Row(nest::parse(value)?),
            (attr::ORIGIN, _) => Self::Origin(nest::parse(value)?),
            (attr::LISTENER, _) => Self::Listener(nest::parse(value)?),
            (attr::SCALARS, _) => Self::Scalars(nest::parse(value)?),
            (attr::EVENTS, _) => Self::Events(parse_u32(value)?),
            (attr::BUFFER, _) => Self::Buffer(parse_u32(value)?),
            (attr::MISSED, _) => Self::Missed(parse_u64(value)?),
            (attr::WIRE, _) => Self::Wire(nest::text(value)?),
            (attr::VARIABLES, _) => Self::Variables(nest::parse(value)?),
            (attr::PORT, _) => Self::Port(parse_u32(value)?),
            (attr::COLUMNS, _) => Self::Columns(value.to_vec()),
            (attr::ROWS, _) => Self::Rows(value.to_vec()),
            _ => Self::Other(nest::other(buffer)),
        })
    }
}
