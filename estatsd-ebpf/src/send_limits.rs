//! What stopped output, how often, and for how long.
//!
//! Feeds the `SndLimTrans*` and `SndLimTime*` instruments. RFC 4898 looks each time that output stops: the time until it stops again
//! is charged to the reason. What the socket shows when the next segment arrives, or when a timer or a reader looks, is still the
//! reason of the last stop; output that nothing but the application or a timer set off tells its reason by itself.

use crate::{Sample, sample::ca_state};

/// Why output stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Limit {
    /// Nothing to send, or any reason that is none of the others.
    Sender,
    /// The congestion window, or waiting after a timeout.
    Congestion,
    /// The peer's window.
    Receiver,
    /// Waiting for more, to send a larger packet.
    TsoDefer,
    /// Pacing.
    Pace,
}

/// Number of [`Limit`]s.
pub const LIMITS: usize = 5;

/// Before the first look.
const NONE: u8 = u8::MAX;

/// Times and transitions by [`Limit`].
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct SendLimits {
    /// Nanoseconds in each state.
    pub time_ns: [u64; LIMITS],
    since_ns: u64,
    /// Entries into each state from another one.
    pub transitions: [u32; LIMITS],
    /// Low bits of the time of the last burst of output.
    burst: u32,
    write_seq: u32,
    state: u8,
    /// A segment or a timer has been processed since the last burst, so that output may have been set off by it.
    stirred: u8,
    reserved: u16,
}

impl SendLimits {
    /// The connection is established: from here on output can be stopped.
    #[inline(always)]
    pub fn start(&mut self, now: &Sample) {
        self.since_ns = now.now_ns;
        self.write_seq = now.write_seq;
        self.state = NONE;
    }

    /// Something is about to happen that may set off output. Until now the last stop's reason has stood.
    #[inline(always)]
    pub fn settle(&mut self, now: &Sample) {
        self.charge(standing(now), now.now_ns);
        self.write_seq = now.write_seq;
        self.stirred = 1;
    }

    /// The retransmission timer expires: whatever the stop looked like, it was congestion.
    #[inline(always)]
    pub fn timeout(&mut self, now: &Sample) {
        self.charge(Limit::Congestion, now.now_ns);
        self.stirred = 1;
    }

    /// New data leaves. All packets of a burst carry the time at which it began; only the first one ends a stop.
    #[inline(always)]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "two bursts are told apart by any bits that change"
    )]
    pub fn sent(&mut self, burst_ns: u64, write_seq: u32, pacing: bool) {
        let burst = (burst_ns >> 4) as u32;
        if burst == self.burst {
            return;
        }
        self.burst = burst;
        if self.stirred != 0 {
            // The segment that set this off has settled the time up to its arrival.
            self.stirred = 0;
        } else if write_seq != self.write_seq {
            self.charge(Limit::Sender, burst_ns);
        } else if pacing {
            self.charge(Limit::Pace, burst_ns);
        } else {
            self.charge(Limit::TsoDefer, burst_ns);
        }
        self.write_seq = write_seq;
    }

    #[inline(always)]
    fn charge(&mut self, limit: Limit, now_ns: u64) {
        let index = limit as usize;
        if self.state != limit as u8 {
            self.state = limit as u8;
            self.transitions[index] += 1;
        }
        if now_ns > self.since_ns {
            self.time_ns[index] += now_ns - self.since_ns;
            self.since_ns = now_ns;
        }
    }
}

/// The reason for which nothing is sent at present.
#[inline(always)]
fn standing(now: &Sample) -> Limit {
    let unsent = now.write_seq.wrapping_sub(now.snd_nxt);
    let waiting = unsent != 0 || now.lost_out > now.retrans_out;
    if now.rwnd_limited {
        Limit::Receiver
    } else if now.ca_state == ca_state::LOSS || (waiting && now.packets_in_flight() >= now.snd_cwnd) {
        Limit::Congestion
    } else if unsent == 0 {
        Limit::Sender
    } else if now.pacing && now.wstamp_ns > now.now_ns {
        Limit::Pace
    } else if unsent >= now.mss_cache {
        Limit::TsoDefer
    } else {
        // Less than a segment: Nagle, or corked.
        Limit::Sender
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(now_ns: u64) -> Sample {
        Sample {
            now_ns,
            mss_cache: 1000,
            snd_cwnd: 10,
            packets_out: 10,
            ..Sample::ZERO
        }
    }

    fn started() -> SendLimits {
        let mut limits = SendLimits::default();
        limits.start(&at(1_000));
        limits
    }

    #[test]
    fn the_time_up_to_an_ack_belongs_to_what_stopped_output() {
        let mut limits = started();
        limits.sent(1_000, 50_000, false);
        limits.settle(&Sample {
            write_seq: 50_000,
            snd_nxt: 10_000,
            ..at(41_000)
        });
        limits.sent(42_000, 50_000, false);
        limits.settle(&Sample {
            write_seq: 50_000,
            snd_nxt: 50_000,
            ..at(61_000)
        });
        assert_eq!(limits.time_ns[Limit::Congestion as usize], 40_000);
        assert_eq!(limits.time_ns[Limit::Sender as usize], 20_000);
        assert_eq!(
            limits.time_ns.iter().sum::<u64>(),
            60_000,
            "all of the time is accounted for"
        );
    }

    #[test]
    fn output_that_the_application_sets_off_ends_a_wait_for_it() {
        let mut limits = started();
        limits.settle(&at(11_000));
        limits.sent(12_000, 100, false);
        limits.sent(500_000, 200, false);
        limits.sent(500_000, 200, false);
        assert_eq!(limits.time_ns[Limit::Sender as usize], 499_000);
        assert_eq!(limits.transitions, [1, 0, 0, 0, 0]);
    }

    #[test]
    fn a_timeout_makes_the_wait_one_for_congestion() {
        let mut limits = started();
        limits.timeout(&at(201_000));
        assert_eq!(limits.time_ns[Limit::Congestion as usize], 200_000);
        assert_eq!(limits.transitions, [0, 1, 0, 0, 0]);
    }

    #[test]
    fn the_standing_reason_is_read_off_the_socket() {
        let unsent = Sample {
            write_seq: 9_000,
            packets_out: 2,
            ..at(5)
        };
        let cases = [
            (
                Sample {
                    rwnd_limited: true,
                    ..unsent
                },
                Limit::Receiver,
            ),
            (
                Sample {
                    packets_out: 10,
                    ..unsent
                },
                Limit::Congestion,
            ),
            (
                Sample {
                    ca_state: ca_state::LOSS,
                    write_seq: 0,
                    ..unsent
                },
                Limit::Congestion,
            ),
            (
                Sample {
                    write_seq: 0,
                    packets_out: 10,
                    ..unsent
                },
                Limit::Sender,
            ),
            (
                Sample {
                    pacing: true,
                    wstamp_ns: 6,
                    ..unsent
                },
                Limit::Pace,
            ),
            (unsent, Limit::TsoDefer),
            (
                Sample {
                    write_seq: 999,
                    ..unsent
                },
                Limit::Sender,
            ),
        ];
        for (sample, limit) in cases {
            assert_eq!(standing(&sample), limit, "{sample:?}");
        }
    }
}
