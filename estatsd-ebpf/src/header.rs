//! What the IP and TCP headers of each packet say.
//!
//! Feeds `DataOctetsIn`, `HCDataOctetsIn`, `IpTtl`, `IpTosIn`, `IpTosOut`.

/// Header facts of a connection.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Header {
    /// Payload octets received, duplicates included.
    pub data_octets_in: u64,
    /// TTL or hop limit of the last packet received.
    pub ttl_in: u8,
    /// TOS or traffic class of the last packet received.
    pub tos_in: u8,
    /// TOS or traffic class of the last packet sent.
    pub tos_out: u8,
    /// [`Header::RECEIVED`] and [`Header::SENT`].
    pub seen: u8,
    reserved: u32,
}

impl Header {
    /// A packet was received: `ttl_in` and `tos_in` hold.
    pub const RECEIVED: u8 = 1;
    /// A packet was sent: `tos_out` holds.
    pub const SENT: u8 = 2;
}

/// What estatsd takes from one packet, which may stand for many segments (GSO, GRO).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Packet {
    /// Sequence number.
    pub seq: u32,
    /// Payload octets.
    pub payload: u32,
    /// TTL or hop limit.
    pub ttl: u8,
    /// TOS or traffic class.
    pub tos: u8,
    /// TCP flags, FIN being bit 0.
    pub flags: u8,
}

impl Packet {
    /// FIN.
    pub const FIN: u8 = 0x01;
    /// SYN.
    pub const SYN: u8 = 0x02;

    /// Sequence numbers that the packet takes: its payload, and one each for SYN and FIN.
    #[inline(always)]
    #[must_use]
    pub fn sequence_length(&self) -> u32 {
        self.payload + u32::from(self.flags & Packet::FIN) + u32::from(self.flags & Packet::SYN != 0)
    }
}
