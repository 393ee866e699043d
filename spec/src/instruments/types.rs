//! The three numberings of value types: of the wire, of the C library, of the kernel module.

/// Width and sign of a value on the wire. The numbers are the library's `ESTATS_VAL_TYPE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum WireType {
    /// Unsigned, 8 bytes (and not 8-byte aligned inside a message).
    U64 = 0,
    /// Unsigned, 4 bytes.
    U32 = 1,
    /// Signed, 4 bytes.
    S32 = 2,
    /// Unsigned, 2 bytes. No variable has it; it is part of the numbering.
    U16 = 3,
    /// Unsigned, 1 byte.
    U8 = 4,
}

impl WireType {
    /// Length of the value, in bytes.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            WireType::U64 => 8,
            WireType::U32 | WireType::S32 => 4,
            WireType::U16 => 2,
            WireType::U8 => 1,
        }
    }
}

/// Type of a variable in the library's `estats_var_array`. The numbers are its `ESTATS_TYPE`.
///
/// Tools rely on it: a "delta" tool subtracts exactly the variables of the two counter types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SnmpType {
    /// INTEGER
    Integer = 0,
    /// INTEGER32
    Integer32 = 1,
    /// `INET_ADDRESS_IPV4`
    InetAddressIpv4 = 2,
    /// COUNTER32
    Counter32 = 3,
    /// GAUGE32
    Gauge32 = 4,
    /// UNSIGNED32
    Unsigned32 = 5,
    /// `TIME_TICKS`
    TimeTicks = 6,
    /// COUNTER64
    Counter64 = 7,
    /// `INET_PORT_NUMBER`
    InetPortNumber = 8,
    /// `INET_ADDRESS`
    InetAddress = 9,
    /// `INET_ADDRESS_IPV6`
    InetAddressIpv6 = 10,
    /// OCTET
    Octet = 11,
}

/// Type of a variable in an INIT reply. The numbers are the kernel module's own; generation L2i of the library uses
/// them in its variable table too, apart from `SoftErrorReason`, which it calls INTEGER.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum KernelType {
    /// INTEGER
    Integer = 0,
    /// INTEGER32
    Integer32 = 1,
    /// COUNTER32
    Counter32 = 2,
    /// GAUGE32
    Gauge32 = 3,
    /// UNSIGNED32
    Unsigned32 = 4,
    /// COUNTER64
    Counter64 = 5,
    /// DATEANDTIME
    DateAndTime = 6,
    /// TIMESTAMP
    TimeStamp = 7,
    /// TRUTHVALUE
    TruthValue = 8,
    /// OCTET
    Octet = 9,
}
