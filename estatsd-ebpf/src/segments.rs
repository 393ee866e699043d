//! Checks that a received segment fails.
//!
//! Feeds `SoftErrors` and `SoftErrorReason`, in the order in which the kernel checks: timestamp, data, acknowledgement.

use crate::{Sample, sample::before};

/// The segment's data lies wholly below the next octet expected: duplicates, keep-alives, window probes.
pub const BELOW_DATA_WINDOW: u16 = 1;
/// Some of the segment's data lies above the window.
pub const ABOVE_DATA_WINDOW: u16 = 2;
/// It acknowledges what has been acknowledged long since.
pub const BELOW_ACK_WINDOW: u16 = 3;
/// It acknowledges what has not been sent.
pub const ABOVE_ACK_WINDOW: u16 = 4;
/// Its timestamp is older than one already seen.
pub const BELOW_TS_WINDOW: u16 = 5;

/// Its checksum is wrong.
pub const CHECKSUM: u16 = 7;
/// Anything else: a SYN in the midst of the connection.
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

/// What is checked of a segment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Incoming {
    /// Its sequence number.
    pub seq: u32,
    /// The sequence number after it.
    pub end_seq: u32,
    /// Its acknowledgement number, if it has one.
    pub ack: Option<u32>,
    /// It is a SYN.
    pub syn: bool,
    /// End of the window that we announced. Looked at only for a segment that brings anything new: data that was taken in beyond
    /// the window may have moved the next octet expected past its end.
    pub window_end: u32,
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
    pub fn check(&mut self, now: &Sample, segment: &Incoming) {
        let already = self.failed & ALREADY != 0;
        self.failed = 0;
        if already {
            self.failed = JUST_NOW;
        } else if before(segment.seq, now.rcv_nxt) && !before(now.rcv_nxt, segment.end_seq) {
            self.fail(BELOW_DATA_WINDOW);
        } else if before(now.rcv_nxt, segment.end_seq) && before(segment.window_end, segment.end_seq) {
            self.fail(ABOVE_DATA_WINDOW);
        } else if segment.syn {
            self.fail(OTHER);
        } else if let Some(ack) = segment.ack {
            if before(ack, now.snd_una) {
                self.fail(BELOW_ACK_WINDOW);
            } else if before(now.snd_nxt, ack) {
                self.fail(ABOVE_ACK_WINDOW);
            }
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
        let now = Sample {
            rcv_nxt: 5000,
            snd_una: 100,
            snd_nxt: 900,
            ..Sample::default()
        };
        let good = Incoming {
            seq: 5000,
            end_seq: 6000,
            ack: Some(500),
            window_end: 9000,
            syn: false,
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
            (Incoming { ack: Some(99), ..good }, BELOW_ACK_WINDOW),
            (Incoming { ack: Some(901), ..good }, ABOVE_ACK_WINDOW),
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
        let now = Sample {
            rcv_nxt: 5000,
            ..Sample::default()
        };
        let old = Incoming {
            seq: 4000,
            end_seq: 5000,
            ack: Some(0),
            window_end: 9000,
            syn: false,
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
        let now = Sample {
            rcv_nxt: 5000,
            ..Sample::default()
        };
        let old = Incoming {
            seq: 4000,
            end_seq: 5000,
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
