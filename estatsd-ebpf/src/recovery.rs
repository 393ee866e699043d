//! Loss found without a timeout, and reactions to loss that turn out to have been unnecessary.
//!
//! Feeds `LostRetransmitSegs`, `RackTimeout`, `SpuriousFrDetected`, `SpuriousRtoDetected`, `CongOverCount`. When the kernel finds out (by timestamps, D-SACK or F-RTO), it
//! takes the reduction back and clears `undo_marker`; it does so on leaving the state, or afterwards in peace.

use crate::{
    Sample, Tables,
    congestion::StateChange,
    sample::{
        ahead, before,
        ca_state::{DISORDER, LOSS, RECOVERY},
    },
};

/// Counts of undone reactions.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Recovery {
    /// Fast retransmits that were unnecessary.
    pub spurious_fast_retransmits: u32,
    /// Timeouts that were unnecessary.
    pub spurious_timeouts: u32,
    /// Reductions of the window that were taken back.
    pub undone: u32,
    /// Segments taken for lost by their order in time, not by a timeout.
    pub rack_lost: u32,
    /// Retransmitted segments that were taken for lost again.
    pub lost_again: u32,
    lost: u32,
    /// End of the data that was retransmitted since everything out was taken for lost, or `snd_una`.
    high: u32,
    /// Retransmitted segments in flight, when last seen.
    retransmitted: u16,
    /// The state, recovery or loss, that was entered with the reduction which may still be undone; 0 when there is none.
    undoable: u8,
    reserved: u8,
}

/// A segment that is being retransmitted because it was taken for lost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Retransmission {
    /// Its sequence number.
    pub seq: u32,
    /// The sequence number after it.
    pub end_seq: u32,
    /// Segments in the buffer.
    pub segments: u32,
    /// Retransmitted segments in flight without it.
    pub retrans_out: u32,
}

impl Recovery {
    /// Tables were switched on: what they show begins now.
    #[inline(always)]
    pub fn forget(&mut self, fresh: Tables) {
        if fresh.any(Tables::STACK) {
            self.spurious_fast_retransmits = 0;
            self.spurious_timeouts = 0;
            self.undone = 0;
            self.rack_lost = 0;
        }
    }

    /// Takes the socket as it is for the starting point.
    #[inline(always)]
    pub fn start(&mut self, now: &Sample) {
        self.note(now, now.ca_state);
        self.lost = now.lost;
        self.retransmitted = few(now.retrans_out);
        self.high = now.snd_una;
    }

    /// A segment is retransmitted. Losses are found in the order of sending, so what lies below the last retransmission was
    /// retransmitted before, and taken for lost again.
    #[inline(always)]
    pub fn retransmitted(&mut self, segment: &Retransmission) {
        if before(segment.seq, self.high) {
            self.lost_again += segment.segments;
        } else {
            self.high = segment.end_seq;
        }
        self.retransmitted = few(segment.retrans_out + segment.segments);
    }

    /// A packet leaves, with so many retransmitted segments in flight.
    #[inline(always)]
    pub fn sent(&mut self, retrans_out: u32) {
        self.retransmitted = few(retrans_out);
    }

    /// Notes whether a reduction may still be undone, and which state it came with: `state`, or one before that was left meanwhile.
    #[inline(always)]
    fn note(&mut self, now: &Sample, state: u8) {
        if now.undo_marker == 0 {
            self.undoable = 0;
        } else if state >= RECOVERY {
            self.undoable = state;
        }
    }

    /// The sender enters another congestion state.
    #[inline(always)]
    pub fn state_change(&mut self, now: &Sample, change: &StateChange) {
        if now.undo_marker == 0 && change.new <= DISORDER {
            let restored = change.prior_ssthresh != 0;
            if now.ca_state == RECOVERY {
                self.spurious_fast_retransmits += 1;
                self.undone += u32::from(restored);
            } else if now.ca_state == LOSS && restored {
                self.spurious_timeouts += 1;
                self.undone += 1;
            }
        }
        self.note(now, change.new);
        if change.new == LOSS {
            // A timeout takes everything that is out for lost, just before it changes the state.
            self.lost = now.lost;
            self.lost_again += ahead(self.retransmitted.into(), now.retrans_out);
            self.retransmitted = few(now.retrans_out);
            self.high = now.snd_una;
        }
    }

    /// No reduction may be undone, and no retransmitted segment was in flight when last seen.
    #[inline(always)]
    #[must_use]
    pub fn rests(&self) -> bool {
        self.undoable == 0 && self.retransmitted == 0
    }

    /// What is acknowledged is no longer retransmitted.
    #[inline(always)]
    pub fn advance(&mut self, snd_una: u32) {
        if before(self.high, snd_una) {
            self.high = snd_una;
        }
    }

    /// Notices a reduction that was taken back after its recovery had ended, and says whether there was one.
    #[inline(always)]
    pub fn settle(&mut self, now: &Sample) -> bool {
        let late = self.undoable != 0 && now.undo_marker == 0 && now.ca_state <= DISORDER;
        if late {
            if self.undoable == LOSS {
                self.spurious_timeouts += 1;
            } else {
                self.spurious_fast_retransmits += 1;
            }
            self.undone += 1;
        }
        self.note(now, now.ca_state);
        self.retransmitted = few(now.retrans_out);
        if late {
            // What is no longer taken for lost cannot be lost again.
            self.high = now.snd_una;
        }
        self.advance(now.snd_una);
        self.rack_lost = self.rack_lost.wrapping_add(now.lost.wrapping_sub(self.lost));
        self.lost = now.lost;
        late
    }
}

/// A number of segments that are retransmitted at once; a window of more than 65,535 is as good as that.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "checked in the line itself")]
fn few(segments: u32) -> u16 {
    if segments > 0xffff { 0xffff } else { segments as u16 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(ca_state: u8, undo_marker: u32) -> Sample {
        Sample {
            undo_marker,
            ca_state,
            ..Sample::default()
        }
    }

    fn to(new: u8) -> StateChange {
        StateChange {
            new,
            prior_ssthresh: 10,
            ..StateChange::default()
        }
    }

    #[test]
    fn only_an_undone_recovery_was_spurious() {
        let mut recovery = Recovery::default();
        recovery.state_change(&sample(RECOVERY, 77), &to(0));
        assert_eq!(recovery.spurious_fast_retransmits, 0);
        recovery.state_change(&sample(RECOVERY, 0), &to(0));
        recovery.state_change(&sample(LOSS, 0), &to(0));
        assert_eq!(
            (
                recovery.spurious_fast_retransmits,
                recovery.spurious_timeouts,
                recovery.undone
            ),
            (1, 1, 2)
        );
    }

    #[test]
    fn a_late_undo_counts_once() {
        let mut recovery = Recovery::default();
        recovery.state_change(&sample(0, 77), &to(RECOVERY));
        recovery.state_change(&sample(RECOVERY, 77), &to(0));
        assert!(!recovery.settle(&sample(0, 77)));
        assert!(recovery.settle(&sample(0, 0)));
        assert!(!recovery.settle(&sample(0, 0)));
        assert_eq!((recovery.spurious_fast_retransmits, recovery.undone), (1, 1));
    }

    #[test]
    fn a_late_undo_belongs_to_what_was_entered() {
        let mut recovery = Recovery::default();
        recovery.state_change(&sample(0, 77), &to(LOSS));
        recovery.settle(&sample(LOSS, 77));
        recovery.state_change(&sample(LOSS, 77), &to(0));
        assert!(recovery.settle(&sample(0, 0)));
        assert_eq!((recovery.spurious_timeouts, recovery.undone), (1, 1));
        assert_eq!(recovery.spurious_fast_retransmits, 0);
    }

    #[test]
    fn what_a_timeout_takes_for_lost_is_not_counted() {
        let lost = |ca_state, lost| Sample {
            lost,
            ..sample(ca_state, 0)
        };
        let mut recovery = Recovery::default();
        recovery.settle(&lost(RECOVERY, 3));
        recovery.state_change(&lost(RECOVERY, 9), &to(LOSS));
        recovery.settle(&lost(LOSS, 10));
        assert_eq!(recovery.rack_lost, 4);
    }

    const NOW: Sample = Sample {
        snd_una: 1000,
        ..Sample::ZERO
    };

    fn resent(seq: u32, retrans_out: u32) -> Retransmission {
        Retransmission {
            seq,
            end_seq: seq + 1000,
            segments: 1,
            retrans_out,
        }
    }

    #[test]
    fn what_is_retransmitted_again_was_lost_again() {
        let mut recovery = Recovery::default();
        recovery.start(&NOW);
        recovery.retransmitted(&resent(1000, 0));
        recovery.retransmitted(&resent(3000, 1));
        assert_eq!(recovery.lost_again, 0);
        recovery.settle(&Sample { retrans_out: 2, ..NOW });
        recovery.retransmitted(&resent(1000, 1));
        assert_eq!(recovery.lost_again, 1);
        // Beyond all of that, another one.
        recovery.settle(&Sample { snd_una: 9000, ..NOW });
        recovery.retransmitted(&resent(9000, 0));
        assert_eq!(recovery.lost_again, 1);
    }

    #[test]
    fn a_timeout_takes_what_was_retransmitted_for_lost_again() {
        let mut recovery = Recovery::default();
        recovery.start(&NOW);
        recovery.retransmitted(&resent(1000, 0));
        recovery.retransmitted(&resent(2000, 1));
        recovery.state_change(&NOW, &to(LOSS));
        assert_eq!(recovery.lost_again, 2);
        // It is counted when the timer expires, not when it is sent again.
        recovery.retransmitted(&resent(1000, 0));
        recovery.state_change(&Sample { ca_state: LOSS, ..NOW }, &to(LOSS));
        assert_eq!(recovery.lost_again, 3);
    }
}
