//! A TCP endpoint that does what a script says, against the kernel's TCP.
//!
//! The peer is a process-side endpoint behind a TUN device: every octet of its packets is chosen by the script, and every
//! packet of the kernel is compared with what the script expects. It has no TCP of its own: it repeats nothing, acknowledges
//! nothing and answers nothing unless told to.
//!
//! Sequence and acknowledgment numbers are relative, as in a protocol's ladder diagram: the SYN of either side is 0, its first
//! octet of data 1. The same words describe what is sent and what is expected:
//!
//! ```no_run
//! # use estats_tests::peer::{Setup, ack, data};
//! # use estats_spec::Id;
//! let (mut kernel, mut peer) = Setup::default().accepted();
//! kernel.write(2000);
//! peer.expect(data(1..1001));
//! peer.expect(data(1001..2001));
//! peer.send(ack(1).sack(1001..2001));
//! peer.send(ack(2001));
//! kernel.expect_rows(&[(Id::FastRetran, 0)]);
//! ```
//!
//! A packet that the peer sends has been processed by the kernel, answer included, when the call returns: the TUN device hands
//! it to the stack within the write. So a script needs no waiting, except for the kernel's timers.
//!
//! What does not go as the script says is a panic at its line, with both segments and the exchange up to there.

mod kernel;
mod moment;
mod packet;
mod segment;
mod setup;
mod transcript;
mod tun;
pub mod witness;

use std::net::SocketAddr;
use std::thread::sleep;
use std::time::{Duration, Instant};

pub use kernel::Kernel;
pub use moment::{Lapse, Moment};
pub use segment::{Flags, Segment, ack, data, fin, rst, syn, syn_ack};
pub use setup::{Offer, Setup};

use packet::Packet;
use transcript::{Direction, Transcript};
use tun::Tun;

/// The peer's initial sequence number: its data soon passes the end of the number space.
pub const ISS: u32 = u32::MAX - 1000;
/// How long an expected segment may take beyond the time at which the protocol sends it: only a loaded machine needs any of it.
const PATIENCE: Duration = Duration::from_secs(5);

/// The scripted endpoint.
#[derive(Debug)]
pub struct Peer {
    tun: Tun,
    local: SocketAddr,
    remote: SocketAddr,
    offer: Offer,
    /// The kernel's initial sequence number, from its SYN.
    kernel_iss: Option<u32>,
    /// The number after the last octet sent.
    next: u32,
    /// The acknowledgment number last sent.
    acknowledged: u32,
    window: u16,
    /// The kernel's last timestamp, to be echoed.
    echo: u32,
    /// The last packet of the kernel, for an ICMP message to quote.
    last: Vec<u8>,
    transcript: Transcript,
}

impl Peer {
    fn new(tun: Tun, local: SocketAddr, remote: SocketAddr, offer: Offer) -> Self {
        Self {
            tun,
            local,
            remote,
            offer,
            kernel_iss: None,
            next: 0,
            acknowledged: 0,
            window: u16::MAX,
            echo: 0,
            last: Vec::new(),
            transcript: Transcript::default(),
        }
    }

    /// Sends `segment` and returns when the kernel processed it. What it does not say is filled in: the sequence number after
    /// the last octet sent, the acknowledgment number and the window of the last segment; with a SYN the options of the
    /// [`Offer`]; timestamps, if they are part of it.
    ///
    /// # Panics
    ///
    /// When the device does not take it.
    #[track_caller]
    pub fn send(&mut self, segment: Segment) -> Moment {
        let segment = self.complete(segment);
        self.transcript.add(Direction::ToKernel, &segment);
        let packet = self.packet(&segment).to_bytes();
        self.inject(&packet)
    }

    /// Closes the window, in the second of two octets of data: Linux 6.1 takes a smaller window only from a segment that begins
    /// after the one with the window before.
    ///
    /// # Panics
    ///
    /// As [`Peer::send`], or when the octets are not acknowledged.
    #[track_caller]
    pub fn close_window(&mut self) -> Moment {
        let octet = self.next;
        self.send(data(octet..octet + 1));
        self.expect(ack(octet + 1));
        let closed = self.send(data(octet + 1..octet + 2).window(0));
        self.expect(ack(octet + 2));
        closed
    }

    /// Sends `segment` with a wrong TCP checksum.
    ///
    /// # Panics
    ///
    /// As [`Peer::send`].
    #[track_caller]
    pub fn send_corrupted(&mut self, segment: Segment) -> Moment {
        let segment = self.complete(segment);
        self.transcript.add(Direction::ToKernel, &segment);
        self.transcript.note("(with a wrong checksum)");
        let packet = self.packet(&segment).to_corrupted_bytes();
        self.inject(&packet)
    }

    /// Tells the kernel that a router cannot forward its last packet, which is too large for the link behind (RFC 1191, RFC 8201).
    ///
    /// # Panics
    ///
    /// When the kernel sent nothing yet.
    #[track_caller]
    pub fn send_too_big(&mut self, mtu: u16) -> Moment {
        self.transcript
            .note(&format!("ICMP: the last packet exceeds an MTU of {mtu}"));
        let message = packet::too_big(&self.last, mtu);
        self.inject(&message)
    }

    /// The next segment of the kernel has to be like `expected`, in everything that it says. Waits for it.
    ///
    /// # Panics
    ///
    /// When it is another one, or there is none for 5 seconds.
    #[track_caller]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a script says a segment where it is expected"
    )]
    pub fn expect(&mut self, expected: Segment) -> Segment {
        let Some(seen) = self.receive(PATIENCE) else {
            panic!("expected {expected}\nbut nothing came\n{}", self.transcript)
        };
        assert!(
            expected.describes(&seen),
            "expected {expected}\nbut saw  {seen}\n{}",
            self.transcript
        );
        seen
    }

    /// As [`Peer::expect`] for the segments of `octets`, each of `size` octets except the last one.
    ///
    /// # Panics
    ///
    /// As [`Peer::expect`].
    #[track_caller]
    pub fn expect_data(&mut self, octets: std::ops::Range<u32>, size: u32) {
        let end = octets.end;
        for start in octets.step_by(size as usize) {
            self.expect(data(start..end.min(start + size)));
        }
    }

    /// The kernel's ACKs up to the one that acknowledges everything before `number`; how many and when is up to the kernel.
    ///
    /// # Panics
    ///
    /// When something else comes, or nothing for 5 seconds.
    #[track_caller]
    pub fn expect_acked(&mut self, number: u32) {
        while self.expect(Segment::default()).acknowledgment != Some(number) {}
    }

    /// As [`Peer::expect`], after whatever else the kernel sends until then: what its timers made it repeat.
    ///
    /// # Panics
    ///
    /// When no such segment comes, or nothing for 5 seconds.
    #[track_caller]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a script says a segment where it is expected"
    )]
    pub fn expect_after_repetitions(&mut self, expected: Segment) -> Segment {
        loop {
            match self.receive(PATIENCE) {
                Some(seen) if expected.describes(&seen) => return seen,
                Some(_) => {}
                None => panic!("expected {expected}\nbut it did not come\n{}", self.transcript),
            }
        }
    }

    /// The kernel sends nothing for so long. A duration of zero asks for what it sent already.
    ///
    /// # Panics
    ///
    /// When it does.
    #[track_caller]
    pub fn expect_nothing(&mut self, time: Duration) {
        if let Some(seen) = self.receive(time) {
            panic!("expected nothing\nbut saw {seen}\n{}", self.transcript);
        }
    }

    /// Sets the window field of the segments from now on.
    pub fn set_window(&mut self, window: u16) {
        self.window = window;
    }

    /// The kernel's initial sequence number.
    ///
    /// # Panics
    ///
    /// When it has not sent its SYN yet.
    #[must_use]
    pub fn kernel_iss(&self) -> u32 {
        self.kernel_iss.expect("the kernel has not sent a SYN")
    }

    /// Opens a connection to the kernel's listener.
    ///
    /// # Panics
    ///
    /// When the kernel does not answer as it should.
    #[track_caller]
    pub fn open(&mut self) {
        self.open_slowly(Duration::ZERO);
    }

    /// As [`Peer::open`], with a pause before the last ACK. Returns the round trip time that the kernel measures.
    ///
    /// # Panics
    ///
    /// As [`Peer::open`].
    #[track_caller]
    pub fn open_slowly(&mut self, pause: Duration) -> Lapse {
        let begin = self.send(syn());
        let answer = syn_ack().acknowledging(1);
        self.expect(if self.offer.ecn { answer.ece() } else { answer });
        sleep(pause);
        begin.until(self.send(ack(1)))
    }

    /// What is left open in `segment`, filled in.
    fn complete(&mut self, mut segment: Segment) -> Segment {
        if segment.flags.syn {
            segment = segment.offering(self.offer);
        } else if self.offer.timestamps {
            segment.timestamps = segment
                .timestamps
                .or_else(|| Some((self.transcript.milliseconds(), self.echo)));
        }
        let sequence = *segment.sequence.get_or_insert(self.next);
        let acknowledgment = *segment.acknowledgment.get_or_insert(self.acknowledged);
        segment.window.get_or_insert(self.window);
        self.next = self.next.max(sequence + segment.length());
        if segment.flags.ack {
            self.acknowledged = acknowledgment;
        }
        segment
    }

    fn packet<'a>(&self, segment: &'a Segment) -> Packet<'a> {
        Packet {
            source: self.local,
            destination: self.remote,
            source_iss: ISS,
            destination_iss: self.kernel_iss.unwrap_or(0),
            segment,
        }
    }

    /// Hands `packet` to the kernel.
    #[track_caller]
    fn inject(&self, packet: &[u8]) -> Moment {
        Moment::of(|| self.tun.write(packet).expect("writing to the TUN device")).0
    }

    /// The next TCP segment of the kernel, if one comes within `time`.
    fn receive(&mut self, time: Duration) -> Option<Segment> {
        let end = Instant::now() + time;
        loop {
            let packet = self.tun.read(end).expect("reading from the TUN device")?;
            let Some(received) = packet::parse(&packet, ISS, self.kernel_iss) else {
                continue;
            };
            // Where the kernel connected from is known from its SYN, as is its initial sequence number.
            self.kernel_iss = Some(received.source_iss);
            self.remote = received.source;
            self.local = received.destination;
            if let Some((value, _)) = received.segment.timestamps {
                self.echo = value;
            }
            self.last = packet;
            self.transcript.add(Direction::FromKernel, &received.segment);
            return Some(received.segment);
        }
    }
}
