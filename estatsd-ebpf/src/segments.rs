//! Checks that a received segment fails.
//!
//! Feeds `SoftErrors` and `SoftErrorReason`, in the order in which the kernel checks: that there is a flag which says what the segment
//! is, timestamp, data, reset, SYN, acknowledgement.

use crate::{header::Packet, sample::before};

/// The segment's data lies wholly below the next octet expected: duplicates, keep-alives, window probes.
pub const BELOW_DATA_WINDOW: u16 = 1;
/// Some of the segment's data lies above the window.
pub const ABOVE_DATA_WINDOW: u16 = 2;
/// It acknowledges what has been acknowledged long since.
pub const BELOW_ACK_WINDOW: u16 = 3;
/// It acknowledges what has not been sent.
pub const ABOVE_ACK_WINDOW: u16 = 4;
/// Its timestamp is older than one already seen. There is no window above it, which 6 would be for: what is not older is newer, by up to
/// half of all numbers (RFC 7323, section 5.2).
pub const BELOW_TS_WINDOW: u16 = 5;

/// Its checksum is wrong.
pub const CHECKSUM: u16 = 7;
/// Anything else: a SYN in the midst of the connection, a reset that has not the number expected (RFC 5961, section 3.2), or neither of
/// them and no acknowledgement.
pub const OTHER: u16 = 8;

/// Failures.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Segments {
    /// Their number.
    pub soft_errors: u32,
    /// The last one's reason; 0 while there was none.
    pub reason: u16,
    /// [`ALREADY`], [`JUST_NOW`].
    failed: u16,
}

/// The segment about to be processed has failed already.
const ALREADY: u16 = 1;
/// The segment being processed has failed a check.
const JUST_NOW: u16 = 2;

/// What a segment is checked against.
#[derive(Clone, Copy, Debug, Default)]
pub struct Expected {
    /// The next sequence number.
    pub rcv_nxt: u32,
    /// The oldest number that is not acknowledged.
    pub snd_una: u32,
    /// The next number to be sent.
    pub snd_nxt: u32,
}

/// What is checked of a segment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Incoming {
    /// Its sequence number.
    pub seq: u32,
    /// The sequence number after it.
    pub end_seq: u32,
    /// Its acknowledgement number, if it has the flag.
    pub ack: u32,
    /// Its flags, those of [`Packet`].
    pub flags: u8,
    /// The number, beside the next one expected, with which a reset ends the connection: that of a FIN just before it, or that after
    /// the last octet which SACK has reported. Looked at only for a reset.
    pub reset_at: u32,
    /// End of the window that we announced. Looked at only for a segment that brings anything new: data that was taken in beyond
    /// the window may have moved the next octet expected past its end.
    pub window_end: u32,
}

impl Incoming {
    /// It says what it is. The kernel looks at nothing else before that.
    #[inline(always)]
    fn is_any(&self) -> bool {
        self.flags & (Packet::ACK | Packet::SYN | Packet::RST) != 0
    }

    /// It ends the connection.
    #[inline(always)]
    fn resets(&self, rcv_nxt: u32) -> bool {
        self.flags & Packet::RST != 0 && (self.seq == rcv_nxt || self.seq == self.reset_at)
    }
}

impl Segments {
    /// A packet arrives whose timestamp is older than `ts_recent`.
    #[inline(always)]
    pub fn old_timestamp(&mut self) {
        self.fail(BELOW_TS_WINDOW);
        self.failed = ALREADY;
    }

    /// A segment is about to be processed.
    #[inline(always)]
    pub fn check(&mut self, now: &Expected, segment: &Incoming) {
        let already = self.failed & ALREADY != 0;
        self.failed = 0;
        if already {
            self.failed = JUST_NOW;
        } else if before(segment.seq, now.rcv_nxt) && !before(now.rcv_nxt, segment.end_seq) {
            self.refuse(now, segment, BELOW_DATA_WINDOW);
        } else if before(now.rcv_nxt, segment.end_seq) && before(segment.window_end, segment.end_seq) {
            self.refuse(now, segment, ABOVE_DATA_WINDOW);
        } else if segment.flags & (Packet::ACK | Packet::SYN | Packet::RST) != Packet::ACK {
            self.refuse(now, segment, OTHER);
        } else if before(segment.ack, now.snd_una) {
            self.fail(BELOW_ACK_WINDOW);
        } else if before(now.snd_nxt, segment.ack) {
            self.fail(ABOVE_ACK_WINDOW);
        }
    }

    /// A segment fails for `reason`, unless it ends the connection or is not looked at that far.
    #[inline(always)]
    fn refuse(&mut self, now: &Expected, segment: &Incoming, reason: u16) {
        if !segment.is_any() {
            self.fail(OTHER);
        } else if !segment.resets(now.rcv_nxt) {
            self.fail(reason);
        }
    }

    /// The kernel drops a segment for its checksum. `checked`: it was looked at before, so that what it says may have failed, too.
    #[inline(always)]
    pub fn corrupted(&mut self, checked: bool) {
        if checked && self.failed & JUST_NOW != 0 {
            self.reason = CHECKSUM;
        } else {
            self.fail(CHECKSUM);
        }
    }

    /// The segment that was checked last has failed.
    #[inline(always)]
    #[must_use]
    pub fn failed(&self) -> bool {
        self.failed != 0
    }

    #[inline(always)]
    fn fail(&mut self, reason: u16) {
        self.soft_errors += 1;
        self.reason = reason;
        self.failed |= JUST_NOW;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_check_has_its_reason() {
        let now = Expected {
            rcv_nxt: 5000,
            snd_una: 100,
            snd_nxt: 900,
        };
        let good = Incoming {
            seq: 5000,
            end_seq: 6000,
            ack: 500,
            flags: Packet::ACK,
            window_end: 9000,
            reset_at: 7000,
        };
        let bare = |seq, flags| Incoming {
            seq,
            end_seq: seq,
            flags,
            ..good
        };
        let cases = [
            (good, 0),
            (
                Incoming {
                    seq: 5000,
                    end_seq: 5000,
                    ..good
                },
                0,
            ),
            (
                Incoming {
                    seq: 4500,
                    end_seq: 5500,
                    ..good
                },
                0,
            ),
            (
                Incoming {
                    seq: 4000,
                    end_seq: 5000,
                    ..good
                },
                BELOW_DATA_WINDOW,
            ),
            (
                Incoming {
                    seq: 4999,
                    end_seq: 4999,
                    ..good
                },
                BELOW_DATA_WINDOW,
            ),
            (Incoming { end_seq: 9001, ..good }, ABOVE_DATA_WINDOW),
            (
                Incoming {
                    end_seq: 5000,
                    window_end: 4900,
                    ..good
                },
                0,
            ),
            (Incoming { ack: 99, ..good }, BELOW_ACK_WINDOW),
            (Incoming { ack: 901, ..good }, ABOVE_ACK_WINDOW),
            (bare(5000, Packet::SYN), OTHER),
            (bare(5000, 0), OTHER),
            (bare(4000, Packet::FIN), OTHER),
            (bare(5000, Packet::RST), 0),
            (bare(7000, Packet::RST), 0),
            (bare(5001, Packet::RST), OTHER),
            (bare(4999, Packet::RST), BELOW_DATA_WINDOW),
            (
                Incoming {
                    reset_at: 4999,
                    ..bare(4999, Packet::RST)
                },
                0,
            ),
            (bare(9001, Packet::RST), ABOVE_DATA_WINDOW),
            // What a reset acknowledges does not matter.
            (
                Incoming {
                    ack: 901,
                    ..bare(5000, Packet::RST | Packet::ACK)
                },
                0,
            ),
        ];
        for (segment, reason) in cases {
            let mut segments = Segments::default();
            segments.check(&now, &segment);
            assert_eq!(
                (segments.soft_errors, segments.reason),
                (u32::from(reason != 0), reason),
                "{segment:?}"
            );
        }
    }

    #[test]
    fn one_segment_fails_once() {
        let now = Expected {
            rcv_nxt: 5000,
            ..Expected::default()
        };
        let old = Incoming {
            seq: 4000,
            end_seq: 5000,
            flags: Packet::ACK,
            window_end: 9000,
            ..Incoming::default()
        };
        let mut segments = Segments::default();
        segments.old_timestamp();
        segments.check(&now, &old);
        assert_eq!((segments.soft_errors, segments.reason), (1, BELOW_TS_WINDOW));
        segments.check(&now, &old);
        assert_eq!((segments.soft_errors, segments.reason), (2, BELOW_DATA_WINDOW));
    }

    #[test]
    fn a_wrong_checksum_makes_up_for_what_the_segment_seemed_to_be() {
        let now = Expected {
            rcv_nxt: 5000,
            ..Expected::default()
        };
        let old = Incoming {
            seq: 4000,
            end_seq: 5000,
            flags: Packet::ACK,
            window_end: 9000,
            ..Incoming::default()
        };
        let new = Incoming {
            seq: 5000,
            end_seq: 6000,
            ..old
        };
        let mut segments = Segments::default();
        segments.check(&now, &old);
        segments.corrupted(true);
        assert_eq!((segments.soft_errors, segments.reason), (1, CHECKSUM));
        segments.check(&now, &new);
        segments.corrupted(true);
        assert_eq!((segments.soft_errors, segments.reason), (2, CHECKSUM));
        // One that was never looked at.
        segments.check(&now, &old);
        segments.corrupted(false);
        assert_eq!((segments.soft_errors, segments.reason), (4, CHECKSUM));
    }
}
