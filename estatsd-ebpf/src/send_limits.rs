//! What stopped output, how often, and for how long.
//!
//! Feeds the `SndLimTrans*` and `SndLimTime*` instruments, and `SendStall`. RFC 4898 looks each time that output stops: the time until it stops again
//! is charged to the reason. What the socket shows when the next segment arrives, or when a timer or a reader looks, is still the
//! reason of the last stop; output that nothing but the application or a timer set off tells its reason by itself.

use crate::{
    Sample, Tables,
    arrival::{Arrival, Clocks},
    sample::ca_state,
};

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

/// New data on its way out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Output {
    /// When this burst of output began, nanoseconds of `CLOCK_MONOTONIC`.
    pub burst_ns: u64,
    /// There is more to send after this packet.
    pub more: bool,
    /// The packet is smaller than a segment may be.
    pub small: bool,
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
    /// Packets that a queue of this host refused.
    pub stalls: u32,
    /// Low bits of the time of the last burst of output.
    burst: u32,
    state: u8,
    /// When the last segment came.
    pub arrival: Arrival,
    /// A segment or a timer has been processed since the last burst, so that output may have been set off by it.
    stirred: u8,
    /// Data was waiting to be sent at the last look.
    waiting: u8,
}

impl SendLimits {
    /// A queue of this host refused a packet. The kernel reduces the window for it (`tcp_enter_cwr()`).
    #[inline(always)]
    pub fn stalled(&mut self) {
        self.stalls += 1;
    }

    /// Tables were switched on: what they show begins now.
    #[inline(always)]
    pub fn forget(&mut self, fresh: Tables) {
        if fresh.any(Tables::STACK) {
            self.stalls = 0;
        }
    }

    /// The connection is established: from here on output can be stopped.
    #[inline(always)]
    pub fn start(&mut self, now: &Sample) {
        self.since_ns = now.clocks.now_ns;
        self.state = NONE;
    }

    /// Something is about to happen that may set off output. Until now the last stop's reason has stood.
    #[inline(always)]
    pub fn settle(&mut self, now: &Sample) {
        self.charge(standing(now), now.clocks.now_ns);
        self.stir(now.write_seq != now.snd_nxt);
    }

    /// The reason is the one that the time is charged to already, so that nothing has to be charged: it may be later, when a reason ends
    /// or somebody reads.
    #[inline(always)]
    #[must_use]
    pub fn goes_on(&self, now: &Sample) -> bool {
        self.state == standing(now) as u8
    }

    /// [`SendLimits::goes_on`] where nothing is out and nothing waits to be sent.
    #[inline(always)]
    #[must_use]
    pub fn rests(&self) -> bool {
        self.state == Limit::Sender as u8
    }

    /// A segment is about to be processed, with data waiting to be sent or not.
    #[inline(always)]
    pub fn stir(&mut self, waiting: bool) {
        self.waiting = u8::from(waiting);
        self.stirred = 1;
    }

    /// Charges the time up to the arrival of the last segment, if it is not noted yet, and returns when that was; else 0.
    #[inline(always)]
    pub fn arrived(&mut self, clocks: impl FnOnce() -> Clocks) -> u64 {
        let at = self.arrival.at(clocks);
        self.charge_same(at);
        self.arrival = Arrival::NOTED;
        at
    }

    /// The retransmission timer expires: whatever the stop looked like, it was congestion.
    #[inline(always)]
    pub fn timeout(&mut self, now: &Sample) {
        // The stop began with the segment before.
        self.charge_same(self.arrival.at(|| now.clocks));
        self.charge(Limit::Congestion, now.clocks.now_ns);
        self.stirred = 1;
    }

    /// New data leaves. All packets of a burst carry the time at which it began; only the first one ends a stop. `full`: whether the
    /// congestion window is, before this packet; `pacing`: whether TCP itself has to pace its output.
    #[inline(always)]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "two bursts are told apart by any bits that change"
    )]
    pub fn sent(&mut self, output: &Output, full: bool, pacing: impl FnOnce() -> bool) {
        let waited = self.waiting != 0;
        self.waiting = u8::from(output.more);
        let burst = (output.burst_ns >> 4) as u32;
        if burst == self.burst {
            return;
        }
        self.burst = burst;
        let stirred = self.stirred != 0;
        self.stirred = 0;
        if !waited {
            // Nothing was there to be sent: whatever was processed since, it was the application that set this off.
            self.charge(Limit::Sender, output.burst_ns);
        } else if stirred {
            // The segment that set this off has settled the time up to its arrival; this is its processing.
            self.charge_same(output.burst_ns);
        } else if full {
            // Only a tail loss probe leaves all the same.
            self.charge(Limit::Congestion, output.burst_ns);
        } else if pacing() {
            self.charge(Limit::Pace, output.burst_ns);
        } else if output.small {
            self.charge(Limit::Sender, output.burst_ns);
        } else {
            self.charge(Limit::TsoDefer, output.burst_ns);
        }
    }

    /// Charges the time to the present state.
    #[inline(always)]
    fn charge_same(&mut self, now_ns: u64) {
        let index = self.state as usize;
        if index < LIMITS && self.since_ns != 0 && now_ns > self.since_ns {
            self.time_ns[index] += now_ns - self.since_ns;
            self.since_ns = now_ns;
        }
    }

    #[inline(always)]
    fn charge(&mut self, limit: Limit, now_ns: u64) {
        if self.since_ns == 0 {
            // Not established: that time belongs to starting up.
            return;
        }
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
    } else if (waiting || now.ca_state == ca_state::LOSS) && now.packets_in_flight() >= now.snd_cwnd {
        // After a timeout also while the window is full with what was repeated and nothing else waits.
        Limit::Congestion
    } else if unsent == 0 {
        Limit::Sender
    } else if now.pacing && now.wstamp_ns > now.clocks.now_ns {
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
            clocks: Clocks {
                now_ns,
                ..Clocks::default()
            },
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

    fn output(burst_ns: u64, more: bool) -> Output {
        Output {
            burst_ns,
            more,
            ..Output::default()
        }
    }

    #[test]
    fn the_time_up_to_an_ack_belongs_to_what_stopped_output() {
        let mut limits = started();
        limits.sent(&output(1_000, true), false, || false);
        limits.settle(&Sample {
            write_seq: 50_000,
            snd_nxt: 10_000,
            ..at(41_000)
        });
        limits.sent(&output(42_000, false), false, || false);
        limits.settle(&Sample {
            write_seq: 50_000,
            snd_nxt: 50_000,
            ..at(61_000)
        });
        assert_eq!(
            limits.time_ns[Limit::Congestion as usize],
            41_000,
            "the processing of the ACK included"
        );
        assert_eq!(limits.time_ns[Limit::Sender as usize], 19_000);
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
        limits.sent(&output(412_000, true), false, || false);
        limits.settle(&Sample {
            write_seq: 50_000,
            snd_nxt: 10_000,
            ..at(500_000)
        });
        assert_eq!(limits.time_ns[Limit::Sender as usize], 411_000);
        assert_eq!(limits.time_ns[Limit::Congestion as usize], 88_000);
        assert_eq!(limits.transitions, [1, 1, 0, 0, 0]);
    }

    #[test]
    fn output_that_a_timer_sets_off_was_paced_or_deferred() {
        let mut limits = started();
        limits.sent(&output(2_000, true), false, || false);
        limits.sent(&output(12_000, true), false, || true);
        limits.sent(&output(42_000, true), false, || false);
        limits.sent(&output(42_000, true), false, || false);
        let small = Output {
            small: true,
            ..output(43_000, false)
        };
        limits.sent(&small, false, || false);
        assert_eq!(limits.time_ns[Limit::Pace as usize], 10_000);
        assert_eq!(limits.time_ns[Limit::TsoDefer as usize], 30_000);
        assert_eq!(limits.time_ns[Limit::Sender as usize], 2_000);
    }

    #[test]
    fn a_probe_with_new_data_waited_for_the_window() {
        let mut limits = started();
        limits.sent(&output(2_000, true), false, || false);
        limits.sent(&output(12_000, false), true, || false);
        assert_eq!(limits.time_ns[Limit::Congestion as usize], 10_000);
        assert_eq!(limits.transitions, [1, 1, 0, 0, 0]);
    }

    #[test]
    fn a_timeout_makes_the_wait_one_for_congestion() {
        let mut limits = started();
        limits.timeout(&at(201_000));
        assert_eq!(limits.time_ns[Limit::Congestion as usize], 200_000);
        assert_eq!(limits.transitions, [0, 1, 0, 0, 0]);
    }

    #[test]
    fn a_timeout_of_the_handshake_belongs_to_starting_up() {
        let mut limits = SendLimits::default();
        limits.timeout(&at(1_000_000));
        limits.start(&at(2_000_000));
        assert_eq!((limits.time_ns, limits.transitions), ([0; LIMITS], [0; LIMITS]));
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
                    snd_cwnd: 2,
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
                Limit::Sender,
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
