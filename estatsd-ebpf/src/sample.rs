//! What a hook sees of a connection.

use crate::{arrival::Clocks, segments::Expected};

/// Congestion states of the kernel's sender (`enum tcp_ca_state`).
pub mod ca_state {
    /// No trouble.
    pub const OPEN: u8 = 0;
    /// Duplicate ACKs or SACKs, nothing retransmitted for them yet.
    pub const DISORDER: u8 = 1;
    /// The window is being reduced after ECN, a local stall or a tail loss probe.
    pub const CWR: u8 = 2;
    /// Fast recovery.
    pub const RECOVERY: u8 = 3;
    /// After a retransmission timeout.
    pub const LOSS: u8 = 4;
}

/// The slow start threshold of a connection that has none yet (`TCP_INFINITE_SSTHRESH`).
pub const INFINITE_SSTHRESH: u32 = 0x7fff_ffff;

/// Fields of one `tcp_sock` at one moment. Units are the kernel's.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "these are the kernel's own flags, independent of one another"
)]
pub struct Sample {
    /// Oldest unacknowledged sequence number.
    pub snd_una: u32,
    /// Next sequence number to send.
    pub snd_nxt: u32,
    /// Congestion window, segments.
    pub snd_cwnd: u32,
    /// Slow start threshold, segments.
    pub snd_ssthresh: u32,
    /// Effective send MSS, octets.
    pub mss_cache: u32,
    /// Smoothed RTT, eighths of a microsecond; 0 before the first sample.
    pub srtt_us: u32,
    /// Retransmission timeout, jiffies.
    pub icsk_rto: u32,
    /// Window announced by the peer, octets.
    pub snd_wnd: u32,
    /// Segments sent and not acknowledged.
    pub packets_out: u32,
    /// Segments that SACK or duplicate ACKs report as received.
    pub sacked_out: u32,
    /// Segments taken for lost.
    pub lost_out: u32,
    /// Retransmitted segments in flight.
    pub retrans_out: u32,
    /// Next sequence number expected.
    pub rcv_nxt: u32,
    /// Next sequence number that the application reads.
    pub copied_seq: u32,
    /// Next sequence number that the application writes.
    pub write_seq: u32,
    /// Not 0 while a reduction of the window may still be undone.
    pub undo_marker: u32,
    /// Duplicates that D-SACK reported, segments.
    pub dsack_dups: u32,
    /// Octets from `rcv_nxt` to the end of the last segment waiting out of order; 0 when none waits.
    pub reassembly: u32,
    /// The peer's FIN has arrived in order, so `rcv_nxt` has passed it.
    pub fin_received: bool,
    /// Our FIN has been written, so the last sequence number before `write_seq` is its own.
    pub fin_written: bool,
    /// Segments ever taken for lost.
    pub lost: u32,
    /// The time of this sample, and of what went before.
    pub clocks: Clocks,
    /// When the next packet may leave by pacing, on the same clock.
    pub wstamp_ns: u64,
    /// TCP itself has to pace its output.
    pub pacing: bool,
    /// The kernel has noted that the peer's window stopped output.
    pub rwnd_limited: bool,
    /// A tail loss probe that repeated a segment is out; it is not among `retrans_out`.
    pub probing: bool,
    /// Congestion state, see [`ca_state`].
    pub ca_state: u8,
    /// Timestamps were negotiated.
    pub tstamp_ok: bool,
}

impl Default for Sample {
    fn default() -> Sample {
        Sample::ZERO
    }
}

impl Sample {
    /// A socket on which nothing has happened.
    pub const ZERO: Sample = Sample {
        snd_una: 0,
        snd_nxt: 0,
        snd_cwnd: 0,
        snd_ssthresh: 0,
        mss_cache: 0,
        srtt_us: 0,
        icsk_rto: 0,
        snd_wnd: 0,
        packets_out: 0,
        sacked_out: 0,
        lost_out: 0,
        retrans_out: 0,
        rcv_nxt: 0,
        copied_seq: 0,
        write_seq: 0,
        undo_marker: 0,
        dsack_dups: 0,
        reassembly: 0,
        lost: 0,
        clocks: Clocks {
            now_ns: 0,
            tcp_ns: 0,
            delivered_ns: 0,
        },
        wstamp_ns: 0,
        pacing: false,
        rwnd_limited: false,
        fin_received: false,
        fin_written: false,
        probing: false,
        ca_state: 0,
        tstamp_ok: false,
    };

    /// What a segment is checked against.
    #[inline(always)]
    #[must_use]
    pub fn expected(&self) -> Expected {
        Expected {
            rcv_nxt: self.rcv_nxt,
            snd_una: self.snd_una,
            snd_nxt: self.snd_nxt,
        }
    }

    /// Segments that the sender believes to be in the network (`tcp_packets_in_flight`).
    #[inline(always)]
    #[must_use]
    pub fn packets_in_flight(&self) -> u32 {
        self.packets_out
            .wrapping_sub(self.sacked_out)
            .wrapping_sub(self.lost_out)
            .wrapping_add(self.retrans_out)
    }

    /// Octets of data that are sent and not acknowledged: a SYN or a FIN that is out is none.
    #[inline(always)]
    #[must_use]
    pub fn octets_out(&self) -> u32 {
        let out = self.snd_nxt.wrapping_sub(self.snd_una);
        if out != 0 && self.fin_written && self.snd_nxt == self.write_seq {
            out - 1
        } else {
            out
        }
    }

    /// Octets of data that are written and not sent: a FIN that waits behind them is none.
    #[inline(always)]
    #[must_use]
    pub fn octets_waiting(&self) -> u32 {
        let waiting = ahead(self.write_seq, self.snd_nxt);
        if waiting != 0 && self.fin_written {
            waiting - 1
        } else {
            waiting
        }
    }

    /// No hole is known: everything between `snd_una` and `snd_nxt` is in the network.
    #[inline(always)]
    #[must_use]
    pub fn contiguous(&self) -> bool {
        self.sacked_out | self.lost_out | self.retrans_out == 0
    }

    /// A number of segments in octets, at most `u32::MAX`.
    #[inline(always)]
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked in the line itself; BPF has no 128-bit products"
    )]
    pub fn octets(&self, segments: u32) -> u32 {
        let octets = u64::from(segments) * u64::from(self.mss_cache);
        if octets > u64::from(u32::MAX) {
            u32::MAX
        } else {
            octets as u32
        }
    }
}

/// How far a sequence number is ahead of another; 0 where it is not.
#[inline(always)]
#[must_use]
pub fn ahead(of: u32, than: u32) -> u32 {
    let distance = of.wrapping_sub(than);
    if distance.cast_signed() > 0 { distance } else { 0 }
}

/// A sequence number is before another.
#[inline(always)]
#[must_use]
pub fn before(this: u32, that: u32) -> bool {
    this.wrapping_sub(that).cast_signed() < 0
}
