//! Loss found without a timeout, and reactions to loss that turn out to have been unnecessary.
//!
//! Feeds `RackTimeout`, `SpuriousFrDetected`, `SpuriousRtoDetected`, `CongOverCount`. When the kernel finds out (by timestamps, D-SACK or F-RTO), it
//! takes the reduction back and clears `undo_marker`; it does so on leaving the state, or afterwards in peace.

use crate::{
    Sample, Tables,
    congestion::StateChange,
    sample::ca_state::{DISORDER, LOSS, RECOVERY},
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
    undo_marker: u32,
    lost: u32,
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
        self.undo_marker = now.undo_marker;
        self.lost = now.lost;
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
        self.undo_marker = now.undo_marker;
        if change.new == LOSS {
            // A timeout takes everything that is out for lost, just before it changes the state.
            self.lost = now.lost;
        }
    }

    /// Notices a reduction that was taken back after its recovery had ended, and says whether there was one.
    #[inline(always)]
    pub fn settle(&mut self, now: &Sample) -> bool {
        let late = self.undo_marker != 0 && now.undo_marker == 0 && now.ca_state <= DISORDER;
        if late {
            self.spurious_fast_retransmits += 1;
            self.undone += 1;
        }
        self.undo_marker = now.undo_marker;
        self.rack_lost = self.rack_lost.wrapping_add(now.lost.wrapping_sub(self.lost));
        self.lost = now.lost;
        late
    }
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
        recovery.state_change(&sample(RECOVERY, 77), &to(0));
        assert!(!recovery.settle(&sample(0, 77)));
        assert!(recovery.settle(&sample(0, 0)));
        assert!(!recovery.settle(&sample(0, 0)));
        assert_eq!((recovery.spurious_fast_retransmits, recovery.undone), (1, 1));
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
}
