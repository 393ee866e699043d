//! Extremes of the congestion window, of the slow start threshold and of the segment size.
//!
//! Feeds `MaxSsCwnd`, `MaxCaCwnd`, `MaxSsthresh`, `MinSsthresh`, `MaxMSS`, `MinMSS`, `SlowStart`, `CongAvoid`, `OtherReductions`,
//! `OtherReductionsCV`. These values change only when a segment or a timer is processed and stay until the next one, so settling sees
//! each of them. A change of the window in the neighbourhood of a congestion signal belongs to the signal; the others are growth, or
//! other reductions.

use crate::Sample;
use crate::sample::{INFINITE_SSTHRESH, ca_state};

/// Extremes in octets; 0 (for a minimum too) while there was nothing to take.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Cwnd {
    /// Largest window in slow start, that is below the threshold.
    pub max_slow_start: u32,
    /// Largest window in congestion avoidance.
    pub max_avoidance: u32,
    /// Largest threshold, the initial one aside.
    pub max_ssthresh: u32,
    /// Smallest threshold, the initial one aside.
    pub min_ssthresh: u32,
    /// Largest segment size. The kernel's option for it has 16 bits.
    pub max_mss: u16,
    /// Smallest segment size.
    pub min_mss: u16,
    /// Window when last seen, octets.
    pub last: u32,
    /// Times that slow start made the window larger.
    pub slow_starts: u32,
    /// Times that congestion avoidance made the window larger.
    pub avoidances: u32,
    /// Times that the window became smaller without a congestion signal.
    pub other_reductions: u32,
    /// Those among them for which the window had not been used: congestion window validation (RFC 2861).
    pub validations: u32,
    initial_ssthresh: u32,
    segments: u32,
    threshold: u32,
    /// The congestion state changed since the last look, or there was none yet.
    disturbed: u8,
    /// The congestion control sets the window by itself (`cong_control`), and the kernel does not validate it.
    autonomous: u8,
    reserved: u16,
}

impl Cwnd {
    /// Takes the socket as it is for the starting point. The threshold of this moment is the initial one.
    #[inline(always)]
    pub fn start(&mut self, now: &Sample) {
        // Unless a SYN was lost, which sets a threshold as any other loss does.
        self.initial_ssthresh = if self.max_ssthresh == 0 {
            now.snd_ssthresh
        } else {
            INFINITE_SSTHRESH
        };
        self.disturbed = 1;
    }

    /// The sender enters another congestion state: what becomes of the window is its doing.
    #[inline(always)]
    pub fn disturb(&mut self) {
        self.disturbed = 1;
    }

    /// Takes note of whether the congestion control sets the window by itself. Before each look, as the application may choose another.
    #[inline(always)]
    pub fn governed(&mut self, autonomous: bool) {
        self.autonomous = u8::from(autonomous);
    }

    /// The window is what it was at the last look.
    #[inline(always)]
    #[must_use]
    pub fn rests(&self, snd_cwnd: u32) -> bool {
        snd_cwnd == self.segments
    }

    /// No congestion signal is near: neither at the last look nor since.
    #[inline(always)]
    #[must_use]
    pub fn calm(&self) -> bool {
        self.disturbed == 0
    }

    /// A packet leaves: the window may have changed since the segment that set it off arrived.
    #[inline(always)]
    pub fn sent(&mut self, cwnd: u32) {
        self.last = cwnd;
    }

    /// Takes the present values in. `undone`: a reduction was undone since the last look.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "segment sizes have 16 bits")]
    pub fn settle(&mut self, now: &Sample, undone: bool) {
        let calm = now.ca_state <= ca_state::DISORDER;
        if calm && self.disturbed == 0 && !undone {
            if now.snd_cwnd < self.segments {
                self.other_reductions += 1;
                self.validations += u32::from(self.validated(now));
            } else if now.snd_cwnd > self.segments && self.segments < self.threshold {
                self.slow_starts += 1;
            } else if now.snd_cwnd > self.segments {
                self.avoidances += 1;
            }
        }
        self.segments = now.snd_cwnd;
        self.threshold = now.snd_ssthresh;
        self.disturbed = u8::from(!calm);
        let cwnd = now.octets(now.snd_cwnd);
        if calm {
            if now.snd_cwnd < now.snd_ssthresh {
                raise(&mut self.max_slow_start, cwnd);
            } else {
                raise(&mut self.max_avoidance, cwnd);
            }
        }
        self.last = cwnd;
        self.settle_ssthresh(now);
        if now.mss_cache > u32::from(self.max_mss) {
            self.max_mss = now.mss_cache as u16;
        }
        if self.min_mss == 0 || now.mss_cache < u32::from(self.min_mss) {
            self.min_mss = now.mss_cache as u16;
        }
    }

    /// The window became smaller because it was not used. `tcp_cwnd_restart()` and `tcp_cwnd_application_limited()` remember three
    /// quarters of the window that they give up as the threshold, if it was not higher, which no other reduction does.
    #[inline(always)]
    fn validated(&self, now: &Sample) -> bool {
        now.ca_state == ca_state::OPEN
            && self.autonomous == 0
            && now.snd_ssthresh >= self.threshold
            && now.snd_ssthresh >= (self.segments >> 1) + (self.segments >> 2)
    }

    /// Takes the present threshold in.
    #[inline(always)]
    pub fn settle_ssthresh(&mut self, now: &Sample) {
        if now.snd_ssthresh != self.initial_ssthresh && now.snd_ssthresh < INFINITE_SSTHRESH {
            let octets = now.octets(now.snd_ssthresh);
            raise(&mut self.max_ssthresh, octets);
            lower(&mut self.min_ssthresh, octets);
            // From here on the initial value is one like any other.
            self.initial_ssthresh = INFINITE_SSTHRESH;
        }
    }
}

#[inline(always)]
fn raise(max: &mut u32, value: u32) {
    if value > *max {
        *max = value;
    }
}

#[inline(always)]
fn lower(min: &mut u32, value: u32) {
    if *min == 0 || value < *min {
        *min = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(snd_cwnd: u32, snd_ssthresh: u32, ca_state: u8) -> Sample {
        Sample {
            snd_cwnd,
            snd_ssthresh,
            ca_state,
            mss_cache: 1000,
            ..Sample::default()
        }
    }

    #[test]
    fn the_window_counts_for_the_phase_that_it_is_in() {
        let mut cwnd = Cwnd::default();
        cwnd.start(&sample(10, INFINITE_SSTHRESH, ca_state::OPEN));
        cwnd.settle(&sample(40, INFINITE_SSTHRESH, ca_state::OPEN), false);
        cwnd.settle(&sample(50, 20, ca_state::RECOVERY), false);
        cwnd.settle(&sample(20, 20, ca_state::OPEN), false);
        cwnd.settle(&sample(21, 20, ca_state::OPEN), false);
        assert_eq!((cwnd.max_slow_start, cwnd.max_avoidance), (40_000, 21_000));
        assert_eq!((cwnd.min_ssthresh, cwnd.max_ssthresh), (20_000, 20_000));
    }

    #[test]
    fn a_cached_initial_threshold_does_not_count_until_it_changes() {
        let mut cwnd = Cwnd::default();
        cwnd.start(&sample(10, 30, ca_state::OPEN));
        cwnd.settle(&sample(12, 30, ca_state::OPEN), false);
        assert_eq!((cwnd.min_ssthresh, cwnd.max_ssthresh), (0, 0));
        cwnd.settle(&sample(12, 7, ca_state::OPEN), false);
        cwnd.settle(&sample(12, 30, ca_state::OPEN), false);
        assert_eq!((cwnd.min_ssthresh, cwnd.max_ssthresh), (7_000, 30_000));
    }

    #[test]
    fn a_threshold_that_a_lost_syn_left_is_no_initial_one() {
        let mut cwnd = Cwnd::default();
        cwnd.settle_ssthresh(&sample(1, 7, ca_state::LOSS));
        cwnd.start(&sample(10, 7, ca_state::OPEN));
        cwnd.settle(
            &Sample {
                mss_cache: 1400,
                ..sample(10, 7, ca_state::OPEN)
            },
            false,
        );
        assert_eq!((cwnd.min_ssthresh, cwnd.max_ssthresh), (7_000, 9_800));
    }

    #[test]
    fn growth_counts_for_the_phase_that_it_began_in() {
        let mut cwnd = Cwnd::default();
        cwnd.start(&sample(1, 12, ca_state::OPEN));
        for segments in [10, 11, 12, 12, 13] {
            cwnd.settle(&sample(segments, 12, ca_state::OPEN), false);
        }
        assert_eq!((cwnd.slow_starts, cwnd.avoidances, cwnd.other_reductions), (2, 1, 0));
    }

    #[test]
    fn a_window_that_is_given_up_unused_leaves_its_threshold() {
        let mut cwnd = Cwnd::default();
        cwnd.start(&sample(40, 20, ca_state::OPEN));
        cwnd.settle(&sample(40, 20, ca_state::OPEN), false);
        cwnd.settle(&sample(10, 30, ca_state::OPEN), false);
        assert_eq!((cwnd.other_reductions, cwnd.validations), (1, 1));
        cwnd.settle(&sample(9, 30, ca_state::OPEN), false);
        assert_eq!(
            (cwnd.other_reductions, cwnd.validations),
            (2, 2),
            "the threshold was high enough"
        );
        for (window, threshold, state) in [
            (8, 29, ca_state::OPEN),
            (7, 30, ca_state::DISORDER),
            (40, 20, ca_state::OPEN),
            (20, 20, ca_state::OPEN),
        ] {
            cwnd.settle(&sample(window, threshold, state), false);
        }
        assert_eq!((cwnd.other_reductions, cwnd.validations), (5, 2), "for other reasons");
    }

    #[test]
    fn a_congestion_control_that_sets_the_window_by_itself_does_not_validate_it() {
        let mut cwnd = Cwnd::default();
        let window = |segments| sample(segments, INFINITE_SSTHRESH, ca_state::OPEN);
        cwnd.governed(true);
        cwnd.start(&window(40));
        cwnd.settle(&window(40), false);
        cwnd.settle(&window(4), false);
        assert_eq!((cwnd.other_reductions, cwnd.validations), (1, 0));
        cwnd.governed(false);
        cwnd.settle(&window(3), false);
        assert_eq!((cwnd.other_reductions, cwnd.validations), (2, 1));
    }

    #[test]
    fn what_a_signal_does_to_the_window_is_no_other_reduction() {
        let mut cwnd = Cwnd::default();
        cwnd.start(&sample(10, 12, ca_state::OPEN));
        cwnd.settle(&sample(20, 12, ca_state::OPEN), false);
        cwnd.disturb();
        cwnd.settle(&sample(15, 10, ca_state::RECOVERY), false);
        cwnd.settle(&sample(10, 10, ca_state::OPEN), false);
        assert_eq!(cwnd.other_reductions, 0);
        cwnd.settle(&sample(4, 10, ca_state::OPEN), false);
        assert_eq!(cwnd.other_reductions, 1, "restart after idle");
        cwnd.settle(&sample(10, 10, ca_state::OPEN), true);
        assert_eq!(
            (cwnd.slow_starts, cwnd.avoidances),
            (0, 0),
            "an undone reduction is no growth"
        );
    }
}
