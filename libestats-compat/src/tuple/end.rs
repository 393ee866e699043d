//! One end of a connection, as all layouts have it.

use std::net::IpAddr;

use estats_spec::wire::{ADDR_TYPE_IPV4, ADDR_TYPE_IPV6};

/// Address and port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct End {
    /// Network order. Of an IPv4 address the first four count and the others are zero.
    pub(crate) address: [u8; 16],
    /// Host order.
    pub(crate) port: u16,
    /// [`ADDR_TYPE_IPV4`] or [`ADDR_TYPE_IPV6`], or whatever a program put there.
    pub(crate) kind: u8,
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

#[cfg(any(layout = "l0", layout = "l1"))]
impl End {
    /// The address with its type behind it.
    pub(crate) fn address_and_kind(self) -> [u8; 17] {
        let mut bytes = [self.kind; 17];
        bytes[..16].copy_from_slice(&self.address);
        bytes
    }

    /// The opposite of [`End::address_and_kind`].
    #[cfg(layout = "l1")]
    pub(crate) fn from_address_and_kind(bytes: [u8; 17], port: u16) -> Self {
        let [address @ .., kind] = bytes;
        End { address, port, kind }
    }
}
