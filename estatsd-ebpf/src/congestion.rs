//! Congestion signals, fast retransmits and timeouts.
//!
//! Feeds `CongSignals`, `FastRetran`, `Timeouts`, `SubsequentTimeouts`, `AbruptTimeouts`, `PreCongSumCwnd`, `PreCongSumRTT`,
//! `PostCongSumRTT`, `PostCongCountRTT`.
//!
//! The kernel announces each change of the sender's congestion state (`tcp_set_ca_state()`), a repeated timeout included, with
//! the old state still in the socket.

use crate::sample::{
    before,
    ca_state::{CWR, DISORDER, LOSS, OPEN, RECOVERY},
};
use crate::{Sample, Tables};

/// Counts, and sums at the signals.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Congestion {
    /// Sum of the round-trip samples at the signals, microseconds.
    pub pre_rtt_sum_us: u64,
    /// Sum of the first round-trip samples after the signals, microseconds.
    pub post_rtt_sum_us: u64,
    /// Samples in `post_rtt_sum_us`.
    pub post_count: u32,
    /// Sum of the windows before the signals, octets.
    pub pre_cwnd_sum: u32,
    /// Multiplicative reductions of the window.
    pub signals: u32,
    /// Fast retransmits.
    pub fast_retransmits: u32,
    /// Timeouts with the backoff at one.
    pub timeouts: u32,
    /// Timeouts after the timeout was doubled.
    pub subsequent_timeouts: u32,
    /// First timeouts with no sign of congestion before them.
    pub abrupt_timeouts: u32,
    awaiting_sample: u8,
    /// The state entered last, as far as it was announced.
    state: u8,
    reserved: u16,
}

/// What else the socket says at a change of the congestion state.
#[derive(Clone, Copy, Debug, Default)]
pub struct StateChange {
    /// The state being entered.
    pub new: u8,
    /// `icsk_backoff`: 0 while the timeout has not been doubled.
    pub backoff: u8,
    /// `icsk_retransmits`: timeouts since new data were last acknowledged.
    pub retransmits: u8,
    /// End of the window in which the old state was entered.
    pub high_seq: u32,
    /// Window before the last reduction, segments.
    pub prior_cwnd: u32,
    /// Threshold to go back to if the reduction is undone; 0 when there is none.
    pub prior_ssthresh: u32,
    /// Window when the record was last settled, octets.
    pub last_cwnd: u32,
    /// Latest round-trip sample, microseconds; 0 when there was none.
    pub sample_us: u32,
}

impl Congestion {
    /// Tables were switched on: what they show begins now.
    #[inline(always)]
    pub fn forget(&mut self, fresh: Tables) {
        if fresh.any(Tables::PERF) {
            self.signals = 0;
            self.timeouts = 0;
        }
        if fresh.any(Tables::PATH) {
            self.pre_rtt_sum_us = 0;
            self.post_rtt_sum_us = 0;
            self.post_count = 0;
            self.pre_cwnd_sum = 0;
            self.awaiting_sample = 0;
        }
        if fresh.any(Tables::STACK) {
            self.fast_retransmits = 0;
            self.subsequent_timeouts = 0;
            self.abrupt_timeouts = 0;
        }
    }

    /// A round-trip sample arrived.
    #[inline(always)]
    pub fn sampled(&mut self, us: u32) {
        if self.awaiting_sample != 0 {
            self.awaiting_sample = 0;
            self.post_rtt_sum_us += u64::from(us);
            self.post_count += 1;
        }
    }

    /// The sender enters another congestion state. Says whether a timeout was the reason.
    #[inline(always)]
    pub fn state_change(&mut self, now: &Sample, change: &StateChange) -> bool {
        let old = now.ca_state;
        let timeout = change.new == LOSS && timer_expired(now);
        if timeout {
            self.count_timeout(now, change);
        }
        // After a timeout too, when what it repeated turns out to be lost again.
        if change.new == RECOVERY && old != RECOVERY {
            self.fast_retransmits += 1;
        }
        let reduced = match change.new {
            // In a window that is being reduced already, the kernel retransmits without reducing it once more.
            CWR | RECOVERY => old != CWR && old != RECOVERY,
            LOSS => timeout && (old != LOSS || change.retransmits == 0),
            _ => false,
        };
        if reduced {
            self.signal(window_before(now, change), change.sample_us);
        }
        self.state = change.new;
        timeout
    }

    /// Takes the socket as it is for the starting point.
    #[inline(always)]
    pub fn start(&mut self, now: &Sample) {
        self.state = now.ca_state;
    }

    /// The sender was in the open state at the last look.
    #[inline(always)]
    #[must_use]
    pub fn open(&self) -> bool {
        self.state == OPEN
    }

    /// The state that the sender is in was announced.
    #[inline(always)]
    #[must_use]
    pub fn announced(&self, ca_state: u8) -> bool {
        self.state == ca_state
    }

    /// Accounts for a state that was entered without an announcement, and says whether there was one: where the kernel passes over
    /// a program that would interrupt itself, the socket still shows what happened. `last_cwnd` and `sample_us` as in [`StateChange`].
    #[inline(always)]
    pub fn settle(&mut self, now: &Sample, last_cwnd: u32, sample_us: u32) -> bool {
        let old = self.state;
        if now.ca_state == old {
            return false;
        }
        self.state = now.ca_state;
        if now.ca_state > old && now.ca_state >= CWR {
            if now.ca_state == RECOVERY {
                self.fast_retransmits += 1;
            } else if now.ca_state == LOSS {
                self.timeouts += 1;
                self.abrupt_timeouts += u32::from(old == OPEN && now.sacked_out == 0);
            }
            if old < CWR || now.ca_state == LOSS {
                self.signal(last_cwnd, sample_us);
            }
        }
        true
    }

    #[inline(always)]
    fn signal(&mut self, cwnd: u32, sample_us: u32) {
        self.signals += 1;
        self.pre_cwnd_sum = self.pre_cwnd_sum.wrapping_add(cwnd);
        self.pre_rtt_sum_us += u64::from(sample_us);
        self.awaiting_sample = 1;
    }

    #[inline(always)]
    fn count_timeout(&mut self, now: &Sample, change: &StateChange) {
        if change.backoff == 0 {
            self.timeouts += 1;
            if now.ca_state == OPEN && now.sacked_out == 0 {
                self.abrupt_timeouts += 1;
            }
        } else {
            self.subsequent_timeouts += 1;
        }
    }
}

/// The loss state is entered because the retransmission timer expired: `tcp_enter_loss()` has set the window to one segment more
/// than is in flight. `tcp_simple_retransmit()`, after a smaller path MTU was reported, enters the same state without that.
#[inline(always)]
fn timer_expired(now: &Sample) -> bool {
    now.snd_cwnd == now.packets_in_flight().wrapping_add(1)
}

/// The window before a reduction, octets. The kernel notes it in `prior_cwnd` only when it computes a new threshold; a signal
/// that falls into the window of another one keeps the old note, and then the last look at the window is the better witness.
#[inline(always)]
fn window_before(now: &Sample, change: &StateChange) -> u32 {
    let old = now.ca_state;
    let noted = match change.new {
        LOSS => old <= DISORDER || (old == LOSS && change.retransmits == 0) || !before(now.snd_una, change.high_seq),
        // Only a reduction that begins is a signal.
        _ => true,
    };
    if noted {
        now.octets(change.prior_cwnd)
    } else {
        change.last_cwnd
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MSS: u32 = 1000;

    fn now(ca_state: u8, snd_cwnd: u32, packets_out: u32) -> Sample {
        Sample {
            ca_state,
            snd_cwnd,
            packets_out,
            mss_cache: MSS,
            ..Sample::default()
        }
    }

    fn change(new: u8) -> StateChange {
        StateChange {
            new,
            prior_cwnd: 20,
            last_cwnd: 9 * MSS,
            sample_us: 30_000,
            ..StateChange::default()
        }
    }

    #[test]
    fn a_fast_retransmit_is_a_signal_with_window_and_rtt_before_it() {
        let mut congestion = Congestion::default();
        congestion.state_change(&now(OPEN, 20, 20), &change(DISORDER));
        assert_eq!(congestion.signals, 0);
        congestion.state_change(&now(DISORDER, 20, 20), &change(RECOVERY));
        assert_eq!((congestion.signals, congestion.fast_retransmits), (1, 1));
        assert_eq!((congestion.pre_cwnd_sum, congestion.pre_rtt_sum_us), (20 * MSS, 30_000));
        congestion.sampled(45_000);
        congestion.sampled(99_000);
        assert_eq!((congestion.post_count, congestion.post_rtt_sum_us), (1, 45_000));
    }

    #[test]
    fn a_fast_retransmit_in_a_window_that_is_being_reduced_is_no_further_signal() {
        let mut congestion = Congestion::default();
        congestion.state_change(&now(OPEN, 20, 20), &change(CWR));
        congestion.state_change(&now(CWR, 15, 20), &change(RECOVERY));
        assert_eq!((congestion.signals, congestion.fast_retransmits), (1, 1));
    }

    #[test]
    fn a_fast_retransmit_of_what_a_timeout_repeated_reduces_the_window_again() {
        let mut congestion = Congestion::default();
        congestion.state_change(&now(LOSS, 5, 10), &change(RECOVERY));
        assert_eq!((congestion.signals, congestion.fast_retransmits), (1, 1));
        congestion.state_change(&now(RECOVERY, 3, 10), &change(RECOVERY));
        assert_eq!((congestion.signals, congestion.fast_retransmits), (1, 1));
    }

    #[test]
    fn backed_off_timeouts_are_one_signal() {
        let mut congestion = Congestion::default();
        let lost = |ca_state| Sample {
            lost_out: 10,
            ..now(ca_state, 1, 10)
        };
        congestion.state_change(&lost(OPEN), &change(LOSS));
        for backoff in 1..4 {
            congestion.state_change(
                &lost(LOSS),
                &StateChange {
                    backoff,
                    retransmits: backoff,
                    ..change(LOSS)
                },
            );
        }
        assert_eq!(
            (
                congestion.timeouts,
                congestion.subsequent_timeouts,
                congestion.abrupt_timeouts
            ),
            (1, 3, 1)
        );
        assert_eq!(congestion.signals, 1);
    }

    #[test]
    fn a_first_timeout_without_announcement_is_no_subsequent_one() {
        let mut congestion = Congestion::default();
        let lost = Sample {
            lost_out: 10,
            ..now(LOSS, 1, 10)
        };
        congestion.settle(&lost, 9 * MSS, 0);
        congestion.state_change(
            &lost,
            &StateChange {
                backoff: 1,
                retransmits: 1,
                ..change(LOSS)
            },
        );
        assert_eq!((congestion.timeouts, congestion.subsequent_timeouts), (1, 1));
        assert_eq!(congestion.signals, 1);
    }

    #[test]
    fn a_timeout_within_a_recovery_uses_the_window_last_seen() {
        let mut congestion = Congestion::default();
        let within = Sample {
            lost_out: 10,
            snd_una: 100,
            ..now(RECOVERY, 1, 10)
        };
        congestion.state_change(
            &within,
            &StateChange {
                high_seq: 200,
                ..change(LOSS)
            },
        );
        assert_eq!((congestion.signals, congestion.pre_cwnd_sum), (1, 9 * MSS));
        assert_eq!((congestion.timeouts, congestion.abrupt_timeouts), (1, 0));
    }

    #[test]
    fn a_smaller_path_mtu_is_no_timeout() {
        let mut congestion = Congestion::default();
        congestion.state_change(&now(OPEN, 20, 10), &change(LOSS));
        assert_eq!((congestion.timeouts, congestion.signals), (0, 0));
    }

    #[test]
    fn a_state_that_was_not_announced_shows_afterwards() {
        let mut congestion = Congestion::default();
        congestion.state_change(&now(OPEN, 20, 20), &change(RECOVERY));
        assert!(!congestion.settle(&now(RECOVERY, 10, 20), 9000, 1));
        assert!(congestion.settle(&now(OPEN, 10, 20), 9000, 1));
        assert_eq!((congestion.signals, congestion.fast_retransmits), (1, 1));
        assert!(congestion.settle(&now(LOSS, 1, 20), 9000, 1));
        assert!(!congestion.settle(&now(LOSS, 1, 20), 9000, 1));
        assert_eq!(
            (congestion.signals, congestion.timeouts, congestion.abrupt_timeouts),
            (2, 1, 1)
        );
        assert_eq!(congestion.pre_cwnd_sum, 20 * MSS + 9000);
    }
}
