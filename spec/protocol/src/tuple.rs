//! Which connection: its id and its two ends.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

use estats_spec::wire::{ADDR_TYPE_IPV4, ADDR_TYPE_IPV6};
use netlink_packet_core::{
    DecodeError, DefaultNla, Nla, NlaBuffer, Parseable, emit_u16, emit_u32, parse_u16, parse_u32,
};

use crate::{nest, w3p};

/// An address as a member of a nest carries it: network order, zero padded.
pub type WireAddress = [u8; w3p::ADDR_LEN];

/// A connection: its id and the addresses and ports of its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tuple {
    /// Connection id, from 1 upwards.
    pub cid: u32,
    /// Address and port of this host.
    pub local: (IpAddr, u16),
    /// Address and port of the peer.
    pub remote: (IpAddr, u16),
}

impl Tuple {
    /// A connection whose addresses are both IPv4 or both IPv6.
    ///
    /// An IPv4 connection of an IPv6 socket has v4-mapped addresses. It comes out as IPv4: that is how it always was listed,
    /// and programs convert the names of their own sockets in the same way before they compare.
    #[must_use]
    pub fn new(cid: u32, local: (IpAddr, u16), remote: (IpAddr, u16)) -> Self {
        Self {
            cid,
            local: (local.0.to_canonical(), local.1),
            remote: (remote.0.to_canonical(), remote.1),
        }
    }

    /// All members of the 4TUPLE nest.
    ///
    /// A reply always has every one: legacy parsers read a missing one from uninitialised memory, and copy 16 bytes of address
    /// whatever length it has.
    #[must_use]
    pub fn attributes(&self) -> Vec<TupleAttr> {
        let (kind, local, remote) = self.ends();
        vec![
            TupleAttr::RemoteAddress(remote),
            TupleAttr::RemotePort(self.remote.1),
            TupleAttr::LocalAddress(local),
            TupleAttr::LocalPort(self.local.1),
            TupleAttr::AddressType(kind),
            TupleAttr::Cid(self.cid),
        ]
    }

    /// The address type, and the local and the remote address of that type.
    pub(crate) fn ends(&self) -> (u8, WireAddress, WireAddress) {
        let (local, remote) = (self.local.0.to_canonical(), self.remote.0.to_canonical());
        if local.is_ipv4() && remote.is_ipv4() {
            (ADDR_TYPE_IPV4, padded(local), padded(remote))
        } else {
            (ADDR_TYPE_IPV6, mapped(local), mapped(remote))
        }
    }

    /// The connection in a 4TUPLE nest.
    ///
    /// # Errors
    ///
    /// A member is missing, or the address type is neither IPv4 nor IPv6.
    pub fn from_attributes(attributes: &[TupleAttr]) -> Result<Self, DecodeError> {
        let (mut remote, mut remote_port, mut local, mut local_port) = (None, None, None, None);
        let (mut kind, mut cid) = (None, None);
        for attribute in attributes {
            match attribute {
                TupleAttr::RemoteAddress(address) => remote = Some(*address),
                TupleAttr::RemotePort(port) => remote_port = Some(*port),
                TupleAttr::LocalAddress(address) => local = Some(*address),
                TupleAttr::LocalPort(port) => local_port = Some(*port),
                TupleAttr::AddressType(value) => kind = Some(*value),
                TupleAttr::Cid(value) => cid = Some(*value),
                TupleAttr::Other(_) => {}
            }
        }
        let (Some(remote), Some(remote_port), Some(local), Some(local_port), Some(kind), Some(cid)) =
            (remote, remote_port, local, local_port, kind, cid)
        else {
            return Err(DecodeError::from("a member of the 4-tuple is missing"));
        };
        Ok(Self::new(
            cid,
            (address(kind, local)?, local_port),
            (address(kind, remote)?, remote_port),
        ))
    }
}

impl fmt::Display for Tuple {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (local, remote) = (SocketAddr::from(self.local), SocketAddr::from(self.remote));
        write!(formatter, "connection {} ({local} to {remote})", self.cid)
    }
}

/// The address in the form of an IPv4 member: 4 bytes, and zeros, which a client hashes along with them.
fn padded(address: IpAddr) -> WireAddress {
    let mut bytes = [0; w3p::ADDR_LEN];
    match address {
        IpAddr::V4(v4) => bytes[..4].copy_from_slice(&v4.octets()),
        IpAddr::V6(v6) => bytes = v6.octets(),
    }
    bytes
}

/// The address in the form of an IPv6 member.
fn mapped(address: IpAddr) -> WireAddress {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

/// An address and its type in the form of the members of a nest; a v4-mapped one is IPv4.
pub(crate) fn on_the_wire(address: IpAddr) -> (u8, WireAddress) {
    let address = address.to_canonical();
    let kind = if address.is_ipv4() {
        ADDR_TYPE_IPV4
    } else {
        ADDR_TYPE_IPV6
    };
    (kind, padded(address))
}

pub(crate) fn parse_address(value: &[u8]) -> Result<WireAddress, DecodeError> {
    WireAddress::try_from(value).map_err(|_| DecodeError::invalid_number(w3p::ADDR_LEN, value.len()))
}

pub(crate) fn parse_address_type(value: &[u8]) -> Result<u8, DecodeError> {
    match value {
        [kind] => Ok(*kind),
        _ => Err(DecodeError::invalid_number(1, value.len())),
    }
}

/// The address that members of a nest say.
pub(crate) fn address(kind: u8, bytes: WireAddress) -> Result<IpAddr, DecodeError> {
    match kind {
        ADDR_TYPE_IPV4 => Ok(IpAddr::from([bytes[0], bytes[1], bytes[2], bytes[3]])),
        ADDR_TYPE_IPV6 => Ok(Ipv6Addr::from(bytes).into()),
        _ => Err(DecodeError::from(format!(
            "address type {kind} is neither IPv4 nor IPv6"
        ))),
    }
}

/// A member of the 4TUPLE nest. Requests carry the id only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TupleAttr {
    /// Peer's address, network order, zero padded.
    RemoteAddress(WireAddress),
    /// Peer's port.
    RemotePort(u16),
    /// Own address, network order, zero padded.
    LocalAddress(WireAddress),
    /// Own port.
    LocalPort(u16),
    /// Kind of both addresses: [`ADDR_TYPE_IPV4`] or [`ADDR_TYPE_IPV6`].
    AddressType(u8),
    /// Connection id.
    Cid(u32),
    /// Anything else, kept as it came.
    Other(DefaultNla),
}

impl Nla for TupleAttr {
    fn value_len(&self) -> usize {
        match self {
            Self::RemoteAddress(address) | Self::LocalAddress(address) => address.len(),
            Self::RemotePort(_) | Self::LocalPort(_) => 2,
            Self::AddressType(_) => 1,
            Self::Cid(_) => 4,
            Self::Other(other) => other.value_len(),
        }
    }

    fn kind(&self) -> u16 {
        match self {
            Self::RemoteAddress(_) => w3p::REM_ADDR,
            Self::RemotePort(_) => w3p::REM_PORT,
            Self::LocalAddress(_) => w3p::LOCAL_ADDR,
            Self::LocalPort(_) => w3p::LOCAL_PORT,
            Self::AddressType(_) => w3p::ADDR_TYPE,
            Self::Cid(_) => w3p::CID,
            Self::Other(other) => other.kind(),
        }
    }

    fn emit_value(&self, buffer: &mut [u8]) {
        match self {
            Self::RemoteAddress(address) | Self::LocalAddress(address) => buffer.copy_from_slice(address),
            Self::RemotePort(port) | Self::LocalPort(port) => {
                emit_u16(buffer, *port).expect("the buffer is value_len long");
            }
            Self::AddressType(kind) => buffer.fill(*kind),
            Self::Cid(cid) => emit_u32(buffer, *cid).expect("the buffer is value_len long"),
            Self::Other(other) => other.emit_value(buffer),
        }
    }
}

impl<'a, T: AsRef<[u8]> + ?Sized> Parseable<NlaBuffer<&'a T>> for TupleAttr {
    fn parse(buffer: &NlaBuffer<&'a T>) -> Result<Self, DecodeError> {
        let value = buffer.value();
        Ok(match buffer.kind() {
            w3p::REM_ADDR => Self::RemoteAddress(parse_address(value)?),
            w3p::REM_PORT => Self::RemotePort(parse_u16(value)?),
            w3p::LOCAL_ADDR => Self::LocalAddress(parse_address(value)?),
            w3p::LOCAL_PORT => Self::LocalPort(parse_u16(value)?),
            w3p::ADDR_TYPE => Self::AddressType(parse_address_type(value)?),
            w3p::CID => Self::Cid(parse_u32(value)?),
            _ => Self::Other(nest::other(buffer)),
        })
    }
}
