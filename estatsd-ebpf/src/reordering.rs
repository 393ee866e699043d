//! Duplicate acknowledgements in both directions.
//!
//! Feeds `DupAcksIn`, `NonRecovDA`, `NonRecovDAEpisodes`, `SumOctetsReordered` (as sender) and `DupAcksOut`, `DupAckEpisodes` (as receiver).

use crate::{
    Sample,
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
    /// Duplicates that the segment now being processed will have been, unless it turns out to report a duplicate.
    candidates: u32,
    una: u32,
    dsack_dups: u32,
    sacked_out: u32,
    last_ack_out: u32,
    last_window_out: u16,
    in_run: u8,
    updates_window: u8,
    /// Data arrived since the last ACK was sent.
    data_in: u8,
    reserved: [u8; 3],
}

/// What decides whether a received segment is a duplicate ACK. It has no payload and neither SYN, FIN nor RST.
#[derive(Clone, Copy, Debug, Default)]
pub struct PureAck {
    /// Its acknowledgement number.
    pub ack: u32,
    /// The window it announces, octets.
    pub window: u32,
    /// Segments that it stands for.
    pub segments: u32,
    /// SACK was negotiated, so that it may report what was received.
    pub sack: bool,
}

impl Reordering {
    /// Takes the socket as it is for the starting point, and the last acknowledgement number sent.
    #[inline(always)]
    pub fn start(&mut self, now: &Sample, last_ack: u32) {
        self.last_ack_out = last_ack;
        self.una = now.snd_una;
        self.dsack_dups = now.dsack_dups;
        self.sacked_out = now.sacked_out;
    }

    /// A segment without payload is about to be processed.
    #[inline(always)]
    pub fn received(&mut self, now: &Sample, ack: &PureAck) {
        // RFC 5681: data is outstanding, nothing is acknowledged, and the window is the one known; or, as the next look will tell,
        // it reports what was not known to have been received.
        let updates_window = ack.window != now.snd_wnd;
        if now.packets_out > 0 && ack.ack == now.snd_una && (!updates_window || ack.sack) {
            self.candidates = ack.segments;
            self.updates_window = u8::from(updates_window);
        }
    }

    /// Accounts for the last segment.
    #[inline(always)]
    pub fn settle(&mut self, now: &Sample) {
        if self.candidates > 0 {
            let informs = before(self.sacked_out, now.sacked_out);
            // An ACK that reports a duplicate by D-SACK says nothing about a hole.
            if now.dsack_dups == self.dsack_dups && (self.updates_window == 0 || informs) {
                self.dup_acks_in += self.candidates;
                if now.ca_state < RECOVERY {
                    self.episode += self.candidates;
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
        }
        self.dsack_dups = now.dsack_dups;
        self.sacked_out = now.sacked_out;
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

    /// A packet leaves. An ACK sent again is a duplicate while segments wait out of order, or when it answers data that was here
    /// already. Answers to keep-alives and window probes are none, nor are those themselves, which come from before `snd_una`.
    #[inline(always)]
    pub fn sent(&mut self, packet: &Packet, hole: Hole, snd_una: u32) {
        if packet.flags & Packet::ACK == 0 {
            return;
        }
        let pure = packet.payload == 0 && packet.flags & (Packet::SYN | Packet::FIN | Packet::RST) == 0;
        if packet.ack != self.last_ack_out {
            self.in_run = 0;
        } else if pure
            && (hole.waiting || self.data_in != 0)
            && !before(packet.seq, snd_una)
            && (packet.window == self.last_window_out || hole.reported)
        {
            self.dup_acks_out += 1;
            if self.in_run == 0 {
                self.dup_ack_runs += 1;
            }
            self.in_run = 1;
        }
        self.data_in = 0;
        self.last_ack_out = packet.ack;
        self.last_window_out = packet.window;
    }
}

/// What is known of a hole in the received data when a packet leaves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hole {
    /// Segments wait out of order.
    pub waiting: bool,
    /// The packet has a SACK option.
    pub reported: bool,
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
    const DUPLICATE: PureAck = PureAck {
        ack: 1000,
        window: 5000,
        segments: 1,
        sack: true,
    };

    fn started() -> Reordering {
        let mut reordering = Reordering::default();
        reordering.start(&NOW, 0);
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

    #[test]
    fn window_updates_idle_acks_and_reports_of_duplicates_are_no_duplicates() {
        let mut reordering = started();
        reordering.received(
            &NOW,
            &PureAck {
                window: 6000,
                ..DUPLICATE
            },
        );
        reordering.received(
            &NOW,
            &PureAck {
                window: 4000,
                ..DUPLICATE
            },
        );
        reordering.received(&Sample { packets_out: 0, ..NOW }, &DUPLICATE);
        reordering.received(&NOW, &PureAck { ack: 2000, ..DUPLICATE });
        reordering.settle(&NOW);
        reordering.received(&NOW, &DUPLICATE);
        reordering.settle(&Sample { dsack_dups: 1, ..NOW });
        assert_eq!(reordering.dup_acks_in, 0);
    }

    #[test]
    fn a_window_update_that_reports_more_received_is_a_duplicate() {
        let mut reordering = started();
        reordering.received(
            &NOW,
            &PureAck {
                window: 6000,
                ..DUPLICATE
            },
        );
        reordering.settle(&Sample { sacked_out: 1, ..NOW });
        assert_eq!(reordering.dup_acks_in, 1);
        // Without SACK the kernel only pretends to know more.
        reordering.received(
            &NOW,
            &PureAck {
                window: 6000,
                sack: false,
                ..DUPLICATE
            },
        );
        reordering.settle(&Sample { sacked_out: 2, ..NOW });
        assert_eq!(reordering.dup_acks_in, 1);
    }

    #[test]
    fn acks_sent_again_count_in_runs() {
        let mut reordering = Reordering::default();
        let hole = Hole {
            waiting: true,
            reported: false,
        };
        let packet = |ack, payload| Packet {
            seq: 500,
            ack,
            payload,
            window: 9,
            flags: Packet::ACK,
            ..Packet::default()
        };
        for ack in [100, 100, 100, 200, 200] {
            reordering.sent(&packet(ack, 0), hole, 500);
        }
        assert_eq!((reordering.dup_acks_out, reordering.dup_ack_runs), (3, 2));
        let others = [
            (packet(200, 1000), hole),
            (
                Packet {
                    seq: 499,
                    ..packet(200, 0)
                },
                hole,
            ),
            (packet(200, 0), Hole::default()),
            (
                Packet {
                    window: 10,
                    ..packet(200, 0)
                },
                hole,
            ),
        ];
        for (packet, hole) in others {
            reordering.sent(&packet, hole, 500);
        }
        assert_eq!(reordering.dup_acks_out, 3);
        reordering.last_window_out = 9;
        reordering.data_arrived();
        reordering.sent(&packet(200, 0), Hole::default(), 500);
        reordering.sent(&packet(200, 0), Hole::default(), 500);
        assert_eq!(reordering.dup_acks_out, 4, "repeated data was answered, once");
        reordering.sent(
            &Packet {
                window: 11,
                ..packet(200, 0)
            },
            Hole { reported: true, ..hole },
            500,
        );
        assert_eq!((reordering.dup_acks_out, reordering.dup_ack_runs), (5, 2));
    }
}
