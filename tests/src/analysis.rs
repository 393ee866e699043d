//! What a capture at one end says about a connection, in the words of RFC 4898.
//!
//! Written from the RFC and from RFC 9293 (sequence space), 7323 (window scale), 5681 (duplicate ACK), 2018 (SACK) and 3168
//! (ECN); it knows no socket and no kernel.

use std::net::SocketAddr;
use std::time::Duration;

use crate::segment::{Segment, before};

mod duplicate_acks;
mod reassembly;
mod round_trips;
mod waiting;

pub use duplicate_acks::DuplicateAcks;
use duplicate_acks::Spoken;
use reassembly::Reassembly;
pub use round_trips::RoundTrip;
pub use waiting::{Spells, Waiting};

/// One direction of a connection as one end's device saw it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Direction {
    /// Segments of any kind.
    pub segments: u32,
    /// Segments with payload.
    pub data_segments: u32,
    /// Octets of payload, repeated ones included.
    pub octets: u64,
    /// Segments with payload some of which had been seen before.
    pub repeated_segments: u32,
    /// Octets of payload that had been seen before.
    pub repeated_octets: u64,
    /// When payload that had been seen before first passed again, since the epoch.
    pub first_repetition: Option<Duration>,
    /// The duplicate ACKs.
    pub duplicate_acks: DuplicateAcks,
    /// Segments that begin before what is next in order, or whose acknowledgment is below an earlier one.
    pub outdated_segments: u32,
    /// The largest span from the next octet in order to the last one that came beyond a hole.
    pub max_reassembly_span: u32,
    /// Times that the window became zero after it had not been.
    pub zero_windows: u32,
    /// The largest window, in octets.
    pub max_window: u32,
    /// The window of the last segment, in octets.
    pub window: u32,
    /// The window scale option of the SYN.
    pub window_scale: Option<u8>,
    /// The MSS option of the SYN.
    pub mss: Option<u16>,
    /// Sequence number of the SYN.
    pub initial_sequence: Option<u32>,
    /// SYN segments, repetitions included.
    pub syns: u32,
    /// The highest sequence number after any segment: SND.MAX of the sender.
    pub highest_sequence: u32,
    /// The highest acknowledgment number.
    pub highest_acknowledgment: Option<u32>,
    /// Times that ECE became set after it had not been, SYN segments not counted.
    pub ece_edges: u32,
    /// Segments with ECE, SYN segments not counted.
    pub ece_segments: u32,
    /// Segments with CWR, SYN segments not counted.
    pub cwr_segments: u32,
    /// Segments with the CE codepoint.
    pub congestion_experienced: u32,
    /// Segments with a SACK option.
    pub sack_options: u32,
    /// Blocks in the SACK options.
    pub sack_blocks: u32,
    /// TTL or hop limit of the last segment.
    pub ttl: u8,
    /// TOS or traffic class of the last segment.
    pub tos: u8,
    /// When the first segment passed, since the epoch.
    pub start: Duration,
    /// When the last segment passed, since the epoch.
    pub end: Duration,
    last_payload: Option<Duration>,
    ece: bool,
    reassembly: Reassembly,
}

/// A connection as one end's device saw it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Account {
    /// What this end sent.
    pub sent: Direction,
    /// What arrived at this end.
    pub received: Direction,
    /// The largest distance between what was sent and what was acknowledged, in octets of sequence space without SYN.
    pub max_flight: u32,
    /// The same up to the first sign of a loss: before any duplicate ACK came, and before anything was sent again.
    pub max_flight_before_loss: u32,
    /// The round trips that this end could measure (Karn's rule applied), in order.
    pub round_trips: Vec<RoundTrip>,
    /// When this end had nothing to send.
    pub waiting: Waiting,
}

impl Account {
    /// Accounts for the connection between `local`, at whose device `segments` were captured, and `remote`.
    #[must_use]
    pub fn of(segments: &[Segment], local: SocketAddr, remote: SocketAddr) -> Self {
        let mut account = Self::default();
        let mut clock = round_trips::Clock::default();
        // Both scales are needed before the first window can be read; each is in a SYN.
        let scale_of = |from| {
            segments
                .iter()
                .find(|s| s.syn && s.source == from)
                .and_then(|s| s.window_scale)
        };
        let scales = scale_of(local).zip(scale_of(remote)).unwrap_or((0, 0));
        for segment in segments {
            if segment.outgoing && (segment.source, segment.destination) == (local, remote) {
                account.sent.add(segment, scales.0, &account.received);
                clock.sent(segment);
                if segment.payload > 0 {
                    account.round_trips.iter_mut().for_each(|trip| trip.sent_after(segment));
                }
                account.note_flight();
            } else if !segment.outgoing && (segment.source, segment.destination) == (remote, local) {
                account.received.add(segment, scales.1, &account.sent);
                account.round_trips.extend(clock.received(segment));
            } else {
                continue;
            }
            account.wait(segment);
        }
        account
    }

    /// Notes what this end waits for after `segment`. Its connection is established with the first ACK that it receives.
    fn wait(&mut self, segment: &Segment) {
        if self.received.highest_acknowledgment.is_some() {
            let (flight, window) = (self.flight(), self.received.window);
            let mss = self.received.mss.map_or(0, u32::from);
            self.waiting.set(segment.time, flight, window, mss);
        }
    }

    fn note_flight(&mut self) {
        let flight = self.flight();
        self.max_flight = self.max_flight.max(flight);
        if self.sent.first_repetition.is_none() && self.received.duplicate_acks.first.is_none() {
            self.max_flight_before_loss = self.max_flight;
        }
    }

    /// Octets sent and not acknowledged, once the connection is established.
    fn flight(&self) -> u32 {
        let acknowledged = self
            .received
            .highest_acknowledgment
            .unwrap_or(self.sent.highest_sequence);
        self.sent.highest_sequence.wrapping_sub(acknowledged)
    }

    /// When the first and the last segment of either direction passed.
    #[must_use]
    pub fn span(&self) -> (Duration, Duration) {
        let directions = [&self.sent, &self.received];
        let seen = || directions.iter().filter(|direction| direction.segments > 0);
        let start = seen().map(|direction| direction.start).min().unwrap_or_default();
        (start, seen().map(|direction| direction.end).max().unwrap_or_default())
    }
}

impl Direction {
    /// Adds the next segment of this direction. `opposite` is the other direction up to now.
    fn add(&mut self, segment: &Segment, scale: u8, opposite: &Self) {
        if self.segments == 0 {
            self.start = segment.time;
            self.highest_sequence = segment.sequence;
        }
        if segment.syn {
            self.syns += 1;
            self.initial_sequence = Some(segment.sequence);
            self.mss = segment.mss;
            self.window_scale = segment.window_scale;
        }
        self.add_order(segment);
        self.add_payload(segment);
        // Before the window and the acknowledgment are overwritten: they are what "duplicate" compares with.
        let window = u32::from(segment.window) << if segment.syn { 0 } else { scale };
        let repeats = segment.acknowledgment.is_some() && segment.acknowledgment == self.highest_acknowledgment;
        let spoken = Spoken {
            highest: opposite.highest_sequence,
            answered: segment.outgoing && opposite.last_payload >= Some(self.end),
        };
        self.duplicate_acks.add(segment, repeats, window == self.window, spoken);
        self.add_window(segment, window);
        if let Some(number) = segment.acknowledgment
            && self
                .highest_acknowledgment
                .is_none_or(|highest| before(highest, number))
        {
            self.highest_acknowledgment = Some(number);
        }
        self.add_ecn(segment);
        self.sack_options += u32::from(!segment.sack_blocks.is_empty());
        self.sack_blocks += u32::try_from(segment.sack_blocks.len()).expect("at most four blocks");
        (self.ttl, self.tos, self.end) = (segment.ttl, segment.tos, segment.time);
        self.segments += 1;
    }

    /// Puts the segment into its place in the sequence space.
    fn add_order(&mut self, segment: &Segment) {
        let old_ack = segment.acknowledgment.zip(self.highest_acknowledgment);
        let old_ack = old_ack.is_some_and(|(number, highest)| before(number, highest));
        self.outdated_segments += u32::from(self.reassembly.is_old(segment) || old_ack);
        let span = self.reassembly.add(segment);
        self.max_reassembly_span = self.max_reassembly_span.max(span);
    }

    /// Counts the payload and finds out what of it is new.
    fn add_payload(&mut self, segment: &Segment) {
        self.octets += u64::from(segment.payload);
        if segment.payload > 0 {
            self.data_segments += 1;
            self.last_payload = Some(segment.time);
            if before(segment.sequence, self.highest_sequence) {
                let behind = self.highest_sequence.wrapping_sub(segment.sequence);
                self.repeated_segments += 1;
                self.first_repetition.get_or_insert(segment.time);
                self.repeated_octets += u64::from(segment.payload.min(behind));
            }
        }
        if before(self.highest_sequence, segment.end()) {
            self.highest_sequence = segment.end();
        }
    }

    /// Notes the window, in octets. A reset advertises none.
    fn add_window(&mut self, segment: &Segment, window: u32) {
        if segment.rst {
            return;
        }
        if self.segments > 0 && window == 0 && self.window > 0 {
            self.zero_windows += 1;
        }
        self.window = window;
        self.max_window = self.max_window.max(window);
    }

    /// Counts the congestion notifications of either layer. On a SYN the flags negotiate and mean nothing else.
    fn add_ecn(&mut self, segment: &Segment) {
        self.congestion_experienced += u32::from(segment.tos & 3 == 3);
        if segment.syn {
            return;
        }
        self.cwr_segments += u32::from(segment.cwr);
        self.ece_segments += u32::from(segment.ece);
        self.ece_edges += u32::from(segment.ece && !self.ece);
        self.ece = segment.ece;
    }
}

#[cfg(test)]
mod tests;
