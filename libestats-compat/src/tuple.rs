//! `struct estats_connection_tuple`: the two ends of a connection.

#[cfg(not(layout = "l0"))]
mod compare;
#[cfg(not(layout = "l0"))]
mod text;

use std::ffi::c_int;

pub(crate) use estats_protocol::record_file::End;

#[cfg(not(layout = "l0"))]
pub use self::compare::*;
#[cfg(not(layout = "l0"))]
pub use self::text::*;

/// Size of an address: 16 bytes, and in the first generations the address type as one more.
#[cfg(any(layout = "l0", layout = "l1"))]
pub const ADDRESS_SIZE: usize = 17;
/// Size of an address.
#[cfg(any(layout = "l2", layout = "l3"))]
pub const ADDRESS_SIZE: usize = 16;

/// `struct estats_connection_tuple`. Addresses in network order, ports in host order.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Tuple {
    /// Address of the other end.
    pub rem_addr: [u8; ADDRESS_SIZE],
    /// Address of this end.
    pub local_addr: [u8; ADDRESS_SIZE],
    /// Port of the other end.
    pub rem_port: u16,
    /// Port of this end.
    pub local_port: u16,
    /// Of both addresses: see [`End::kind`].
    #[cfg(any(layout = "l2", layout = "l3"))]
    pub addr_type: u8,
    /// Connection id; 0 when it is not known.
    pub cid: c_int,
}

#[cfg(any(layout = "l2", layout = "l3"))]
assert_layout!(Tuple, size 44, rem_addr @ 0, local_addr @ 16, rem_port @ 32, local_port @ 34, addr_type @ 36, cid @ 40);
#[cfg(any(layout = "l0", layout = "l1"))]
assert_layout!(Tuple, size 44, rem_addr @ 0, local_addr @ 17, rem_port @ 34, local_port @ 36, cid @ 40);

#[cfg(any(layout = "l2", layout = "l3"))]
impl Tuple {
    /// The tuple of a connection whose ends are of one family.
    pub(crate) fn new(local: End, remote: End, cid: c_int) -> Self {
        Tuple {
            rem_addr: remote.address,
            local_addr: local.address,
            rem_port: remote.port,
            local_port: local.port,
            addr_type: local.kind,
            cid,
        }
    }

    /// This end.
    pub(crate) fn local(&self) -> End {
        End {
            address: self.local_addr,
            port: self.local_port,
            kind: self.addr_type,
        }
    }

    /// The other end.
    pub(crate) fn remote(&self) -> End {
        End {
            address: self.rem_addr,
            port: self.rem_port,
            kind: self.addr_type,
        }
    }
}

#[cfg(any(layout = "l0", layout = "l1"))]
impl Tuple {
    /// The tuple of a connection.
    pub(crate) fn new(local: End, remote: End, cid: c_int) -> Self {
        Tuple {
            rem_addr: remote.address_and_kind(),
            local_addr: local.address_and_kind(),
            rem_port: remote.port,
            local_port: local.port,
            cid,
        }
    }
}

#[cfg(layout = "l1")]
impl Tuple {
    /// This end.
    pub(crate) fn local(&self) -> End {
        End::from_address_and_kind(self.local_addr, self.local_port)
    }

    /// The other end.
    pub(crate) fn remote(&self) -> End {
        End::from_address_and_kind(self.rem_addr, self.rem_port)
    }
}

impl From<&estats_protocol::Tuple> for Tuple {
    fn from(tuple: &estats_protocol::Tuple) -> Self {
        Tuple::new(tuple.local.into(), tuple.remote.into(), tuple.cid.cast_signed())
    }
}
