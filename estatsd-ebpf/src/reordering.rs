//! Duplicate acknowledgements in both directions.
//!
//! Feeds `DupAcksIn`, `NonRecovDA`, `NonRecovDAEpisodes`, `SumOctetsReordered` (as sender) and `DupAcksOut`, `DupAckEpisodes` (as receiver).

use crate::{
    Sample, Tables,
    header::Packet,
    sample::{before, ca_state::RECOVERY},
};

/// Counts of duplicate acknowledgements.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Reordering {
    /// Received.
    pub dup_acks_in: u32,
    /// Received in episodes that ended without a retransmission.
    pub non_recovery: u32,
    /// Such episodes.
    pub non_recovery_episodes: u32,
    /// Octets by which the ACKs that ended such episodes advanced.
    pub octets_reordered: u32,
    /// Sent.
    pub dup_acks_out: u32,
    /// Runs of them.
    pub dup_ack_runs: u32,
    /// Duplicates in the present episode.
    episode: u32,
    una: u32,
    dsack_dups: u32,
    sacked_out: u32,
    last_ack_out: u32,
    /// The newest SACK block sent, as [`Told`] has it.
    told_out: u32,
    /// Duplicates that the segment now being processed will have been, unless it turns out to report a duplicate.
    candidates: u16,
    /// The window field of the last segment received, with `WINDOW_NOTED`.
    window_in: u16,
    last_window_out: u16,
    flags: u8,
    /// Data arrived since the last ACK was sent. Not among the flags: it is set without the socket's lock.
    data_in: u8,
}

/// The last ACK sent was a duplicate, or came after one without advancing.
const IN_RUN: u8 = 1;
/// The segment now being processed announces another window than the one before it.
const UPDATES_WINDOW: u8 = 2;
/// Nothing was acknowledged since a window was noted, so that the socket may have passed over it.
const WINDOW_NOTED: u8 = 4;

/// What decides whether a received segment that acknowledges nothing new is a duplicate ACK.
#[derive(Clone, Copy, Debug, Default)]
pub struct Repeated {
    /// It has no payload and neither SYN, FIN nor RST, and its acknowledgement number is `snd_una`.
    pub pure: bool,
    /// The window field of its header.
    pub window: u16,
    /// The shift that scales it.
    pub window_scale: u8,
    /// Segments that it stands for.
    pub segments: u16,
    /// SACK was negotiated, so that it may report what was received.
    pub sack: bool,
    /// Segments that were reported as received before it.
    pub sacked_out: u32,
    /// Duplicates that were reported before it.
    pub dsack_dups: u32,
}

impl Reordering {
    /// Tables were switched on: what they show begins now.
    #[inline(always)]
    pub fn forget(&mut self, fresh: Tables) {
        if fresh.any(Tables::STACK) {
            self.dup_acks_in = 0;
        }
        if fresh.any(Tables::PATH) {
            self.non_recovery = 0;
            self.non_recovery_episodes = 0;
            self.octets_reordered = 0;
            self.episode = 0;
            self.dup_acks_out = 0;
            self.dup_ack_runs = 0;
        }
    }

    /// Takes the socket as it is for the starting point, and the acknowledgement number and the window field sent last.
    #[inline(always)]
    pub fn start(&mut self, now: &Sample, last_ack: u32, last_window: u16) {
        self.last_ack_out = last_ack;
        self.last_window_out = last_window;
        self.una = now.snd_una;
    }

    /// No segment waits for being found a duplicate ACK.
    #[inline(always)]
    #[must_use]
    pub fn rests(&self) -> bool {
        self.candidates == 0
    }

    /// A segment that acknowledges nothing new is about to be processed, while data is outstanding.
    #[inline(always)]
    pub fn received(&mut self, now: &Sample, segment: &Repeated) {
        // RFC 5681 compares with the last window that was received. The socket passes over one that takes back what was offered.
        let known = if self.flags & WINDOW_NOTED != 0 {
            segment.window == self.window_in
        } else {
            u32::from(segment.window) << (segment.window_scale & 15) == now.snd_wnd
        };
        self.window_in = segment.window;
        self.flags = self.flags & !UPDATES_WINDOW | WINDOW_NOTED;
        if !segment.pure {
            return;
        }
        self.sacked_out = segment.sacked_out;
        self.dsack_dups = segment.dsack_dups;
        if known {
            self.candidates = segment.segments;
        } else if segment.sack {
            // It is one if, as the next look will tell, it reports what was not known. Of several merged, the first does.
            self.candidates = 1;
            self.flags |= UPDATES_WINDOW;
        }
    }

    /// Accounts for the last segment.
    #[inline(always)]
    pub fn settle(&mut self, now: &Sample) {
        if self.candidates > 0 {
            let informs = before(self.sacked_out, now.sacked_out);
            // An ACK that only reports a duplicate by D-SACK says nothing about a hole.
            if informs || (now.dsack_dups == self.dsack_dups && self.flags & UPDATES_WINDOW == 0) {
                self.dup_acks_in += u32::from(self.candidates);
                if now.ca_state < RECOVERY {
                    self.episode += u32::from(self.candidates);
                }
            }
            self.candidates = 0;
        }
        if now.snd_una != self.una {
            if self.episode > 0 {
                self.non_recovery += self.episode;
                self.non_recovery_episodes += 1;
                self.octets_reordered = self.octets_reordered.wrapping_add(now.snd_una.wrapping_sub(self.una));
                self.episode = 0;
            }
            self.una = now.snd_una;
            self.flags &= !WINDOW_NOTED;
        }
    }

    /// The sender enters another congestion state; a retransmission ends the episode otherwise.
    #[inline(always)]
    pub fn state_change(&mut self, new: u8) {
        if new >= RECOVERY {
            self.episode = 0;
        }
    }

    /// A packet with payload arrives.
    #[inline(always)]
    pub fn data_arrived(&mut self) {
        self.data_in = 1;
    }

    /// A packet leaves. An ACK sent again is a duplicate while segments wait out of order, or when it answers data, if it brings
    /// news by SACK or repeats the window. Answers to keep-alives and window probes are none, nor are those themselves, which come
    /// from before `snd_una`.
    #[inline(always)]
    pub fn sent(&mut self, packet: &Packet, told: &Told, snd_una: u32) {
        if packet.flags & Packet::ACK == 0 {
            return;
        }
        let pure = packet.payload == 0 && packet.flags & (Packet::SYN | Packet::FIN | Packet::RST) == 0;
        let news = told.block != 0 && told.block != self.told_out;
        if packet.ack != self.last_ack_out {
            self.flags &= !IN_RUN;
        } else if pure
            && (told.waiting || self.data_in != 0)
            && !before(packet.seq, snd_una)
            && (news || (packet.window == self.last_window_out && !told.duplicate))
        {
            self.dup_acks_out += 1;
            if self.flags & IN_RUN == 0 {
                self.dup_ack_runs += 1;
            }
            self.flags |= IN_RUN;
        }
        if told.block != 0 {
            self.told_out = told.block;
        }
        self.data_in = 0;
        self.last_ack_out = packet.ack;
        self.last_window_out = packet.window;
    }
}

/// What a packet that leaves tells of the received data.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    /// Segments wait out of order.
    pub waiting: bool,
    /// The first SACK block reports a duplicate (RFC 2883).
    pub duplicate: bool,
    /// The first SACK block that reports no duplicate, as [`fold`] makes one word of it; 0 if there is none. What was received last
    /// is in the first block (RFC 2018), so another word means news.
    pub block: u32,
}

/// Makes one word of the edges of a SACK block. Two blocks of which only one edge differs never become the same.
#[inline(always)]
#[must_use]
pub fn fold(left: u32, right: u32) -> u32 {
    left ^ right.rotate_left(16)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Sample = Sample {
        snd_una: 1000,
        snd_nxt: 9000,
        packets_out: 8,
        snd_wnd: 5000,
        ..Sample::ZERO
    };
    const DUPLICATE: Repeated = Repeated {
        pure: true,
        window: 5000,
        window_scale: 0,
        segments: 1,
        sack: true,
        sacked_out: 0,
        dsack_dups: 0,
    };

    fn started() -> Reordering {
        let mut reordering = Reordering::default();
        reordering.start(&NOW, 0, 0);
        reordering
    }

    #[test]
    fn an_episode_without_retransmission_is_reordering() {
        let mut reordering = started();
        for _ in 0..2 {
            reordering.received(&NOW, &DUPLICATE);
            reordering.settle(&NOW);
        }
        reordering.settle(&Sample { snd_una: 4000, ..NOW });
        reordering.settle(&Sample { snd_una: 5000, ..NOW });
        assert_eq!((reordering.dup_acks_in, reordering.non_recovery), (2, 2));
        assert_eq!(
            (reordering.non_recovery_episodes, reordering.octets_reordered),
            (1, 3000)
        );
    }

    #[test]
    fn an_episode_that_ends_in_recovery_is_none() {
        let mut reordering = started();
        reordering.received(&NOW, &DUPLICATE);
        reordering.settle(&NOW);
        reordering.received(&NOW, &DUPLICATE);
        reordering.state_change(RECOVERY);
        reordering.settle(&Sample {
            ca_state: RECOVERY,
            ..NOW
        });
        reordering.settle(&Sample { snd_una: 9000, ..NOW });
        assert_eq!(
            (
                reordering.dup_acks_in,
                reordering.non_recovery,
                reordering.non_recovery_episodes
            ),
            (2, 0, 0)
        );
    }

    /// What became of these segments, each with the socket after it.
    fn duplicates(segments: &[(Repeated, Sample)]) -> u32 {
        let mut reordering = started();
        let mut now = NOW;
        for (segment, after) in segments {
            reordering.received(&now, segment);
            reordering.settle(after);
            now = *after;
        }
        reordering.dup_acks_in
    }

    fn window(window: u16) -> Repeated {
        Repeated { window, ..DUPLICATE }
    }

    #[test]
    fn window_updates_and_reports_of_duplicates_are_no_duplicates() {
        assert_eq!(duplicates(&[(window(6000), NOW), (window(4000), NOW)]), 0);
        assert_eq!(duplicates(&[(DUPLICATE, Sample { dsack_dups: 1, ..NOW })]), 0);
        let data = Repeated {
            pure: false,
            ..DUPLICATE
        };
        assert_eq!(duplicates(&[(data, NOW)]), 0);
    }

    #[test]
    fn the_window_is_compared_with_the_one_received_last() {
        // The socket does not believe the smaller one.
        assert_eq!(duplicates(&[(window(4000), NOW), (window(4000), NOW)]), 1);
        assert_eq!(duplicates(&[(window(4000), NOW), (window(5000), NOW)]), 0);
        // After an advance it has the window of the segment that advanced.
        let advanced = Sample {
            snd_una: 2000,
            snd_wnd: 7000,
            ..NOW
        };
        assert_eq!(duplicates(&[(window(4000), advanced), (window(7000), advanced)]), 1);
    }

    #[test]
    fn a_window_update_that_reports_more_received_is_a_duplicate() {
        let more = Sample { sacked_out: 1, ..NOW };
        assert_eq!(duplicates(&[(window(6000), more)]), 1);
        // Beside a duplicate that it reports.
        assert_eq!(duplicates(&[(window(6000), Sample { dsack_dups: 1, ..more })]), 1);
        // Without SACK the kernel only pretends to know more.
        let without = Repeated {
            sack: false,
            ..window(6000)
        };
        assert_eq!(duplicates(&[(without, more)]), 0);
    }

    #[test]
    fn merged_acks_count_for_what_they_are() {
        let merged = |window| Repeated {
            window,
            segments: 3,
            ..DUPLICATE
        };
        assert_eq!(duplicates(&[(merged(5000), NOW)]), 3);
        assert_eq!(duplicates(&[(merged(6000), Sample { sacked_out: 1, ..NOW })]), 1);
    }

    /// A pure ACK, with segments waiting out of order.
    fn pure(ack: u32) -> Packet {
        Packet {
            seq: 500,
            ack,
            window: 9,
            flags: Packet::ACK,
            ..Packet::default()
        }
    }

    const WAITING: Told = Told {
        waiting: true,
        duplicate: false,
        block: 0,
    };

    #[test]
    fn acks_sent_again_count_in_runs() {
        let mut reordering = Reordering::default();
        for ack in [100, 100, 100, 200, 200] {
            reordering.sent(&pure(ack), &WAITING, 500);
        }
        assert_eq!((reordering.dup_acks_out, reordering.dup_ack_runs), (3, 2));
    }

    /// How many of these packets are duplicates of an ACK of 200.
    fn sent(packets: &[(Packet, Told)]) -> u32 {
        let mut reordering = Reordering::default();
        reordering.sent(&pure(200), &Told::default(), 500);
        for (packet, told) in packets {
            reordering.sent(packet, told, 500);
        }
        reordering.dup_acks_out
    }

    #[test]
    fn data_probes_and_window_updates_are_no_duplicates() {
        let data = Packet {
            payload: 1000,
            ..pure(200)
        };
        let probe = Packet { seq: 499, ..pure(200) };
        let update = Packet {
            window: 10,
            ..pure(200)
        };
        for packet in [data, probe, update] {
            assert_eq!(sent(&[(packet, WAITING)]), 0, "{packet:?}");
        }
        assert_eq!(sent(&[(pure(200), Told::default())]), 0, "nothing is missing");
    }

    #[test]
    fn an_answer_to_repeated_data_is_a_duplicate_unless_it_says_so() {
        let mut reordering = Reordering::default();
        reordering.sent(&pure(200), &Told::default(), 500);
        reordering.data_arrived();
        reordering.sent(&pure(200), &Told::default(), 500);
        reordering.sent(&pure(200), &Told::default(), 500);
        assert_eq!(reordering.dup_acks_out, 1);
        let duplicate = Told {
            duplicate: true,
            ..Told::default()
        };
        reordering.data_arrived();
        reordering.sent(&pure(200), &duplicate, 500);
        assert_eq!(reordering.dup_acks_out, 1);
    }

    #[test]
    fn a_window_update_is_a_duplicate_if_it_brings_news() {
        let told = |left, right| Told {
            block: fold(left, right),
            ..WAITING
        };
        let update = |window| Packet { window, ..pure(200) };
        assert_eq!(sent(&[(update(9), told(300, 400)), (update(10), told(300, 400))]), 1);
        assert_eq!(sent(&[(update(9), told(300, 400)), (update(10), told(300, 500))]), 2);
        // The block that was told before comes after the report of a duplicate in it.
        let again = Told {
            duplicate: true,
            ..told(300, 400)
        };
        let packets = [
            (update(9), told(300, 400)),
            (update(9), again),
            (update(10), told(300, 400)),
        ];
        assert_eq!(sent(&packets), 1);
    }
}
