//! One TCP segment as it was captured.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use etherparse::{NetSlice, SlicedPacket, TcpOptionElement, TransportSlice};

/// What a captured TCP/IP packet says, and when it passed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "they are the flags of the header")]
pub struct Segment {
    /// When it passed the device, since the epoch.
    pub time: Duration,
    /// Whether the host of the capture sent it.
    pub outgoing: bool,
    /// Sender.
    pub source: SocketAddr,
    /// Receiver.
    pub destination: SocketAddr,
    /// TTL or hop limit.
    pub ttl: u8,
    /// TOS or traffic class octet, ECN bits included.
    pub tos: u8,
    /// Sequence number of the first octet (or of SYN or FIN).
    pub sequence: u32,
    /// Acknowledgment number, if the ACK flag is set.
    pub acknowledgment: Option<u32>,
    /// SYN flag.
    pub syn: bool,
    /// FIN flag.
    pub fin: bool,
    /// RST flag.
    pub rst: bool,
    /// ECE flag.
    pub ece: bool,
    /// CWR flag.
    pub cwr: bool,
    /// Window field, not scaled.
    pub window: u16,
    /// Octets of payload.
    pub payload: u32,
    /// MSS option.
    pub mss: Option<u16>,
    /// Window scale option.
    pub window_scale: Option<u8>,
    /// SACK-permitted option.
    pub sack_permitted: bool,
    /// Blocks of the SACK option: left and right edge. Empty when there is no such option.
    pub sack_blocks: Vec<(u32, u32)>,
    /// Value of the timestamps option.
    pub timestamp: Option<u32>,
}

impl Segment {
    /// Reads `frame`, an Ethernet frame. Nothing when it is not a TCP segment.
    ///
    /// # Errors
    ///
    /// When the frame is cut off or its headers contradict each other.
    pub fn parse(frame: &[u8], time: Duration, outgoing: bool) -> anyhow::Result<Option<Self>> {
        let packet = SlicedPacket::from_ethernet(frame)?;
        let (Some(net), Some(TransportSlice::Tcp(tcp))) = (&packet.net, &packet.transport) else {
            return Ok(None);
        };
        let (source, destination, ttl, tos) = match net {
            NetSlice::Ipv4(ip) => {
                let header = ip.header();
                let tos = header.dcp().value() << 2 | header.ecn().value();
                (
                    IpAddr::from(header.source_addr()),
                    IpAddr::from(header.destination_addr()),
                    header.ttl(),
                    tos,
                )
            }
            NetSlice::Ipv6(ip) => {
                let header = ip.header();
                let (source, destination) = (header.source_addr(), header.destination_addr());
                (
                    source.into(),
                    destination.into(),
                    header.hop_limit(),
                    header.traffic_class(),
                )
            }
            NetSlice::Arp(_) => return Ok(None),
        };
        let mut segment = Self {
            time,
            outgoing,
            source: SocketAddr::new(source, tcp.source_port()),
            destination: SocketAddr::new(destination, tcp.destination_port()),
            ttl,
            tos,
            sequence: tcp.sequence_number(),
            acknowledgment: tcp.ack().then(|| tcp.acknowledgment_number()),
            syn: tcp.syn(),
            fin: tcp.fin(),
            rst: tcp.rst(),
            ece: tcp.ece(),
            cwr: tcp.cwr(),
            window: tcp.window_size(),
            payload: u32::try_from(tcp.payload().len())?,
            mss: None,
            window_scale: None,
            sack_permitted: false,
            sack_blocks: Vec::new(),
            timestamp: None,
        };
        for option in tcp.options_iterator() {
            match option? {
                TcpOptionElement::Noop => {}
                TcpOptionElement::MaximumSegmentSize(mss) => segment.mss = Some(mss),
                TcpOptionElement::WindowScale(scale) => segment.window_scale = Some(scale),
                TcpOptionElement::SelectiveAcknowledgementPermitted => segment.sack_permitted = true,
                TcpOptionElement::SelectiveAcknowledgement(first, more) => {
                    segment.sack_blocks = std::iter::once(first).chain(more.into_iter().flatten()).collect();
                }
                TcpOptionElement::Timestamp(value, _) => segment.timestamp = Some(value),
            }
        }
        Ok(Some(segment))
    }

    /// The sequence number after this segment: SYN and FIN take one each.
    #[must_use]
    pub fn end(&self) -> u32 {
        self.sequence
            .wrapping_add(self.payload)
            .wrapping_add(u32::from(self.syn))
            .wrapping_add(u32::from(self.fin))
    }

    /// Whether its first SACK block reports octets that had come before: below the acknowledgment, or within the second block
    /// (RFC 2883, section 4).
    #[must_use]
    pub fn reports_duplicate(&self) -> bool {
        let Some(&(left, right)) = self.sack_blocks.first() else {
            return false;
        };
        let acknowledged = self.acknowledgment.is_some_and(|number| before(left, number));
        let within = |&(first, end): &(u32, u32)| !before(left, first) && !before(end, right);
        acknowledged || self.sack_blocks.get(1).is_some_and(within)
    }

    /// Whether it has neither payload nor SYN, FIN or RST.
    #[must_use]
    pub fn is_pure_ack(&self) -> bool {
        self.acknowledgment.is_some() && self.payload == 0 && !self.syn && !self.fin && !self.rst
    }
}

/// Whether sequence number `a` is before `b` (RFC 9293, section 3.4).
#[must_use]
pub fn before(a: u32, b: u32) -> bool {
    a.wrapping_sub(b).cast_signed() < 0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use etherparse::PacketBuilder;

    use super::{Segment, before};
    use etherparse::TcpOptionElement::{MaximumSegmentSize, SelectiveAcknowledgement, WindowScale};

    /// The frame of a segment over IPv4 from 10.0.0.1:1000 to 10.0.0.2:2000.
    fn frame(options: &[etherparse::TcpOptionElement], payload: &[u8]) -> Vec<u8> {
        let builder = PacketBuilder::ethernet2([2; 6], [4; 6])
            .ipv4([10, 0, 0, 1], [10, 0, 0, 2], 33)
            .tcp(1000, 2000, u32::MAX, 512)
            .ack(7)
            .ece()
            .options(options)
            .unwrap();
        let mut frame = Vec::new();
        builder.write(&mut frame, payload).unwrap();
        frame
    }

    #[test]
    fn every_member_comes_from_the_frame() {
        let options = [MaximumSegmentSize(1400), WindowScale(9)];
        let segment = Segment::parse(&frame(&options, b"abc"), Duration::ZERO, true)
            .unwrap()
            .unwrap();
        assert_eq!(segment.source, "10.0.0.1:1000".parse().unwrap());
        assert_eq!(segment.destination, "10.0.0.2:2000".parse().unwrap());
        assert_eq!((segment.ttl, segment.window, segment.payload), (33, 512, 3));
        assert_eq!((segment.mss, segment.window_scale), (Some(1400), Some(9)));
        assert_eq!(
            (segment.sequence, segment.end(), segment.acknowledgment),
            (u32::MAX, 2, Some(7))
        );
        assert!(segment.ece && !segment.cwr && !segment.is_pure_ack());
    }

    #[test]
    fn sack_blocks_keep_their_order() {
        let options = [SelectiveAcknowledgement((10, 20), [Some((1, 5)), None, None])];
        let segment = Segment::parse(&frame(&options, b""), Duration::ZERO, true)
            .unwrap()
            .unwrap();
        assert_eq!(segment.sack_blocks, [(10, 20), (1, 5)]);
        assert!(segment.is_pure_ack());
    }

    #[test]
    fn a_first_block_below_the_acknowledgment_or_within_the_second_reports_a_duplicate() {
        let reports = |first, second| {
            let options = [SelectiveAcknowledgement(first, [second, None, None])];
            let segment = Segment::parse(&frame(&options, b""), Duration::ZERO, true).unwrap();
            segment.unwrap().reports_duplicate()
        };
        // The frame acknowledges 7.
        assert!(reports((1, 5), None) && reports((12, 14), Some((10, 20))));
        assert!(!reports((8, 9), None) && !reports((12, 22), Some((30, 40))));
    }

    #[test]
    fn sequence_numbers_wrap() {
        assert!(before(u32::MAX, 2) && !before(2, u32::MAX) && !before(2, 2));
    }
}
