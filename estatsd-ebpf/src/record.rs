//! The record of one connection, in the socket's own storage.

use crate::Sample;
use crate::congestion::{Congestion, StateChange};
use crate::cwnd::Cwnd;
use crate::header::Header;
use crate::pipe::Pipe;
use crate::queues::Queues;
use crate::recovery::Recovery;
use crate::reordering::Reordering;
use crate::rto::Rto;
use crate::rtt::Rtt;
use crate::segments::Segments;
use crate::send_limits::SendLimits;
use crate::windows::Windows;

/// What estatsd has accumulated about a connection. Each part belongs to the module of its name.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Record {
    /// Cookie of the socket; 0 until the connection is established. Tells a live record from reused memory.
    pub cookie: u64,
    /// When the record was made, nanoseconds of `CLOCK_MONOTONIC`.
    pub start_ns: u64,
    /// When the last segment was received or sent, nanoseconds of `CLOCK_MONOTONIC`.
    pub last_ns: u64,
    /// From the making of the record to ESTABLISHED, microseconds.
    pub startup_us: u32,
    /// [`Record::ACTIVE`] and its siblings.
    pub flags: u8,
    /// `net.ipv4.tcp_ecn` of the namespace when the connection was established.
    pub sysctl_ecn: u8,
    /// One more than the window scale that our SYN offered; 0 while none was seen that offered one.
    pub scale_offered: u8,
    /// Present only to say that there is no padding.
    pub reserved: u8,
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
    /// Acknowledgement number.
    pub ack: u32,
}

impl Record {
    /// The connection went through SYN-SENT.
    pub const ACTIVE: u8 = 1;
    /// The connection was made from a listener.
    pub const PASSIVE: u8 = 2;
    /// The connection existed before estatsd: events count from `start_ns` on.
    pub const ADOPTED: u8 = 4;
    /// `net.ipv4.tcp_timestamps` was on when the connection was established.
    pub const TIMESTAMPS_ALLOWED: u8 = 8;
    /// `net.ipv4.tcp_sack` was on when the connection was established.
    pub const SACK_ALLOWED: u8 = 16;
    /// Made by a SYN with data (TCP Fast Open): it may be accepted before it is established.
    pub const FAST_OPEN: u8 = 32;

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
        self.reordering.start(now, last_ack);
        self.queues.start(now);
        self.send_limits.start(now);
        if self.flags & Record::ADOPTED != 0 {
            self.rtt.start(now);
        }
    }

    /// Accounts for everything that happened since the last call: the segment processed in between, if any, and timers.
    #[inline(always)]
    pub fn settle(&mut self, now: &Sample) {
        self.settle_rtt(now);
        self.windows.settle(now);
        if self.congestion.settle(now, self.cwnd.last, self.rtt.sample_us) {
            self.cwnd.disturb();
        }
        let undone = self.recovery.settle(now);
        self.cwnd.settle(now, undone);
        self.reordering.settle(now);
        self.queues.settle(now);
        self.send_limits.settle(now);
        self.pipe.settle(now);
        self.rto.settle(now);
    }

    /// Nothing is out, nothing waits to be sent and nothing was acknowledged since the last call: as a sender, the connection is as
    /// it was then.
    #[inline(always)]
    #[must_use]
    pub fn sender_rests(&self, snd_una: u32, write_seq: u32) -> bool {
        snd_una == write_seq && self.rtt.accounted(snd_una)
    }

    /// [`Record::settle`] for a connection whose sender rests: of the sample, only what is received has to be there.
    #[inline(always)]
    pub fn settle_receiver(&mut self, now: &Sample) {
        self.windows.settle(now);
        self.queues.settle_receiver(now);
        self.send_limits.rest(now.now_ns);
    }

    /// The sender enters another congestion state, in the middle of an ACK or of a timer.
    #[inline(always)]
    pub fn state_change(&mut self, now: &Sample, change: &mut StateChange) {
        self.settle_rtt(now);
        self.rto.settle(now);
        self.cwnd.settle_ssthresh(now);
        self.cwnd.disturb();
        self.recovery.state_change(now, change);
        self.reordering.state_change(change.new);
        change.last_cwnd = self.cwnd.last;
        change.sample_us = self.rtt.sample_us;
        if self.congestion.state_change(now, change) {
            self.send_limits.timeout(now);
        }
    }

    #[inline(always)]
    fn settle_rtt(&mut self, now: &Sample) {
        if let Some(us) = self.rtt.settle(now) {
            self.congestion.sampled(us);
        }
    }
}

// With the 72 octets that the kernel puts before it, a larger record would take a slab object of 1024 octets instead of 512.
const _: () = assert!(size_of::<Record>() <= 440);
