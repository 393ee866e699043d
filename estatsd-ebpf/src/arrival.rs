//! When the last segment came, without asking the clock for each.
//!
//! Feeds `ElapsedSecs` and `ElapsedMicroSecs`, and tells [`send_limits`](crate::send_limits) when a stop of output began. The tracepoint for
//! a received segment comes just before TCP looks at its own clock. What the clock showed then is in the socket from there on, in one
//! of two places, and is picked up there later: the clock itself, as long as nothing but a segment can make TCP look at it again; or
//! where TCP keeps when something was delivered last, if the segment acknowledges anything new. Only a segment that is neither
//! costs a helper, which takes longer than all the rest of the program.

/// Clocks at one moment, nanoseconds of `CLOCK_MONOTONIC`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clocks {
    /// The moment itself; 0 where it was of no use.
    pub now_ns: u64,
    /// When TCP last looked at the clock: for each segment it receives or sends, each write, each timer.
    pub tcp_ns: u64,
    /// When an acknowledgement last told that something was delivered, or the first packet left after all had been.
    pub delivered_ns: u64,
}

/// Where it stands when the last segment came.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrival(u8);

impl Arrival {
    /// In the record.
    pub const NOTED: Arrival = Arrival(0);
    /// In TCP's clock.
    pub const BY_TCP: Arrival = Arrival(1);
    /// In the time of the last delivery.
    pub const BY_DELIVERY: Arrival = Arrival(2);

    /// When the segment came; 0 if that is noted.
    #[inline(always)]
    #[must_use]
    pub fn at(self, clocks: impl FnOnce() -> Clocks) -> u64 {
        match self {
            Arrival::BY_TCP => clocks().tcp_ns,
            Arrival::BY_DELIVERY => clocks().delivered_ns,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Record, Sample, Tables, send_limits::Output};

    use super::*;

    /// Numbers that look random.
    struct Dice(u64);

    impl Dice {
        fn roll(&mut self, sides: u64) -> u64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (self.0 >> 33) % sides
        }
    }

    /// A connection that is told of twice: with the clock asked for each segment, and only where it is needed.
    struct Twins {
        asked: Record,
        picked_up: Record,
        clocks: Clocks,
        helpers: u32,
    }

    impl Twins {
        fn both(&mut self, mut change: impl FnMut(&mut Record)) {
            change(&mut self.asked);
            change(&mut self.picked_up);
        }

        /// A segment, and what stops output when it comes; `fresh` and `rests` as of the sender.
        fn segment(&mut self, stop: &Sample, fresh: bool, rests: bool) {
            let clocks = self.clocks;
            self.asked.arrive(stop, Tables::ALL, false, || clocks);
            let helpers = &mut self.helpers;
            let ask = || {
                *helpers += 1;
                clocks
            };
            if rests {
                self.picked_up.arrive_at_rest(stop, Tables::ALL, ask);
            } else {
                self.picked_up.arrive(stop, Tables::ALL, fresh, ask);
            }
            self.clocks.tcp_ns = clocks.now_ns;
            if fresh {
                self.clocks.delivered_ns = clocks.now_ns;
            }
        }

        fn sent(&mut self, output: Option<&Output>) {
            self.clocks.tcp_ns = self.clocks.now_ns;
            let clocks = self.clocks;
            self.both(|record| {
                record.send_limits.arrived(|| clocks);
                record.last_ns = clocks.now_ns;
                if let Some(output) = output {
                    record.send_limits.sent(output, false, || false);
                }
            });
        }

        /// What a reader is told.
        fn read(&self, stop: &Sample) -> [(u64, [u64; 5], [u32; 5]); 2] {
            let now = Sample {
                clocks: self.clocks,
                ..*stop
            };
            [self.asked, self.picked_up].map(|mut record| {
                record.settle(&now, Tables::ALL);
                (
                    record.last_ns,
                    record.send_limits.time_ns,
                    record.send_limits.transitions,
                )
            })
        }
    }

    #[test]
    fn times_are_the_same_as_with_the_clock_for_each_segment() {
        let idle = Sample {
            mss_cache: 1000,
            snd_cwnd: 10,
            ..Sample::ZERO
        };
        let waiting = Sample {
            write_seq: 50_000,
            ..idle
        };
        let stops = [
            idle,
            Sample { packets_out: 2, ..idle },
            Sample {
                packets_out: 10,
                ..waiting
            },
            Sample {
                rwnd_limited: true,
                ..waiting
            },
            waiting,
        ];
        let (mut helpers, mut segments) = (0, 0);
        for seed in 0..500 {
            let mut dice = Dice(seed);
            let mut twins = Twins {
                asked: Record::default(),
                picked_up: Record::default(),
                clocks: Clocks {
                    now_ns: 1000,
                    ..Clocks::default()
                },
                helpers: 0,
            };
            let clocks = twins.clocks;
            twins.both(|record| {
                record.last_ns = clocks.now_ns;
                record.send_limits.start(&Sample { clocks, ..idle });
            });
            // Nothing is out and nothing waits: until something is sent, that stays so.
            let mut rests = true;
            for _ in 0..40 {
                twins.clocks.now_ns += 1000 * dice.roll(100);
                let stop = &stops[usize::try_from(dice.roll(if rests { 1 } else { 5 })).unwrap()];
                match dice.roll(4) {
                    0 => {
                        let output = Output {
                            burst_ns: twins.clocks.now_ns,
                            more: dice.roll(2) == 0,
                            ..Output::default()
                        };
                        twins.sent(Some(&output));
                        rests = false;
                    }
                    1 => twins.sent(None),
                    _ => {
                        segments += 1;
                        rests = stop.packets_out == 0 && stop.write_seq == 0;
                        twins.segment(stop, !rests && dice.roll(2) == 0, rests);
                    }
                }
                let [asked, picked_up] = twins.read(stop);
                assert_eq!(asked, picked_up, "seed {seed}");
            }
            helpers += twins.helpers;
        }
        assert!(0 < helpers && helpers < segments, "{helpers} of {segments}");
    }
}
