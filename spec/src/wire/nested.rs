//! Attributes inside the nests. Apart from the 4-tuple, none of them ever changed.

/// Members of the 4TUPLE nest of one protocol generation.
///
/// A reply always carries every member: legacy parsers read missing ones from uninitialised memory, and check the
/// length of none.
#[derive(Debug, PartialEq, Eq)]
pub struct TupleForm {
    /// Remote address: [`TupleForm::addr_len`] bytes, network order, zero padded.
    pub rem_addr: u16,
    /// Remote port: u16, host byte order.
    pub rem_port: u16,
    /// Local address, like the remote one.
    pub local_addr: u16,
    /// Local port: u16, host byte order.
    pub local_port: u16,
    /// Address type: u8, [`ADDR_TYPE_IPV4`] or [`ADDR_TYPE_IPV6`]. `None` where it is byte 16 of each address instead.
    pub addr_type: Option<u16>,
    /// Connection id: u32.
    pub cid: u16,
    /// Length of an address attribute, in bytes.
    pub addr_len: usize,
}

/// The 4-tuple of W1 and W1t: 17-byte addresses whose last byte is the address type.
pub const TUPLE_17: TupleForm = TupleForm {
    rem_addr: 1,
    rem_port: 2,
    local_addr: 3,
    local_port: 4,
    addr_type: None,
    cid: 5,
    addr_len: 17,
};

/// The 4-tuple from W2 on: 16-byte addresses, and the type as a member of its own.
pub const TUPLE_16: TupleForm = TupleForm {
    rem_addr: 1,
    rem_port: 2,
    local_addr: 3,
    local_port: 4,
    addr_type: Some(5),
    cid: 6,
    addr_len: 16,
};

/// Address type of an IPv4 connection, also of one accepted through a v4-mapped IPv6 socket: the first 4 bytes count.
pub const ADDR_TYPE_IPV4: u8 = 1;

/// Address type of an IPv6 connection.
pub const ADDR_TYPE_IPV6: u8 = 2;

/// Members of the MASK nest (`READ_VARS` requests): the member for table `i` is `mask_member::FIRST + i`, a u64 whose
/// bit `v` asks for variable `v` of the table.
///
/// A table without a member is read completely; bits beyond its last variable are ignored. EXTRAS (6) exists from W2
/// on.
pub mod mask_member {
    /// PERF; the tables follow in order up to EXTRAS = 6.
    pub const FIRST: u16 = 1;
}

/// Members of the WRITE nest (`WRITE_VAR` requests).
pub mod write_member {
    /// Name of the variable: string without a terminating NUL, any case, at most [`super::super::NAME_MAX`] bytes.
    pub const VAR: u16 = 1;
    /// New value: u32.
    pub const VAL: u16 = 2;
}

/// Members of the TIME nest: the wall clock at the time of the read. Always both.
pub mod time_member {
    /// Seconds since 1970: u32.
    pub const SEC: u16 = 1;
    /// Microseconds within the second: u32. (Modules for Linux 5.0 put nanoseconds here by mistake.)
    pub const USEC: u16 = 2;
}

/// Members of a VAR nest: one variable of an INIT reply.
pub mod var_member {
    /// Name: NUL-terminated string.
    pub const NAME: u16 = 1;
    /// Kernel type number: u32. Not the type number of the C library.
    pub const TYPE: u16 = 2;
}
