//! One end of a connection, as every layout of the C library has it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use estats_spec::wire::{ADDR_TYPE_IPV4, ADDR_TYPE_IPV6};

/// Address and port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct End {
    /// Network order. Of an IPv4 address the first four count and the others are zero.
    pub address: [u8; 16],
    /// Host order.
    pub port: u16,
    /// [`ADDR_TYPE_IPV4`] or [`ADDR_TYPE_IPV6`], or whatever a program put there.
    pub kind: u8,
}

impl From<(IpAddr, u16)> for End {
    fn from((address, port): (IpAddr, u16)) -> Self {
        match address {
            IpAddr::V4(v4) => {
                let mut address = [0; 16];
                address[..4].copy_from_slice(&v4.octets());
                End {
                    address,
                    port,
                    kind: ADDR_TYPE_IPV4,
                }
            }
            IpAddr::V6(v6) => End {
                address: v6.octets(),
                port,
                kind: ADDR_TYPE_IPV6,
            },
        }
    }
}

impl End {
    /// The address; `None` if its type is neither IPv4 nor IPv6.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        let [a, b, c, d, ..] = self.address;
        match self.kind {
            ADDR_TYPE_IPV4 => Some(Ipv4Addr::new(a, b, c, d).into()),
            ADDR_TYPE_IPV6 => Some(Ipv6Addr::from(self.address).into()),
            _ => None,
        }
    }

    /// The address with its type behind it, as the first generations have it.
    #[must_use]
    pub fn address_and_kind(self) -> [u8; 17] {
        let mut bytes = [self.kind; 17];
        bytes[..16].copy_from_slice(&self.address);
        bytes
    }

    /// The opposite of [`End::address_and_kind`].
    #[must_use]
    pub fn from_address_and_kind(bytes: [u8; 17], port: u16) -> Self {
        let [address @ .., kind] = bytes;
        End { address, port, kind }
    }

    /// The address type of two addresses that do not say it: those that have only zeros behind the first four bytes are IPv4.
    ///
    /// (The original left it at 0, an unknown type, so its own tool could not print what it had recorded.)
    pub(super) fn guess_kind(addresses: [[u8; 16]; 2]) -> u8 {
        if addresses.iter().all(|address| address[4..] == [0; 12]) {
            ADDR_TYPE_IPV4
        } else {
            ADDR_TYPE_IPV6
        }
    }
}
