//! The record of one connection, in the socket's own storage.

use crate::arrival::{Arrival, Clocks};
use crate::congestion::{Congestion, StateChange};
use crate::cwnd::Cwnd;
use crate::header::Header;
use crate::origin::Opener;
use crate::pipe::Pipe;
use crate::queues::Queues;
use crate::recovery::Recovery;
use crate::reordering::Reordering;
use crate::rto::Rto;
use crate::rtt::Rtt;
use crate::segments::Segments;
use crate::send_limits::SendLimits;
use crate::windows::Windows;
use crate::{Sample, Tables};

/// What estatsd has accumulated about a connection. Each part belongs to the module of its name.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Record {
    /// Cookie of the socket; 0 until the connection is established. Tells a live record from reused memory.
    pub cookie: u64,
    /// When the record was made, nanoseconds of `CLOCK_MONOTONIC`.
    pub start_ns: u64,
    /// When the last segment was received or sent, nanoseconds of `CLOCK_MONOTONIC`: once it is [noted](Record::note_arrival).
    pub last_ns: u64,
    /// From the making of the record to ESTABLISHED, microseconds.
    pub startup_us: u32,
    /// [`Record::ACTIVE`] and its siblings.
    pub flags: u16,
    /// One more than the window scale that our SYN offered; 0 while none was seen that offered one.
    pub scale_offered: u8,
    /// [`Control::generation`](crate::Control::generation) when the record was made or [restarted](Record::restart).
    pub generation: u8,
    /// Headers.
    pub header: Header,
    /// Round-trip samples.
    pub rtt: Rtt,
    /// Congestion signals.
    pub congestion: Congestion,
    /// Announced windows.
    pub windows: Windows,
    /// Congestion window.
    pub cwnd: Cwnd,
    /// Octets in the network.
    pub pipe: Pipe,
    /// Retransmission timeout.
    pub rto: Rto,
    /// Undone reactions to loss.
    pub recovery: Recovery,
    /// Duplicate acknowledgements.
    pub reordering: Reordering,
    /// Queues.
    pub queues: Queues,
    /// Failed checks.
    pub segments: Segments,
    /// Id of the listening socket that it came from; 0 for none, and once it has left ESTABLISHED.
    pub listener: u32,
    /// Stops of output.
    pub send_limits: SendLimits,
}

/// What was told to the peer last.
#[derive(Clone, Copy, Debug, Default)]
pub struct Announced {
    /// Window, octets.
    pub window: u32,
    /// The shift that scales it.
    pub scale: u8,
    /// Acknowledgement number.
    pub ack: u32,
}

impl Announced {
    /// The window as the next packet has it in its header if it is the same; none of its windows if it cannot be, as what a SYN-ACK
    /// announced is not scaled.
    #[inline(always)]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "no packet announces more than its field holds"
    )]
    fn field(&self) -> u16 {
        let field = self.window >> (self.scale & 15);
        if field << (self.scale & 15) == self.window {
            field as u16
        } else {
            u16::MAX
        }
    }
}

impl Record {
    /// The connection went through SYN-SENT.
    pub const ACTIVE: u16 = 1;
    /// The connection was made from a listener.
    pub const PASSIVE: u16 = 2;
    /// The connection existed before estatsd: events count from `start_ns` on.
    pub const ADOPTED: u16 = 4;
    /// `net.ipv4.tcp_timestamps` was on when the connection was established.
    pub const TIMESTAMPS_ALLOWED: u16 = 8;
    /// `net.ipv4.tcp_sack` was on when the connection was established.
    pub const SACK_ALLOWED: u16 = 16;
    /// Made by a SYN with data (TCP Fast Open): it may be accepted before it is established.
    pub const FAST_OPEN: u16 = 32;
    /// Timestamps were negotiated.
    pub const TIMESTAMPS: u16 = 64;
    /// Made by hand (`TCP_REPAIR`), to go on with a connection of another socket: there was no handshake.
    pub const RESTORED: u16 = 128;
    /// `net.ipv4.tcp_ecn` asked for ECN on active opens when the connection was established.
    pub const ECN_REQUESTED: u16 = 256;
    /// It accepted ECN on passive ones.
    pub const ECN_ACCEPTED: u16 = 512;
    /// The connection is closed, and our FIN had been written: the state no longer says so.
    pub const FIN_WRITTEN: u16 = 1024;

    /// Keeps who opens the connection until it is established, in the place of times that are counted only from then on.
    #[inline(always)]
    pub fn keep_opener(&mut self, opener: &Opener) {
        let [pid, name, rest, ..] = &mut self.send_limits.time_ns;
        (*pid, *name, *rest) = opener.to_words();
    }

    /// Who opened the connection, if that was kept; and makes room for the times.
    #[inline(always)]
    #[must_use]
    pub fn take_opener(&mut self) -> Opener {
        let [pid, name, rest, ..] = core::mem::take(&mut self.send_limits.time_ns);
        Opener::from_words((pid, name, rest))
    }

    /// Takes the socket as it is for the starting point of everything that is found by comparison.
    #[inline(always)]
    pub fn start(&mut self, now: &Sample, announced: &Announced) {
        self.cwnd.start(now);
        self.windows.start(now, announced.window);
        self.congestion.start(now);
        self.recovery.start(now);
        // The ACK that ends the handshake of an active open is still to be sent; the others have sent theirs.
        let last_ack = if self.flags & Record::ACTIVE == 0 {
            announced.ack
        } else {
            0
        };
        let window = if self.flags & Record::PASSIVE == 0 {
            announced.window
        } else {
            // What the SYN-ACK had room for.
            announced.window.min(u32::from(u16::MAX))
        };
        self.reordering
            .start(now, last_ack, Announced { window, ..*announced }.field());
        self.queues.start(now);
        self.send_limits.start(now);
        if self.flags & Record::ADOPTED != 0 {
            self.rtt.start(now);
        }
    }

    /// Tables were switched on, or again: what they show begins now. `was` are those that were on before, for which the record has
    /// been settled.
    #[inline(always)]
    pub fn restart(&mut self, was: Tables, on: Tables, now: &Sample, announced: &Announced) {
        self.note_arrival(|| now.clocks);
        let fresh = on.without(was);
        self.header.forget(fresh);
        self.congestion.forget(fresh);
        self.recovery.forget(fresh);
        self.queues.forget(fresh);
        self.reordering.forget(fresh);
        self.send_limits.forget(fresh);
        // A mechanism that was at rest starts over; one that ran for another table goes on.
        let idle = |feed: Tables| on.any(feed) && !was.any(feed);
        if idle(Tables::RTT) {
            self.rtt = Rtt::default();
            self.rtt.start(now);
        }
        if idle(Tables::RTO) {
            self.rto = Rto::default();
        }
        if idle(Tables::SEGMENTS) {
            self.segments = Segments::default();
        }
        if fresh.any(Tables::CWND) {
            self.cwnd = Cwnd::default();
            self.cwnd.start(now);
        }
        if idle(Tables::WINDOWS) {
            self.windows = Windows::default();
            self.windows.start(now, announced.window);
        }
        if idle(Tables::PIPE) {
            self.pipe = Pipe::default();
        }
        if idle(Tables::SEND_LIMITS) {
            self.send_limits = SendLimits::default();
            self.send_limits.start(now);
        }
        if idle(Tables::CONGESTION) {
            self.congestion.start(now);
        }
        if idle(Tables::RECOVERY) {
            self.recovery.start(now);
        }
        if idle(Tables::QUEUES) {
            self.queues.start(now);
        }
        if idle(Tables::REORDERING) {
            self.reordering = Reordering::default();
            self.reordering.start(now, announced.ack, announced.field());
        }
    }

    /// Accounts for everything that happened since the last call: the segment processed in between, if any, and timers. Only for
    /// the tables that are `on`.
    #[inline(always)]
    pub fn settle(&mut self, now: &Sample, on: Tables) {
        self.note_arrival(|| now.clocks);
        self.settle_rtt(now, on);
        if on.any(Tables::CONGESTION) && self.congestion.settle(now, self.cwnd.last, self.rtt.sample_us) {
            self.cwnd.disturb();
        }
        let undone = on.any(Tables::RECOVERY) && self.recovery.settle(now);
        self.settle_peaceful(now, on, undone);
        if on.any(Tables::SEND_LIMITS) {
            self.send_limits.settle(now);
        }
    }

    /// The sender was in the open state at the last look and is in it (`open`), and nothing is pending from before: no segment is
    /// known to be received out of order, lost or sent again, and none was meanwhile.
    #[inline(always)]
    #[must_use]
    pub fn untroubled(&self, open: bool) -> bool {
        open && self.congestion.open() && self.cwnd.calm() && self.recovery.rests() && self.reordering.rests()
    }

    /// [`Record::settle`] for a connection that is [untroubled](Record::untroubled): of the sample, what tells of trouble does not
    /// have to be there, nor the time. [`Record::arrive`] follows.
    #[inline(always)]
    pub fn settle_untroubled(&mut self, now: &Sample, on: Tables) {
        self.settle_rtt(now, on);
        if on.any(Tables::RECOVERY) {
            self.recovery.advance(now.snd_una);
        }
        self.settle_peaceful(now, on, false);
    }

    /// What is settled in trouble and in peace alike.
    #[inline(always)]
    fn settle_peaceful(&mut self, now: &Sample, on: Tables, undone: bool) {
        if on.any(Tables::WINDOWS) {
            self.windows.settle(now);
        }
        if on.any(Tables::CWND) {
            self.cwnd.settle(now, undone);
        } else {
            self.cwnd.sent(now.octets(now.snd_cwnd));
        }
        if on.any(Tables::REORDERING) {
            self.reordering.settle(now);
        }
        if on.any(Tables::QUEUES) {
            self.queues.settle(now);
        }
        if on.any(Tables::PIPE) {
            self.pipe.settle(now);
        }
        if on.any(Tables::RTO) {
            self.rto.settle(now);
        }
    }

    /// Nothing is out, nothing waits to be sent and nothing was acknowledged since the last call: as a sender, the connection is as
    /// it was then.
    #[inline(always)]
    #[must_use]
    pub fn sender_rests(&self, snd_una: u32, write_seq: u32) -> bool {
        snd_una == write_seq && self.rtt.accounted(snd_una)
    }

    /// [`Record::settle`] for a connection whose sender rests: of the sample, only what is received has to be there, without the time.
    /// [`Record::arrive_at_rest`] follows.
    #[inline(always)]
    pub fn settle_receiver(&mut self, now: &Sample, on: Tables) {
        if on.any(Tables::WINDOWS) {
            self.windows.settle(now);
        }
        if on.any(Tables::QUEUES) {
            self.queues.settle_receiver(now);
        }
    }

    /// A segment comes. `fresh`: it acknowledges something new, and TCP will take note of when it was delivered. `clocks` are
    /// asked for only if it is not enough to pick up the time later.
    #[inline(always)]
    pub fn arrive(&mut self, now: &Sample, on: Tables, fresh: bool, clocks: impl FnOnce() -> Clocks) {
        if fresh && (!on.any(Tables::SEND_LIMITS) || self.send_limits.goes_on(now)) {
            self.send_limits.stir(now.write_seq != now.snd_nxt);
            self.send_limits.arrival = Arrival::BY_DELIVERY;
        } else {
            let clocks = clocks();
            self.note_arrival(|| clocks);
            if on.any(Tables::SEND_LIMITS) {
                self.send_limits.settle(&Sample { clocks, ..*now });
            }
            self.last_ns = clocks.now_ns;
        }
    }

    /// [`Record::arrive`] for a connection whose sender rests: nothing makes TCP look at its clock until the next segment but a write, which
    /// sends one.
    #[inline(always)]
    pub fn arrive_at_rest(&mut self, now: &Sample, on: Tables, clocks: impl FnOnce() -> Clocks) {
        if on.any(Tables::SEND_LIMITS) && !self.send_limits.rests() {
            self.arrive(now, on, false, clocks);
        } else {
            self.send_limits.stir(false);
            self.send_limits.arrival = Arrival::BY_TCP;
        }
    }

    /// Notes when the last segment came, if that is not noted yet.
    #[inline(always)]
    pub fn note_arrival(&mut self, clocks: impl FnOnce() -> Clocks) {
        let at = self.send_limits.arrived(clocks);
        if at > self.last_ns {
            self.last_ns = at;
        }
    }

    /// The application writes while nothing waits to be sent and the window is as it was: only the reason for the wait is of interest,
    /// and only what tells it has to be in the sample.
    #[inline(always)]
    pub fn settle_wait(&mut self, now: &Sample, on: Tables) {
        self.note_arrival(|| now.clocks);
        if on.any(Tables::SEND_LIMITS) {
            self.send_limits.settle(now);
        }
    }

    /// The sender enters another congestion state, in the middle of an ACK or of a timer.
    #[inline(always)]
    pub fn state_change(&mut self, now: &Sample, change: &mut StateChange, on: Tables) {
        self.settle_rtt(now, on);
        if on.any(Tables::RTO) {
            self.rto.settle(now);
        }
        if on.any(Tables::CWND) {
            self.cwnd.settle_ssthresh(now);
            self.cwnd.disturb();
        }
        if on.any(Tables::RECOVERY) {
            self.recovery.state_change(now, change);
        }
        if on.any(Tables::REORDERING) {
            self.reordering.state_change(change.new);
        }
        change.last_cwnd = self.cwnd.last;
        change.sample_us = self.rtt.sample_us;
        if on.any(Tables::CONGESTION) {
            // The change before this one may have gone without an announcement.
            self.congestion.settle(now, change.last_cwnd, change.sample_us);
        }
        if on.any(Tables::CONGESTION) && self.congestion.state_change(now, change) && on.any(Tables::SEND_LIMITS) {
            self.send_limits.timeout(now);
        }
    }

    #[inline(always)]
    fn settle_rtt(&mut self, now: &Sample, on: Tables) {
        if !on.any(Tables::RTT) {
            // What was acknowledged last is asked for by others.
            self.rtt.start(now);
        } else if let Some(us) = self.rtt.settle(now) {
            self.congestion.sampled(us);
        }
    }
}

// With the 72 octets that the kernel puts before it, a larger record would take a slab object of 1024 octets instead of 512.
const _: () = assert!(size_of::<Record>() <= 440);
