//! Octets in the network.
//!
//! Feeds `PipeSize` and `MaxPipeSize`. Only sending makes the pipe larger, so its peak is seen when a packet leaves.

use crate::{Sample, sample::before};

/// The largest pipe.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Pipe {
    /// Octets.
    pub max: u32,
}

/// The sender's estimate of the octets in the network: all that is unacknowledged while no hole is known, else (RFC 3517) the
/// segments that are neither reported as received nor taken for lost, at the present segment size; but not more than is
/// unacknowledged, unless segments are out twice.
#[inline(always)]
#[must_use]
pub fn size(now: &Sample) -> u32 {
    if now.contiguous() {
        now.octets_out()
    } else {
        let (segments, unacknowledged) = (now.packets_in_flight(), now.octets_out());
        let octets = now.octets(segments);
        if segments <= now.packets_out && unacknowledged < octets {
            unacknowledged
        } else {
            octets
        }
    }
}

impl Pipe {
    /// Takes the present pipe in.
    #[inline(always)]
    pub fn settle(&mut self, now: &Sample) {
        self.raise(size(now));
    }

    /// A packet with `payload` octets from `seq` on leaves. The kernel books it only afterwards.
    #[inline(always)]
    pub fn sent(&mut self, now: &Sample, seq: u32, payload: u32) {
        if payload == 0 {
            return;
        }
        let end = seq.wrapping_add(payload);
        if !now.contiguous() {
            self.raise(size(now).saturating_add(payload));
        } else if before(now.snd_nxt, end) {
            self.raise(end.wrapping_sub(now.snd_una));
        } else {
            self.raise(size(now));
        }
    }

    #[inline(always)]
    fn raise(&mut self, octets: u32) {
        if octets > self.max {
            self.max = octets;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packet_that_leaves_is_in_the_pipe() {
        let now = Sample {
            snd_una: 1000,
            snd_nxt: 3000,
            packets_out: 2,
            mss_cache: 1000,
            ..Sample::default()
        };
        let mut pipe = Pipe::default();
        pipe.sent(&now, 3000, 500);
        assert_eq!(pipe.max, 2500);
        pipe.sent(&now, 1000, 1000);
        assert_eq!(pipe.max, 2500, "a repeated segment adds nothing that is not there");
    }

    #[test]
    fn what_is_lost_or_received_is_not_in_the_pipe() {
        let now = Sample {
            snd_una: 0,
            snd_nxt: 10_000,
            packets_out: 10,
            sacked_out: 5,
            lost_out: 2,
            retrans_out: 1,
            mss_cache: 1000,
            ..Sample::default()
        };
        assert_eq!(size(&now), 4000);
    }

    #[test]
    fn a_short_segment_that_is_repeated_is_no_longer_for_it() {
        let now = Sample {
            snd_nxt: 300,
            write_seq: 300,
            packets_out: 1,
            lost_out: 1,
            retrans_out: 1,
            mss_cache: 1000,
            ..Sample::default()
        };
        assert_eq!(size(&now), 300);
        let with_fin = Sample {
            fin_written: true,
            ..now
        };
        assert_eq!(size(&with_fin), 299);
        // The original and a probe, neither of which is known to be lost.
        let twice = Sample { lost_out: 0, ..now };
        assert_eq!(size(&twice), 2000);
    }
}
