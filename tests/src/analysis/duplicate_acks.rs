//! Which ACKs are duplicates (RFC 5681, section 2, and RFC 6675, section 2), and their runs.

use std::time::Duration;

use crate::segment::{Segment, before};

/// What the other direction says about the data that an ACK speaks of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spoken {
    /// The highest sequence number after any segment.
    pub(super) highest: u32,
    /// Payload arrived since the last segment that this end sent: its sender had not seen it acknowledged.
    pub(super) answered: bool,
}

/// The duplicate ACKs of one direction.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DuplicateAcks {
    /// Their number.
    pub count: u32,
    /// Runs of consecutive ones.
    pub episodes: u32,
    /// When the first one passed, since the epoch.
    pub first: Option<Duration>,
    in_run: bool,
    reported: Reported,
}

impl DuplicateAcks {
    /// Looks at the next segment of this direction, which `repeats` the highest acknowledgment number or not, and the window of
    /// the segment before it or not.
    pub(super) fn add(&mut self, segment: &Segment, repeats: bool, same_window: bool, spoken: Spoken) {
        let Some(number) = segment.acknowledgment else { return };
        let news = self.reported.add(&segment.sack_blocks, number, spoken.highest);
        let outstanding = before(number, spoken.highest) || spoken.answered;
        // RFC 6675 takes what brings news by SACK for a duplicate ACK; RFC 5681 what repeats everything. A report of a duplicate
        // (RFC 2883) says nothing about a hole.
        let says_it_again = news || (same_window && !segment.reports_duplicate());
        if !repeats {
            self.in_run = false;
        } else if segment.is_pure_ack() && outstanding && says_it_again {
            self.count += 1;
            self.first.get_or_insert(segment.time);
            self.episodes += u32::from(!self.in_run);
            self.in_run = true;
        }
    }
}

/// The octets above the acknowledgment number that SACK has reported as received: left and right edges, in no order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Reported(Vec<(u32, u32)>);

impl Reported {
    /// Takes the blocks of an ACK of everything before `number`, and says whether they report any octet before `highest` that
    /// was not known to be received: what RFC 6675 calls un-acknowledged and un-reported between `HighACK` and `HighData`.
    fn add(&mut self, blocks: &[(u32, u32)], number: u32, highest: u32) -> bool {
        self.0.retain(|&(_, right)| before(number, right));
        let mut news = false;
        for &(left, right) in blocks {
            let left = if before(left, number) { number } else { left };
            let sent = !before(highest, right);
            if sent && before(left, right) && !self.knows(left, right) {
                self.0.push((left, right));
                news = true;
            }
        }
        news
    }

    /// Whether every octet from `left` to `right` was reported before.
    fn knows(&self, mut left: u32, right: u32) -> bool {
        while before(left, right) {
            let known = self
                .0
                .iter()
                .find(|&&(first, end)| !before(left, first) && before(left, end));
            match known {
                Some(&(_, end)) => left = end,
                None => return false,
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::Reported;

    #[test]
    fn only_octets_that_were_not_known_are_news() {
        let mut reported = Reported::default();
        let mut news = |blocks: &[(u32, u32)]| reported.add(blocks, 100, 1000);
        assert!(news(&[(200, 300)]));
        assert!(!news(&[(200, 300)]));
        assert!(news(&[(200, 400)]) && news(&[(500, 600), (200, 400)]));
        // Two blocks became one without anything new, except for the octets between them.
        assert!(news(&[(200, 600)]) && !news(&[(450, 550)]));
        // Acknowledged already, reported beyond what was sent, or empty.
        assert!(!news(&[(50, 100)]) && !news(&[(900, 1100)]) && !news(&[(700, 700)]));
    }

    #[test]
    fn what_is_acknowledged_is_forgotten() {
        let mut reported = Reported::default();
        assert!(reported.add(&[(u32::MAX - 9, 10)], u32::MAX - 99, 100));
        assert!(!reported.add(&[(u32::MAX - 9, 10)], 5, 100));
        assert!(!reported.add(&[], 10, 100));
        assert_eq!(reported, Reported::default());
    }
}
