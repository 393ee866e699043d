//! What a receiver could make of the segments that arrived.

use crate::segment::{Segment, before};

/// The sequence space of one direction: what arrived in order, and what arrived beyond a hole.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Reassembly {
    /// RCV.NXT; none before the SYN.
    next: Option<u32>,
    /// First and end sequence numbers of what is beyond holes, in no order.
    islands: Vec<(u32, u32)>,
}

impl Reassembly {
    /// Takes a segment. Returns the span of the reassembly queue after it: from RCV.NXT to the last octet beyond a hole.
    pub(super) fn add(&mut self, segment: &Segment) -> u32 {
        if segment.syn {
            self.next = Some(segment.sequence.wrapping_add(1));
            return 0;
        }
        let Some(mut next) = self.next else { return 0 };
        if segment.sequence != segment.end() {
            self.islands.push((segment.sequence, segment.end()));
        }
        while let Some(position) = self.islands.iter().position(|(first, _)| !before(next, *first)) {
            let (_, end) = self.islands.swap_remove(position);
            if before(next, end) {
                next = end;
            }
        }
        self.next = Some(next);
        self.islands
            .iter()
            .map(|(_, end)| end.wrapping_sub(next))
            .max()
            .unwrap_or(0)
    }

    /// Whether `segment`, which comes next, begins before RCV.NXT.
    pub(super) fn is_old(&self, segment: &Segment) -> bool {
        self.next.is_some_and(|next| before(segment.sequence, next))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{handshake, sent};
    use super::Reassembly;

    #[test]
    fn the_span_reaches_from_the_hole_to_the_last_octet() {
        let mut reassembly = Reassembly::default();
        let first = handshake()[0].sequence.wrapping_add(1);
        let at = |offset: u32, length| sent(20, first.wrapping_add(offset), length);
        let segments = [at(0, 100), at(200, 100), at(400, 50), at(100, 100), at(300, 100)];
        reassembly.add(&handshake()[0]);
        let spans: Vec<_> = segments.iter().map(|segment| reassembly.add(segment)).collect();
        assert_eq!(spans, [0, 200, 350, 150, 0]);
        assert!(reassembly.is_old(&at(399, 10)) && !reassembly.is_old(&at(450, 10)));
    }
}
