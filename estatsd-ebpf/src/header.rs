//! What the IP and TCP headers of each packet say.
//!
//! Feeds `DataOctetsIn`, `HCDataOctetsIn`, `IpTtl`, `IpTosIn`, `IpTosOut`, `CERcvd`, `ECNsignals`, `ECESent`, `SACKsRcvd`,
//! `SACKBlocksRcvd`.

use crate::Tables;

/// Header facts of a connection.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Header {
    /// Payload octets received, duplicates included.
    pub data_octets_in: u64,
    /// Segments received with CE in the IP header.
    pub ce_in: u32,
    /// Segments received with ECE, on connections that use ECN as in RFC 3168.
    pub ece_in: u32,
    /// Twice the times that ECE went from 0 to 1 in what was sent, and one more while the last packet sent had it. Apart from `seen`,
    /// because packets arrive on one processor while others leave on another.
    pub ece_out: u32,
    /// SACK options received.
    pub sacks_in: u32,
    /// Blocks in them.
    pub sack_blocks_in: u32,
    /// TTL or hop limit of the last packet received.
    pub ttl_in: u8,
    /// TOS or traffic class of the last packet received.
    pub tos_in: u8,
    /// TOS or traffic class of the last packet sent.
    pub tos_out: u8,
    /// [`Header::RECEIVED`], [`Header::SENT`].
    pub seen: u8,
}

impl Header {
    /// A packet was received: `ttl_in` and `tos_in` hold.
    pub const RECEIVED: u8 = 1;
    /// A packet was sent: `tos_out` holds.
    pub const SENT: u8 = 2;
    /// In `ece_out`: the last packet sent had ECE.
    const ECE_SENT: u32 = 1;

    /// Tables were switched on: what they show begins now. The last ECE flag sent stays known.
    #[inline(always)]
    pub fn forget(&mut self, fresh: Tables) {
        if fresh.any(Tables::PERF) {
            self.data_octets_in = 0;
        }
        if fresh.any(Tables::PATH) {
            self.ce_in = 0;
            self.ece_in = 0;
            self.ece_out &= Header::ECE_SENT;
            self.seen = 0;
        }
        if fresh.any(Tables::STACK) {
            self.sacks_in = 0;
            self.sack_blocks_in = 0;
        }
    }

    /// A packet arrives. `ecn`: the connection uses ECN as in RFC 3168, where ECE is an echo and no part of a counter.
    #[inline(always)]
    pub fn received(&mut self, packet: &Packet, ecn: bool) {
        self.data_octets_in += u64::from(packet.payload);
        self.ttl_in = packet.ttl;
        self.tos_in = packet.tos;
        self.seen |= Header::RECEIVED;
        if packet.tos & 3 == 3 {
            self.ce_in += packet.segments;
        }
        if ecn && packet.flags & (Packet::ECE | Packet::SYN) == Packet::ECE {
            self.ece_in += packet.segments;
        }
    }

    /// A packet leaves. `ecn` as above.
    #[inline(always)]
    pub fn sent(&mut self, packet: &Packet, ecn: bool) {
        self.tos_out = packet.tos;
        let ece = u32::from(ecn && packet.flags & (Packet::ECE | Packet::SYN) == Packet::ECE);
        let begins = ece & !self.ece_out;
        self.ece_out = (self.ece_out & !Header::ECE_SENT | ece).wrapping_add(begins << 1);
        self.seen |= Header::SENT;
    }

    /// Times that ECE went from 0 to 1 in what was sent, modulo 2^31.
    #[must_use]
    pub fn ece_out_edges(&self) -> u32 {
        self.ece_out >> 1
    }
}

/// What estatsd takes from one packet, which may stand for many segments (GSO, GRO).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Packet {
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgement number.
    pub ack: u32,
    /// Payload octets.
    pub payload: u32,
    /// Segments that the packet stands for.
    pub segments: u32,
    /// Announced window, not scaled.
    pub window: u16,
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
    /// RST.
    pub const RST: u8 = 0x04;
    /// ACK.
    pub const ACK: u8 = 0x10;
    /// ECE.
    pub const ECE: u8 = 0x40;

    /// Sequence numbers that the packet takes: its payload, and one each for SYN and FIN.
    #[inline(always)]
    #[must_use]
    pub fn sequence_length(&self) -> u32 {
        self.payload + u32::from(self.flags & Packet::FIN) + u32::from(self.flags & Packet::SYN != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ece_counts_when_it_begins() {
        let echo = |flags| Packet {
            flags,
            ..Packet::default()
        };
        let mut header = Header::default();
        for flags in [0, Packet::ECE, Packet::ECE, 0, Packet::ECE] {
            header.sent(&echo(flags), true);
        }
        assert_eq!(header.ece_out_edges(), 2);
        header.forget(Tables::PATH);
        header.sent(&echo(0), true);
        header.sent(&echo(Packet::ECE), true);
        assert_eq!(header.ece_out_edges(), 1);
    }

    #[test]
    fn a_merged_packet_counts_for_its_segments() {
        let mut header = Header::default();
        let packet = Packet {
            tos: 3,
            flags: Packet::ECE,
            segments: 3,
            payload: 3000,
            ..Packet::default()
        };
        header.received(&packet, true);
        header.received(&packet, false);
        assert_eq!((header.ce_in, header.ece_in, header.data_octets_in), (6, 3, 6000));
    }
}
