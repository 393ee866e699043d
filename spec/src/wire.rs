//! The `tcp_estats` generic netlink protocol: names and numbers.
//!
//! A request is one datagram: `nlmsghdr` (16 bytes), `genlmsghdr` (4 bytes), attributes. The answer is zero or more
//! data messages followed by a datagram of its own holding the acknowledgement (`NLMSG_ERROR` with error 0) or the
//! error. Numbers are in native byte order, ports too; addresses are in network order, padded with zeros.
//!
//! Attribute numbers moved twice between 2012 and 2014, so they belong to a [`Generation`]. What never changed is here
//! as plain constants.

mod ctrl;
pub mod extension;
mod generation;
mod limits;
mod nested;
pub mod routing;

pub use ctrl::*;
pub use generation::*;
pub use limits::*;
pub use nested::*;

/// Name of the generic netlink family.
pub const FAMILY_NAME: &str = "tcp_estats";

/// Version of the family; stands in the `genlmsghdr` of every reply (requests carry 0).
pub const FAMILY_VERSION: u8 = 1;

/// Length of the family's own header behind `genlmsghdr`.
pub const FAMILY_HDRSIZE: u32 = 0;

/// The family id the daemon hands out.
///
/// Clients take any id from 16 on except [`GENL_ID_CTRL`]. This one lies just above the range from which the kernel
/// allocates (`GENL_MAX_ID` is 1023), so a message for the daemon can never be mistaken for one to a real family.
pub const FAMILY_ID: u16 = 1024;

/// Highest attribute number the family announces to GETFAMILY (28 from the modules of Linux 4.7 on, 27 before).
pub const FAMILY_MAXATTR: u32 = 28;

/// Multicast group the module registered; nothing was ever sent to it since generation W1.
pub const MULTICAST_GROUP: &str = "tcp_estats_mc";

/// Commands: the `cmd` byte of `genlmsghdr`, in requests and in the replies to them.
pub mod cmd {
    /// List the connections: cid and 4-tuple of each. All generations; paged by the client in W3p.
    pub const LIST_CONNS: u8 = 0;
    /// Read every variable of every connection. Numbered in all generations, first implemented in W3p.
    pub const READ_ALL: u8 = 1;
    /// Read the variables of one connection. All generations.
    pub const READ_VARS: u8 = 2;
    /// Write one variable of one connection. All generations.
    pub const WRITE_VAR: u8 = 3;
    /// Describe the variables (number, names, kernel types) in wire order. W3 and W3p.
    pub const INIT: u8 = 4;
    /// Get a token that stands for a moment, for the "active since" lists. W3p.
    pub const TIMESTAMP: u8 = 5;
}

/// Error numbers a server answers with (positive here; the `error` field of `NLMSG_ERROR` carries the negated value).
///
/// The values are those of Linux on x86, Arm, RISC-V, PowerPC and s390.
pub mod errno {
    /// Variable exists but is not writable (`WRITE_VAR`).
    pub const EPERM: i32 = 1;
    /// Unknown family name (GETFAMILY) or unknown family id (any command).
    pub const ENOENT: i32 = 2;
    /// Server out of memory.
    pub const ENOMEM: i32 = 12;
    /// Caller may not read or write this connection.
    pub const EACCES: i32 = 13;
    /// Attribute missing or malformed, cid below 1 or unknown, connection going away, unknown variable name.
    pub const EINVAL: i32 = 22;
    /// Unknown command, or a dump request.
    pub const EOPNOTSUPP: i32 = 95;
    /// Not even one entry fits into a datagram.
    pub const ENOBUFS: i32 = 105;
}
