//! Extremes of the retransmission timeout.
//!
//! Feeds `MaxRTO` and `MinRTO`. A timeout value stays until the next segment or the next expiry, and both settle the record, so
//! none is missed.

use crate::Sample;

/// Extremes of `icsk_rto`, jiffies; both 0 before the first round-trip sample.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Rto {
    /// Smallest.
    pub min: u32,
    /// Largest.
    pub max: u32,
}

impl Rto {
    /// Takes the present value in. Before the first RTT sample it is only the initial value, which no estimate produced.
    #[inline(always)]
    pub fn settle(&mut self, now: &Sample) {
        if now.srtt_us == 0 {
            return;
        }
        if self.min == 0 || now.icsk_rto < self.min {
            self.min = now.icsk_rto;
        }
        if now.icsk_rto > self.max {
            self.max = now.icsk_rto;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_initial_timeout_does_not_count() {
        let mut rto = Rto::default();
        rto.settle(&Sample {
            icsk_rto: 250,
            ..Sample::default()
        });
        assert_eq!((rto.min, rto.max), (0, 0));
        for icsk_rto in [51, 102, 204, 50] {
            rto.settle(&Sample {
                icsk_rto,
                srtt_us: 1,
                ..Sample::default()
            });
        }
        assert_eq!((rto.min, rto.max), (50, 204));
    }
}
