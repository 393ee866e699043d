//! Round-trip times from data and the ACKs that cover it, without the timestamps option.

use std::collections::VecDeque;
use std::time::Duration;

use crate::segment::{Segment, before};

/// One measured round trip.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RoundTrip {
    /// When the ACK arrived, since the epoch.
    pub at: Duration,
    /// From the first transmission of the oldest octet that the ACK newly covers to the ACK.
    pub longest: Duration,
    /// From the first transmission of the newest octet that the ACK newly covers to the ACK.
    pub shortest: Duration,
}

/// A segment that was sent and not acknowledged.
#[derive(Debug)]
struct Flight {
    first: u32,
    end: u32,
    sent: Duration,
    repeated: bool,
    sacked: bool,
}

/// Times sent segments until an ACK covers them.
#[derive(Debug, Default)]
pub(super) struct Clock {
    flights: VecDeque<Flight>,
}

impl Clock {
    /// Notes a sent segment. One that overlaps what is in flight makes those flights useless for timing (Karn).
    pub(super) fn sent(&mut self, segment: &Segment) {
        let (first, end) = (segment.sequence, segment.end());
        if first == end {
            return;
        }
        let mut overlaps = false;
        for flight in &mut self.flights {
            if before(first, flight.end) && before(flight.first, end) {
                flight.repeated = true;
                overlaps = true;
            }
        }
        let newest = self.flights.back().map(|flight| flight.end);
        if !overlaps && newest.is_none_or(|newest| !before(first, newest)) {
            self.flights.push_back(Flight {
                first,
                end,
                sent: segment.time,
                repeated: false,
                sacked: false,
            });
        }
    }

    /// Takes a received segment: a round trip, if its acknowledgment covers new octets all of which were sent once.
    pub(super) fn received(&mut self, segment: &Segment) -> Option<RoundTrip> {
        let acknowledgment = segment.acknowledgment?;
        let covered = self
            .flights
            .iter()
            .take_while(|flight| !before(acknowledgment, flight.end))
            .count();
        let acked: Vec<_> = self.flights.drain(..covered).collect();
        for flight in &mut self.flights {
            flight.sacked |= segment
                .sack_blocks
                .iter()
                .any(|&(left, right)| !before(flight.first, left) && !before(right, flight.end));
        }
        if acked.iter().any(|flight| flight.repeated) {
            return None;
        }
        // What a SACK reported before arrived before.
        let mut fresh = acked
            .iter()
            .filter(|flight| !flight.sacked)
            .map(|flight| segment.time.saturating_sub(flight.sent));
        let longest = fresh.next()?;
        Some(RoundTrip {
            at: segment.time,
            longest,
            shortest: fresh.next_back().unwrap_or(longest),
        })
    }
}
