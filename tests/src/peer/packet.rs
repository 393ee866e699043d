//! Segments to and from the octets of IP packets.

use std::net::{IpAddr, SocketAddr};

use etherparse::icmpv4::DestUnreachableHeader::FragmentationNeeded;
use etherparse::{
    Icmpv4Type, Icmpv6Type, IpHeaders, IpNumber, Ipv4Header, Ipv6FlowLabel, Ipv6Header, NetSlice, PacketBuilder,
    SlicedPacket, TcpHeader, TcpOptionElement, TransportSlice,
};

use super::segment::{Flags, Segment};

/// The TTL of a segment that says nothing of it.
const TTL: u8 = 64;
/// What every link carries under IPv6, octets.
const SMALLEST_MTU: usize = 1280;
/// Where the checksum is in a TCP header.
const CHECKSUM_OFFSET: usize = 16;

/// A complete segment between two ends, whose relative numbers count from the initial sequence numbers.
#[derive(Debug)]
pub(super) struct Packet<'a> {
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) source_iss: u32,
    pub(super) destination_iss: u32,
    pub(super) segment: &'a Segment,
}

impl Packet<'_> {
    /// The IP packet. A payload octet is the low octet of its relative sequence number.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let start = self.segment.sequence.unwrap_or(0);
        let payload: Vec<u8> = (start..start.wrapping_add(self.segment.octets))
            .map(|number| number.to_le_bytes()[0])
            .collect();
        let mut bytes = Vec::new();
        PacketBuilder::ip(self.ip())
            .tcp_header(self.tcp())
            .write(&mut bytes, &payload)
            .expect("a segment that fits into a packet");
        bytes
    }

    /// The IP packet with a TCP checksum that is off by one bit.
    pub(super) fn to_corrupted_bytes(&self) -> Vec<u8> {
        let mut bytes = self.to_bytes();
        bytes[self.ip().header_len() + CHECKSUM_OFFSET] ^= 1;
        bytes
    }

    fn ip(&self) -> IpHeaders {
        let (ttl, tos) = (self.segment.ttl.unwrap_or(TTL), self.segment.tos.unwrap_or(0));
        match (self.source.ip(), self.destination.ip()) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                let mut header = Ipv4Header::new(0, ttl, IpNumber::TCP, source.octets(), destination.octets())
                    .expect("an empty packet is not too long");
                header.dscp = (tos >> 2).try_into().expect("six bits");
                header.ecn = (tos & 3).try_into().expect("two bits");
                header.dont_fragment = true;
                IpHeaders::Ipv4(header, etherparse::Ipv4Extensions::default())
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                let header = Ipv6Header {
                    traffic_class: tos,
                    flow_label: Ipv6FlowLabel::ZERO,
                    payload_length: 0,
                    next_header: IpNumber::TCP,
                    hop_limit: ttl,
                    source: source.octets(),
                    destination: destination.octets(),
                };
                IpHeaders::Ipv6(header, etherparse::Ipv6Extensions::default())
            }
            _ => unreachable!("both ends are of one family"),
        }
    }

    fn tcp(&self) -> TcpHeader {
        let segment = self.segment;
        let mut header = TcpHeader::new(
            self.source.port(),
            self.destination.port(),
            self.source_iss.wrapping_add(segment.sequence.unwrap_or(0)),
            segment.window.unwrap_or(0),
        );
        let Flags {
            ack,
            syn,
            fin,
            rst,
            ece,
            cwr,
        } = segment.flags;
        (header.ack, header.syn, header.fin) = (ack, syn, fin);
        (header.rst, header.ece, header.cwr) = (rst, ece, cwr);
        header.psh = segment.octets > 0;
        if ack {
            header.acknowledgment_number = self.destination_iss.wrapping_add(segment.acknowledgment.unwrap_or(0));
        }
        header
            .set_options(&self.options())
            .expect("options that fit into a header");
        header
    }

    fn options(&self) -> Vec<TcpOptionElement> {
        let segment = self.segment;
        let mut options = Vec::new();
        options.extend(segment.mss.map(TcpOptionElement::MaximumSegmentSize));
        options.extend(segment.window_scale.map(TcpOptionElement::WindowScale));
        if segment.sack_permitted == Some(true) {
            options.push(TcpOptionElement::SelectiveAcknowledgementPermitted);
        }
        options.extend(
            segment
                .timestamps
                .map(|(value, echo)| TcpOptionElement::Timestamp(value, echo)),
        );
        let absolute = |number: u32| self.destination_iss.wrapping_add(number);
        let mut blocks = segment
            .sack
            .iter()
            .flatten()
            .map(|block| (absolute(block.start), absolute(block.end)));
        if let Some(first) = blocks.next() {
            let more = [blocks.next(), blocks.next(), blocks.next()];
            assert!(blocks.next().is_none(), "a SACK option has at most four blocks");
            options.push(TcpOptionElement::SelectiveAcknowledgement(first, more));
        }
        options
    }
}

/// What the peer needs to know of a packet of the kernel.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    /// From a SYN its own number, otherwise the one that was given.
    pub(super) source_iss: u32,
    pub(super) segment: Segment,
}

/// Reads an IP packet that the kernel sent; `iss` is the peer's initial sequence number, `kernel_iss` the kernel's, if it is
/// known. Nothing if there is no TCP in it: the stack also looks for IPv6 neighbours.
///
/// # Panics
///
/// When the packet contradicts itself, or comes before any SYN.
pub(super) fn parse(packet: &[u8], iss: u32, kernel_iss: Option<u32>) -> Option<Received> {
    let sliced = SlicedPacket::from_ip(packet).expect("the kernel sends correct packets");
    let Some(TransportSlice::Tcp(tcp)) = &sliced.transport else {
        return None;
    };
    let (source, destination, ttl, tos) = match sliced.net.as_ref()? {
        NetSlice::Ipv4(ip) => {
            let header = ip.header();
            let tos = header.dcp().value() << 2 | header.ecn().value();
            let ends = (header.source_addr().into(), header.destination_addr().into());
            (ends.0, ends.1, header.ttl(), tos)
        }
        NetSlice::Ipv6(ip) => {
            let header = ip.header();
            let ends: (IpAddr, IpAddr) = (header.source_addr().into(), header.destination_addr().into());
            (ends.0, ends.1, header.hop_limit(), header.traffic_class())
        }
        NetSlice::Arp(_) => return None,
    };
    let source_iss = if tcp.syn() {
        Some(tcp.sequence_number())
    } else {
        kernel_iss
    };
    let source_iss = source_iss.expect("the kernel's first segment is a SYN");
    let mut segment = Segment {
        flags: Flags {
            ack: tcp.ack(),
            syn: tcp.syn(),
            fin: tcp.fin(),
            rst: tcp.rst(),
            ece: tcp.ece(),
            cwr: tcp.cwr(),
        },
        sequence: Some(tcp.sequence_number().wrapping_sub(source_iss)),
        octets: u32::try_from(tcp.payload().len()).expect("a packet is short"),
        acknowledgment: tcp.ack().then(|| tcp.acknowledgment_number().wrapping_sub(iss)),
        window: Some(tcp.window_size()),
        sack_permitted: Some(false),
        sack: Some(Vec::new()),
        ttl: Some(ttl),
        tos: Some(tos),
        ..Segment::default()
    };
    for option in tcp.options_iterator() {
        match option.expect("the kernel sends correct options") {
            TcpOptionElement::Noop => {}
            TcpOptionElement::MaximumSegmentSize(mss) => segment.mss = Some(mss),
            TcpOptionElement::WindowScale(scale) => segment.window_scale = Some(scale),
            TcpOptionElement::SelectiveAcknowledgementPermitted => segment.sack_permitted = Some(true),
            TcpOptionElement::SelectiveAcknowledgement(first, more) => {
                let relative = |number: u32| number.wrapping_sub(iss);
                let blocks = std::iter::once(first).chain(more.into_iter().flatten());
                segment.sack = Some(blocks.map(|(left, right)| relative(left)..relative(right)).collect());
            }
            TcpOptionElement::Timestamp(value, echo) => segment.timestamps = Some((value, echo)),
        }
    }
    Some(Received {
        source: SocketAddr::new(source, tcp.source_port()),
        destination: SocketAddr::new(destination, tcp.destination_port()),
        source_iss,
        segment,
    })
}

/// The ICMP message of a router that had to drop `packet` for its size.
///
/// # Panics
///
/// When `packet` is not an IP packet.
pub(super) fn too_big(packet: &[u8], mtu: u16) -> Vec<u8> {
    let mut message = Vec::new();
    let written = if let Ok((header, _)) = Ipv4Header::from_slice(packet) {
        // RFC 792: the header and the first eight octets behind it.
        let quoted = &packet[..header.header_len() + 8];
        let reason = Icmpv4Type::DestinationUnreachable(FragmentationNeeded { next_hop_mtu: mtu });
        PacketBuilder::ipv4(header.destination, header.source, TTL)
            .icmpv4(reason)
            .write(&mut message, quoted)
    } else {
        let (header, _) = Ipv6Header::from_slice(packet).expect("an IP packet to quote");
        // RFC 4443, section 3.2: as much of it as fits into the smallest MTU.
        let quoted = &packet[..packet.len().min(SMALLEST_MTU - 48)];
        PacketBuilder::ipv6(header.destination, header.source, TTL)
            .icmpv6(Icmpv6Type::PacketTooBig { mtu: mtu.into() })
            .write(&mut message, quoted)
    };
    written.expect("a short message");
    message
}

#[cfg(test)]
mod tests {
    use super::{Packet, parse};
    use crate::peer::segment::{Segment, data, syn};

    /// What is read back from the packet of `segment` over the family of `addresses`.
    fn there_and_back(segment: &Segment, addresses: [&str; 2]) -> Segment {
        let [source, destination] = addresses.map(|address| address.parse().unwrap());
        let (source_iss, destination_iss) = (u32::MAX - 5, 77);
        let packet = Packet {
            source,
            destination,
            source_iss,
            destination_iss,
            segment,
        };
        let received = parse(&packet.to_bytes(), destination_iss, Some(source_iss)).unwrap();
        assert_eq!((received.source, received.destination), (source, destination));
        received.segment
    }

    #[test]
    fn every_member_survives_the_way_through_a_packet() {
        let mut segment = data(3..1003).acknowledging(9).window(8).sack(20..30).sack(10..15);
        segment = segment.timestamps(5, 6).ttl(17).tos(0x2b).ece().cwr();
        segment.sack_permitted = Some(false);
        for addresses in [["10.0.0.1:1", "10.0.0.2:2"], ["[fd00::1]:1", "[fd00::2]:2"]] {
            assert_eq!(there_and_back(&segment, addresses), segment);
        }
    }

    #[test]
    fn the_options_of_a_syn_survive() {
        let mut segment = syn().window(9).ttl(1).tos(0).without_sack();
        (segment.mss, segment.window_scale, segment.sack_permitted) = (Some(1000), Some(14), Some(true));
        assert_eq!(there_and_back(&segment, ["10.0.0.1:1", "10.0.0.2:2"]), segment);
    }
}
