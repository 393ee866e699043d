//! Round-trip time samples, recovered from the smoothed value.
//!
//! Feeds `SampleRTT`, `MinRTT`, `MaxRTT`, `SumRTT`, `HCSumRTT`, `CountRTT`.
//!
//! `tcp_rtt_estimator()` does `srtt += m - (srtt >> 3)` for a sample `m`, in microseconds; it is called at most once per ACK. As
//! the records are settled before each segment, `m` is exactly `new - old + (old >> 3)`. A sample that equals the mean leaves
//! the smoothed value as it was; then the advance of `snd_una` gives it away.

use crate::{Sample, sample::before};

/// Sum and extremes of the samples, microseconds.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Rtt {
    /// Sum of all samples.
    pub sum_us: u64,
    /// Number of samples.
    pub count: u32,
    /// Latest sample. Means nothing while `count` is 0, nor do the next two.
    pub sample_us: u32,
    /// Smallest sample.
    pub min_us: u32,
    /// Largest sample.
    pub max_us: u32,
    srtt: u32,
    una: u32,
    /// Data that was retransmitted is not all acknowledged yet, so that the next ACK may be one of it.
    retransmitted: u32,
    /// Where that data ends at the latest. The socket itself forgets what it repeated when it finds that nothing had been lost.
    repeated_to: u32,
}

impl Rtt {
    /// Takes the socket as it is for the starting point: nothing before it is counted.
    #[inline(always)]
    pub fn start(&mut self, now: &Sample) {
        self.srtt = now.srtt_us;
        self.una = now.snd_una;
        if now.retrans_out != 0 || now.probing {
            self.retransmitted = 1;
            self.repeated_to = now.snd_nxt;
        } else if self.retransmitted != 0 && !before(now.snd_una, self.repeated_to) {
            self.retransmitted = 0;
        }
    }

    /// Whether the last call has seen this `snd_una`.
    #[inline(always)]
    #[must_use]
    pub fn accounted(&self, snd_una: u32) -> bool {
        self.una == snd_una
    }

    /// Accounts for what happened since the last call and returns the sample that it brought, if any.
    #[inline(always)]
    pub fn settle(&mut self, now: &Sample) -> Option<u32> {
        let sample = self.sample_since(now);
        self.start(now);
        if let Some(us) = sample {
            self.sample_us = us;
            if self.count == 0 || us < self.min_us {
                self.min_us = us;
            }
            if us > self.max_us {
                self.max_us = us;
            }
            self.sum_us += u64::from(us);
            self.count += 1;
        }
        sample
    }

    #[inline(always)]
    fn sample_since(&self, now: &Sample) -> Option<u32> {
        if now.srtt_us == 0 {
            None
        } else if self.srtt == 0 {
            Some(now.srtt_us >> 3)
        } else if now.srtt_us != self.srtt {
            let us = now.srtt_us.wrapping_sub(self.srtt).wrapping_add(self.srtt >> 3);
            // Two samples in one, after a look that was missed, may come out below zero: then neither is known.
            if us.cast_signed() < 0 { None } else { Some(us) }
        } else if now.snd_una != self.una && (now.tstamp_ok || self.retransmitted == 0) {
            // Without timestamps, Karn's rule: an ACK of retransmitted data is no sample.
            Some(now.srtt_us >> 3)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kernel's estimator, for one sample.
    fn estimate(srtt: u32, m: u32) -> u32 {
        if srtt == 0 { m << 3 } else { srtt + m - (srtt >> 3) }
    }

    #[test]
    fn every_sample_is_recovered_exactly() {
        let mut now = Sample {
            tstamp_ok: true,
            ..Sample::default()
        };
        let mut rtt = Rtt::default();
        let samples = [40_000, 41_237, 40_000, 39_999, 120_001, 1, 1, 70_000];
        for m in samples {
            now.srtt_us = estimate(now.srtt_us, m);
            now.snd_una += 1448;
            assert_eq!(rtt.settle(&now), Some(m));
            assert_eq!(rtt.settle(&now), None, "nothing happened in between");
        }
        assert_eq!(rtt.count, 8);
        assert_eq!(rtt.sum_us, samples.iter().map(|m| u64::from(*m)).sum::<u64>());
        assert_eq!((rtt.min_us, rtt.max_us, rtt.sample_us), (1, 120_001, 70_000));
    }

    #[test]
    fn a_sample_equal_to_the_mean_counts() {
        let mut now = Sample {
            srtt_us: 8 * 500,
            tstamp_ok: true,
            ..Sample::default()
        };
        let mut rtt = Rtt::default();
        rtt.settle(&now);
        now.snd_una += 1;
        assert_eq!(rtt.settle(&now), Some(500));
    }

    #[test]
    fn an_ack_of_retransmitted_data_without_timestamps_is_no_sample() {
        let mut now = Sample {
            srtt_us: 8 * 500,
            retrans_out: 1,
            snd_nxt: 2,
            ..Sample::default()
        };
        let mut rtt = Rtt::default();
        rtt.settle(&now);
        now.snd_una += 1;
        now.retrans_out = 0;
        assert_eq!(rtt.settle(&now), None);
        now.snd_una += 1;
        assert_eq!(rtt.settle(&now), None, "the end of what was repeated");
        now.probing = true;
        assert_eq!(rtt.settle(&now), None);
        now.snd_una += 1;
        assert_eq!(rtt.settle(&now), None, "the probe was a retransmission");
        now.probing = false;
        assert_eq!(rtt.settle(&now), None);
        now.snd_una += 1;
        assert_eq!(rtt.settle(&now), Some(500), "nothing was repeated any more");
        assert_eq!(rtt.count, 2);
    }

    #[test]
    fn samples_that_ran_together_are_not_made_up() {
        let mut now = Sample {
            srtt_us: 8000,
            tstamp_ok: true,
            ..Sample::default()
        };
        let mut rtt = Rtt::default();
        rtt.settle(&now);
        now.srtt_us = estimate(estimate(8000, 100), 100);
        assert_eq!(rtt.settle(&now), None);
        assert_eq!(rtt.max_us, 1000);
    }
}
