//! Sizes and ranges that clients or the old module relied on.

/// Longest datagram the module sent, in bytes; a server stays at or below it.
pub const DATAGRAM_MAX: usize = 3776;

/// Receive buffer of the legacy clients, in bytes: one page on `x86_64`. A longer datagram fails in the client with
/// `ENOSPC`, and the acknowledgement behind it then spoils its next call.
pub const CLIENT_BUFFER: usize = 4096;

/// Length of an acknowledgement, in bytes: `nlmsghdr`, error number, and the `nlmsghdr` of the request.
///
/// Exact: the client overwrites the start of the GETFAMILY reply with it before it reads the family id.
pub const ACK_LEN: usize = 36;

/// Length of `nlmsghdr` and `genlmsghdr` together, in bytes: where the attributes start.
pub const HEADER_LEN: usize = 20;

/// Length of one connection in a `LIST_CONNS` reply, in bytes, from W2 on: headers and a complete 4-tuple.
pub const LIST_ENTRY_LEN: usize = 96;

/// Smallest connection id.
pub const CID_MIN: i32 = 1;

/// Connection ids are handed out in ascending order below this number, then again from [`CID_MIN`].
pub const CID_WRAP: i32 = 5_000_000;

/// Longest variable name that `WRITE_VAR` looks up, in bytes; a longer one is unknown.
pub const NAME_MAX: usize = 20;

/// Number of variable tables: PERF, PATH, STACK, APP, TUNE, EXTRAS, in this order everywhere.
pub const TABLES: usize = 6;
