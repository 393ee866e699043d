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
    /// Whether it was a SACK block that covers them.
    pub by_sack: bool,
    /// Octets that it covers were sent again after the ACK: the sender had decided that before it read the ACK, which was no
    /// measurement for it then (Karn).
    pub repeated_after: bool,
    covers: (u32, u32),
}

impl RoundTrip {
    /// Notes a segment that is sent after it.
    pub(super) fn sent_after(&mut self, segment: &Segment) {
        let (first, end) = self.covers;
        self.repeated_after |= before(segment.sequence, end) && before(first, segment.end());
    }
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

    /// Takes a received segment: a round trip, if its acknowledgment covers new octets all of which were sent once, or else if
    /// its SACK blocks report a segment that was sent once for the first time.
    pub(super) fn received(&mut self, segment: &Segment) -> Option<RoundTrip> {
        let acknowledgment = segment.acknowledgment?;
        let covered = self
            .flights
            .iter()
            .take_while(|flight| !before(acknowledgment, flight.end))
            .count();
        let acked: Vec<_> = self.flights.drain(..covered).collect();
        let reported = self.newly_reported(segment);
        let mut times = Vec::new();
        if acked.iter().all(|flight| !flight.repeated) {
            // What a SACK reported before arrived before.
            times.extend(acked.iter().filter(|flight| !flight.sacked).map(|flight| flight.sent));
        }
        let by_sack = times.is_empty();
        if by_sack {
            times = reported;
        }
        let covers = acked.first().zip(acked.last());
        let age = |sent: &Duration| segment.time.saturating_sub(*sent);
        Some(RoundTrip {
            at: segment.time,
            longest: times.first().map(age)?,
            shortest: times.last().map(age)?,
            by_sack,
            repeated_after: false,
            covers: covers.map_or((acknowledgment, acknowledgment), |(oldest, newest)| {
                (oldest.first, newest.end)
            }),
        })
    }

    /// When the segments were sent, once, that the SACK blocks of `segment` report and no earlier one did.
    fn newly_reported(&mut self, segment: &Segment) -> Vec<Duration> {
        let reports = |flight: &Flight| {
            let inside = |&(left, right): &(u32, u32)| !before(flight.first, left) && !before(right, flight.end);
            !flight.sacked && segment.sack_blocks.iter().any(inside)
        };
        let mut times = Vec::new();
        for flight in self.flights.iter_mut().filter(|flight| reports(flight)) {
            flight.sacked = true;
            times.extend((!flight.repeated).then_some(flight.sent));
        }
        times
    }
}
