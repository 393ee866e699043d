//! Listening sockets.

use std::net::IpAddr;

use estats_spec::wire::extension::listener_member::{ADDR_TYPE, ADDRESS, ID, PORT};
use netlink_packet_core::{
    DecodeError, DefaultNla, Nla, NlaBuffer, Parseable, emit_u16, emit_u32, parse_u16, parse_u32,
};

use super::{Instruments, Origin};
use crate::{
    message::EstatsMessage,
    nest,
    time::Time,
    tuple::{self, WireAddress},
};

/// A listening socket: its id and what it is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ListenerTuple {
    /// Number of the listening socket, from 1 upwards.
    pub id: u32,
    /// Address and port; the unspecified address for every address.
    pub local: (IpAddr, u16),
}

/// What one read of one listening socket brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenerReading {
    /// Which one.
    pub tuple: ListenerTuple,
    /// Where it comes from.
    pub origin: Origin,
    /// When it was read.
    pub time: Time,
    /// What was measured.
    pub instruments: Instruments,
}

impl ListenerTuple {
    /// All members of the LISTENER nest.
    #[must_use]
    pub fn attributes(&self) -> Vec<ListenerAttr> {
        let (kind, address) = tuple::on_the_wire(self.local.0);
        vec![
            ListenerAttr::Id(self.id),
            ListenerAttr::Address(address),
            ListenerAttr::Port(self.local.1),
            ListenerAttr::AddressType(kind),
        ]
    }

    /// The listening socket in a LISTENER nest.
    ///
    /// # Errors
    ///
    /// A member is missing, or the address type is neither IPv4 nor IPv6.
    pub fn from_attributes(attributes: &[ListenerAttr]) -> Result<Self, DecodeError> {
        let (mut id, mut address, mut port, mut kind) = (None, None, None, None);
        for attribute in attributes {
            match attribute {
                ListenerAttr::Id(value) => id = Some(*value),
                ListenerAttr::Address(value) => address = Some(*value),
                ListenerAttr::Port(value) => port = Some(*value),
                ListenerAttr::AddressType(value) => kind = Some(*value),
                ListenerAttr::Other(_) => {}
            }
        }
        let (Some(id), Some(address), Some(port), Some(kind)) = (id, address, port, kind) else {
            return Err(DecodeError::from("a member of the listener is missing"));
        };
        let address = tuple::address(kind, address)?;
        Ok(Self {
            id,
            local: (address, port),
        })
    }
}

impl ListenerReading {
    /// Decodes one entry of the reply to `LIST_LISTENERS`.
    ///
    /// # Errors
    ///
    /// Time, listener, origin or values are missing or incomplete, or a value has not the width of its instrument.
    pub fn decode(message: &EstatsMessage) -> Result<Self, DecodeError> {
        let tuple = message
            .listener()
            .ok_or_else(|| DecodeError::from("the listener is missing"))?;
        let (time, origin, instruments) = message.contents()?;
        Ok(Self {
            tuple: ListenerTuple::from_attributes(tuple)?,
            origin,
            time,
            instruments,
        })
    }
}

/// A member of the LISTENER nest. Requests carry the id only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenerAttr {
    /// Number of the listening socket.
    Id(u32),
    /// What it is bound to, network order, zero padded.
    Address(WireAddress),
    /// Its port.
    Port(u16),
    /// Kind of the address, numbered as in the 4-tuple.
    AddressType(u8),
    /// Anything else, kept as it came.
    Other(DefaultNla),
}

impl Nla for ListenerAttr {
    fn value_len(&self) -> usize {
        match self {
            Self::Id(_) => 4,
            Self::Address(address) => address.len(),
            Self::Port(_) => 2,
            Self::AddressType(_) => 1,
            Self::Other(other) => other.value_len(),
        }
    }

    fn kind(&self) -> u16 {
        match self {
            Self::Id(_) => ID,
            Self::Address(_) => ADDRESS,
            Self::Port(_) => PORT,
            Self::AddressType(_) => ADDR_TYPE,
            Self::Other(other) => other.kind(),
        }
    }

    fn emit_value(&self, buffer: &mut [u8]) {
        match self {
            Self::Id(id) => emit_u32(buffer, *id).expect("the buffer is value_len long"),
            Self::Address(address) => buffer.copy_from_slice(address),
            Self::Port(port) => emit_u16(buffer, *port).expect("the buffer is value_len long"),
            Self::AddressType(kind) => buffer.fill(*kind),
            Self::Other(other) => other.emit_value(buffer),
        }
    }
}

impl<'a, T: AsRef<[u8]> + ?Sized> Parseable<NlaBuffer<&'a T>> for ListenerAttr {
    fn parse(buffer: &NlaBuffer<&'a T>) -> Result<Self, DecodeError> {
        let value = buffer.value();
        Ok(match buffer.kind() {
            ID => Self::Id(parse_u32(value)?),
            ADDRESS => Self::Address(tuple::parse_address(value)?),
            PORT => Self::Port(parse_u16(value)?),
            ADDR_TYPE => Self::AddressType(tuple::parse_address_type(value)?),
            _ => Self::Other(nest::other(buffer)),
        })
    }
}
