//! The words of a script: segments, as they are sent, expected and seen.

use std::fmt;
use std::ops::Range;

use super::setup::Offer;

/// Control flags. PSH and URG mean nothing here.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "they are the flags of the header")]
#[expect(missing_docs, reason = "their names are those of RFC 9293 and RFC 3168")]
pub struct Flags {
    pub ack: bool,
    pub syn: bool,
    pub fin: bool,
    pub rst: bool,
    pub ece: bool,
    pub cwr: bool,
}

/// A TCP segment, of which a script says only what matters to it. What is left open is filled in when it is sent (see
/// [`super::Peer::send`]) and not compared when it is expected. Flags and the number of octets are always said.
///
/// The default is a pure ACK.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Segment {
    /// The flags.
    pub flags: Flags,
    /// The relative sequence number of the first octet, SYN or FIN.
    pub sequence: Option<u32>,
    /// Octets of payload.
    pub octets: u32,
    /// The relative acknowledgment number. Without meaning if the ACK flag is not set.
    pub acknowledgment: Option<u32>,
    /// The window field, not scaled.
    pub window: Option<u16>,
    /// MSS option.
    pub mss: Option<u16>,
    /// Window scale option.
    pub window_scale: Option<u8>,
    /// SACK-permitted option.
    pub sack_permitted: Option<bool>,
    /// Blocks of the SACK option, relative; no option if empty.
    pub sack: Option<Vec<Range<u32>>>,
    /// Timestamps option: value and echo.
    pub timestamps: Option<(u32, u32)>,
    /// TTL or hop limit; 64 when sent.
    pub ttl: Option<u8>,
    /// TOS or traffic class octet, ECN bits included; 0 when sent.
    pub tos: Option<u8>,
}

impl Default for Segment {
    fn default() -> Self {
        Self {
            flags: Flags {
                ack: true,
                ..Flags::default()
            },
            sequence: None,
            octets: 0,
            acknowledgment: None,
            window: None,
            mss: None,
            window_scale: None,
            sack_permitted: None,
            sack: None,
            timestamps: None,
            ttl: None,
            tos: None,
        }
    }
}

/// The first segment of an active open.
#[must_use]
pub fn syn() -> Segment {
    let mut segment = syn_ack();
    segment.flags.ack = false;
    segment
}

/// The answer to a SYN.
#[must_use]
pub fn syn_ack() -> Segment {
    let mut segment = Segment {
        sequence: Some(0),
        ..Segment::default()
    };
    segment.flags.syn = true;
    segment
}

/// A segment without payload that acknowledges everything before `number`.
#[must_use]
pub fn ack(number: u32) -> Segment {
    Segment::default().acknowledging(number)
}

/// A segment with the payload octets of these sequence numbers.
#[must_use]
pub fn data(octets: Range<u32>) -> Segment {
    Segment {
        sequence: Some(octets.start),
        octets: octets.end - octets.start,
        ..Segment::default()
    }
}

/// A segment without payload whose FIN has this sequence number.
#[must_use]
pub fn fin(sequence: u32) -> Segment {
    data(sequence..sequence).with_fin()
}

/// A reset with this sequence number.
#[must_use]
pub fn rst(sequence: u32) -> Segment {
    let mut segment = data(sequence..sequence);
    segment.flags.rst = true;
    segment
}

impl Segment {
    /// With this acknowledgment number.
    #[must_use]
    pub fn acknowledging(mut self, number: u32) -> Self {
        self.acknowledgment = Some(number);
        self
    }

    /// Beginning at this sequence number, whatever was sent before.
    #[must_use]
    pub fn at(mut self, sequence: u32) -> Self {
        self.sequence = Some(sequence);
        self
    }

    /// With this window field.
    #[must_use]
    pub fn window(mut self, window: u16) -> Self {
        self.window = Some(window);
        self
    }

    /// With this SACK block behind those that it has. A first block below the acknowledgment number or inside the second one
    /// is a D-SACK (RFC 2883).
    #[must_use]
    pub fn sack(mut self, block: Range<u32>) -> Self {
        self.sack.get_or_insert_default().push(block);
        self
    }

    /// Without a SACK option, where one is expected not to be.
    #[must_use]
    pub fn without_sack(mut self) -> Self {
        self.sack = Some(Vec::new());
        self
    }

    /// With this timestamp and this echo.
    #[must_use]
    pub fn timestamps(mut self, value: u32, echo: u32) -> Self {
        self.timestamps = Some((value, echo));
        self
    }

    /// With so many octets of payload; those of a SYN come after it.
    #[must_use]
    pub fn carrying(mut self, octets: u32) -> Self {
        self.octets = octets;
        self
    }

    /// With the FIN flag, after the payload.
    #[must_use]
    pub fn with_fin(mut self) -> Self {
        self.flags.fin = true;
        self
    }

    /// Without the ACK flag, and so without any if it is neither a SYN nor a FIN nor a reset.
    #[must_use]
    pub fn without_ack(mut self) -> Self {
        self.flags.ack = false;
        self
    }

    /// With the ECE flag.
    #[must_use]
    pub fn ece(mut self) -> Self {
        self.flags.ece = true;
        self
    }

    /// With the CWR flag.
    #[must_use]
    pub fn cwr(mut self) -> Self {
        self.flags.cwr = true;
        self
    }

    /// In a packet with this TTL or hop limit.
    #[must_use]
    pub fn ttl(mut self, ttl: u8) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// In a packet with this TOS or traffic class octet.
    #[must_use]
    pub fn tos(mut self, tos: u8) -> Self {
        self.tos = Some(tos);
        self
    }

    /// With the options of `offer`, where it says nothing of them itself.
    pub(super) fn offering(mut self, offer: Offer) -> Self {
        self.mss = self.mss.or(offer.mss);
        self.window_scale = self.window_scale.or(offer.window_scale);
        self.sack_permitted.get_or_insert(offer.sack_permitted);
        if offer.timestamps {
            self.timestamps.get_or_insert((1, 0));
        }
        // The SYN asks for ECN, the SYN-ACK agrees.
        self.flags.ece |= offer.ecn;
        self.flags.cwr |= offer.ecn && !self.flags.ack;
        self
    }

    /// Sequence numbers that it takes.
    pub(super) fn length(&self) -> u32 {
        self.octets + u32::from(self.flags.syn) + u32::from(self.flags.fin)
    }

    /// Whether `seen` is as this says.
    pub(super) fn describes(&self, seen: &Self) -> bool {
        fn agrees<T: PartialEq>(said: Option<&T>, seen: Option<&T>) -> bool {
            said.is_none() || said == seen
        }
        self.flags == seen.flags
            && self.octets == seen.octets
            && agrees(self.sequence.as_ref(), seen.sequence.as_ref())
            && agrees(self.acknowledgment.as_ref(), seen.acknowledgment.as_ref())
            && agrees(self.window.as_ref(), seen.window.as_ref())
            && agrees(self.mss.as_ref(), seen.mss.as_ref())
            && agrees(self.window_scale.as_ref(), seen.window_scale.as_ref())
            && agrees(self.sack_permitted.as_ref(), seen.sack_permitted.as_ref())
            && agrees(self.sack.as_ref(), seen.sack.as_ref())
            && agrees(self.timestamps.as_ref(), seen.timestamps.as_ref())
            && agrees(self.ttl.as_ref(), seen.ttl.as_ref())
            && agrees(self.tos.as_ref(), seen.tos.as_ref())
    }
}

impl fmt::Display for Segment {
    /// As a ladder diagram says it: `FIN 1..1001 ack 1 win 65535 <sack 2001..3001>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = [
            ("SYN ", self.flags.syn),
            ("FIN ", self.flags.fin),
            ("RST ", self.flags.rst),
            ("ECE ", self.flags.ece),
            ("CWR ", self.flags.cwr),
        ];
        for (name, _) in flags.iter().filter(|(_, set)| *set) {
            f.write_str(name)?;
        }
        match self.sequence {
            Some(start) => write!(f, "{start}..{}", start.wrapping_add(self.octets))?,
            None => write!(f, "{} octets", self.octets)?,
        }
        if let (true, Some(number)) = (self.flags.ack, self.acknowledgment) {
            write!(f, " ack {number}")?;
        }
        let numbers = [
            ("win", self.window.map(u32::from)),
            ("mss", self.mss.map(u32::from)),
            ("wscale", self.window_scale.map(u32::from)),
            ("ttl", self.ttl.map(u32::from)),
            ("tos", self.tos.map(u32::from)),
        ];
        for (name, number) in numbers {
            if let Some(number) = number {
                write!(f, " {name} {number}")?;
            }
        }
        if let Some((value, echo)) = self.timestamps {
            write!(f, " ts {value}/{echo}")?;
        }
        if self.sack_permitted == Some(true) {
            f.write_str(" sack-permitted")?;
        }
        match self.sack.as_deref() {
            None | Some([]) => Ok(()),
            Some(blocks) => write!(f, " sack {blocks:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ack, data, fin, syn, syn_ack};

    #[test]
    fn what_is_not_said_is_not_compared() {
        let seen = data(1..1001).acknowledging(7).window(5);
        assert!(data(1..1001).describes(&seen));
        assert!(data(1..1001).acknowledging(7).describes(&seen));
        assert!(!data(1..1001).acknowledging(8).describes(&seen));
        assert!(!data(1..1001).ece().describes(&seen));
        assert!(!data(1..1000).describes(&seen));
        assert!(!ack(7).describes(&seen));
        assert!(!syn().describes(&syn_ack()));
    }

    #[test]
    fn syn_and_fin_take_a_number_each() {
        assert_eq!((syn().length(), fin(5).length()), (1, 1));
        assert_eq!((data(1..11).with_fin().length(), ack(1).length()), (11, 0));
    }

    #[test]
    fn a_segment_reads_as_in_a_ladder_diagram() {
        let segment = data(1..1001).acknowledging(7).window(5).with_fin();
        assert_eq!(segment.to_string(), "FIN 1..1001 ack 7 win 5");
    }
}
