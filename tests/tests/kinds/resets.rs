//! The reset with which this host ends a connection is in the final values, which are those that the connection had; and where no
//! reset follows, the end is told all the same, while the application still has the socket.

use std::time::Duration;

use estats_spec::Id;
use estats_tests::peer::{Kernel, Peer, Setup, ack, data, fin, rst};
use estats_tests::traffic::Options;

/// `tcpEStatsStackState` of a closed connection.
const CLOSED: i64 = 1;

/// A state in which the application has not read 1000 octets.
struct Unread {
    /// As RFC 4022 numbers it.
    state: i64,
    /// What leads to it.
    reach: fn(&mut Kernel, &mut Peer),
    /// Segments that the kernel has sent until then, and received.
    segments: [i64; 2],
    /// The number of the kernel's next octet, and of the peer's.
    next: [u32; 2],
}

const FIN_WAIT_1: Unread = Unread {
    state: 6,
    reach: |kernel, peer| {
        peer.send(data(1..1001));
        peer.expect(ack(1001));
        kernel.shut_down();
        peer.expect(fin(1));
    },
    segments: [2, 3],
    next: [2, 1001],
};

const FIN_WAIT_2: Unread = Unread {
    state: 7,
    reach: |kernel, peer| {
        (FIN_WAIT_1.reach)(kernel, peer);
        peer.send(ack(2));
    },
    segments: [2, 4],
    ..FIN_WAIT_1
};

const CLOSE_WAIT: Unread = Unread {
    state: 8,
    reach: |_, peer| {
        peer.send(data(1..1001).with_fin());
        peer.expect(ack(1002));
    },
    segments: [1, 3],
    next: [1, 1002],
};

const LAST_ACK: Unread = Unread {
    state: 9,
    reach: |kernel, peer| {
        (CLOSE_WAIT.reach)(kernel, peer);
        kernel.shut_down();
        peer.expect(fin(1));
    },
    segments: [2, 3],
    next: [2, 1002],
};

const CLOSING: Unread = Unread {
    state: 10,
    reach: |kernel, peer| {
        (FIN_WAIT_1.reach)(kernel, peer);
        peer.send(fin(1001).acknowledging(1));
        peer.expect(ack(1002));
    },
    segments: [3, 4],
    next: [2, 1002],
};

const ALL: [Unread; 5] = [FIN_WAIT_1, FIN_WAIT_2, CLOSE_WAIT, LAST_ACK, CLOSING];

impl Unread {
    fn connection(&self) -> (Kernel, Peer) {
        let (mut kernel, mut peer) = Setup::default().accepted();
        (self.reach)(&mut kernel, &mut peer);
        self.expect(&mut kernel, self.state, [0, 0]);
        (kernel, peer)
    }

    /// The connection is in this state, and so many segments more were sent and received.
    #[track_caller]
    fn expect(&self, kernel: &mut Kernel, state: i64, more: [i64; 2]) {
        kernel.expect_rows(&[
            (Id::State, state),
            (Id::SegsOut, self.segments[0] + more[0]),
            (Id::SegsIn, self.segments[1] + more[1]),
            (Id::DataOctetsIn, 1000),
            (Id::CurAppRQueue, 1000),
            // A FIN that waits for its acknowledgement is no octet.
            (Id::PipeSize, 0),
            (Id::MaxPipeSize, 0),
            (Id::CurRetxQueue, 0),
            (Id::MaxRetxQueue, 0),
            (Id::ThruOctetsReceived, i64::from(self.next[1]) - 1),
        ]);
    }
}

#[test]
fn unread_data_is_answered_with_a_reset_in_every_state() {
    for unread in ALL {
        let (mut kernel, mut peer) = unread.connection();
        kernel.close();
        peer.expect(rst(unread.next[0]).acknowledging(unread.next[1]));
        kernel.wait_until_closed();
        unread.expect(&mut kernel, CLOSED, [1, 0]);
    }
}

/// The application has the socket still.
#[test]
fn the_peers_reset_is_the_end_in_every_state() {
    for unread in ALL {
        let (mut kernel, mut peer) = unread.connection();
        peer.send(rst(unread.next[1]));
        unread.expect(&mut kernel, CLOSED, [0, 1]);
        kernel.close();
        peer.expect_nothing(Duration::from_millis(20));
        unread.expect(&mut kernel, CLOSED, [0, 1]);
    }
}

/// What the kernel forgets of the socket then is known of the connection.
#[test]
fn a_dissolved_connection_has_its_reset_and_its_values() {
    let (mut kernel, mut peer) = Setup::default().connected();
    kernel.write(1000);
    peer.expect(data(1..1001));
    peer.send(data(1..701).acknowledging(1));
    peer.expect(ack(701));
    let held = [
        (Id::PipeSize, 1000),
        (Id::MaxPipeSize, 1000),
        (Id::CurAppRQueue, 700),
        (Id::CountRTT, 1),
        (Id::SmoothedRTT, kernel.row(Id::SmoothedRTT)),
        (Id::CurRTO, kernel.row(Id::CurRTO)),
        (Id::SndNxt, kernel.row(Id::SndNxt)),
        (Id::RcvNxt, kernel.row(Id::RcvNxt)),
    ];
    // The SYN, the handshake's ACK, the data and its ACK.
    kernel.expect_rows(&[&held[..], &[(Id::SegsOut, 4)]].concat());
    kernel.disconnect();
    peer.expect(rst(1001).acknowledging(701));
    kernel.expect_rows(&[&held[..], &[(Id::State, CLOSED), (Id::SegsOut, 5)]].concat());
}

#[test]
fn connections_that_nobody_accepts_are_reset_with_their_listener() {
    let (mut kernel, mut peer) = Setup::default().ends();
    kernel.listen();
    peer.open();
    kernel.find();
    peer.send(data(1..1001));
    peer.expect(ack(1001));
    kernel.stop_listening();
    peer.expect(rst(1).acknowledging(1001));
    kernel.wait_until_closed();
    kernel.expect_rows(&[
        (Id::State, CLOSED),
        (Id::SegsOut, 2),
        (Id::SegsIn, 3),
        (Id::CurAppRQueue, 1000),
        (Id::CountRTT, 1),
    ]);
}

/// A half-closed connection to a peer whose window holds back 3000 of 5000 octets, and the FIN behind them.
fn held_back(closed_by_peer: bool) -> (Kernel, Peer) {
    let (mut kernel, mut peer) = Setup::default().ends();
    kernel.listen();
    peer.set_window(2000);
    peer.open();
    kernel.accept();
    kernel.write(5000);
    peer.expect_data(1..2001, 1000);
    if closed_by_peer {
        peer.send(fin(1).acknowledging(1));
        peer.expect(ack(2));
    }
    kernel.shut_down();
    (kernel, peer)
}

/// In FIN-WAIT-1 and in LAST-ACK.
#[test]
fn what_was_not_sent_before_the_end_is_called_off_with_a_reset() {
    for (closed_by_peer, state, sent) in [(false, 6, 2), (true, 9, 3)] {
        let (mut kernel, mut peer) = held_back(closed_by_peer);
        let held = [
            (Id::CurAppWQueue, 3000),
            (Id::MaxAppWQueue, 3000),
            (Id::PipeSize, 2000),
            (Id::DataOctetsOut, 2000),
            (Id::ThruOctetsAcked, 0),
        ];
        kernel.expect_rows(&[&held[..], &[(Id::State, state), (Id::SegsOut, sent)]].concat());
        kernel.abort();
        peer.expect(rst(2001));
        kernel.wait_until_closed();
        kernel.expect_rows(&[&held[..], &[(Id::State, CLOSED), (Id::SegsOut, sent + 1)]].concat());
    }
}

/// RFC 9293, section 3.10.5: there is nothing to call off in CLOSING and LAST-ACK.
#[test]
fn an_end_that_was_sent_is_not_called_off() {
    for (acknowledged, state) in [(false, 10), (true, 9)] {
        let (mut kernel, mut peer) = Setup::default().accepted();
        if acknowledged {
            peer.send(fin(1));
            peer.expect(ack(2));
        }
        kernel.shut_down();
        peer.expect(fin(1));
        if !acknowledged {
            peer.send(fin(1).acknowledging(1));
            peer.expect(ack(2));
        }
        kernel.expect_rows(&[(Id::State, state), (Id::SegsOut, 2)]);
        kernel.abort();
        kernel.wait_until_closed();
        peer.expect_nothing(Duration::ZERO);
        kernel.expect_rows(&[(Id::State, CLOSED), (Id::SegsOut, 2), (Id::SegsIn, 3)]);
    }
}

#[test]
fn an_aborted_connection_that_was_half_closed_is_reset() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.shut_down();
    peer.expect(fin(1));
    peer.send(ack(2));
    kernel.expect_rows(&[(Id::State, 7), (Id::SegsOut, 1)]);
    kernel.abort();
    peer.expect(rst(2));
    kernel.wait_until_closed();
    kernel.expect_rows(&[(Id::State, CLOSED), (Id::SegsOut, 2), (Id::ThruOctetsAcked, 1)]);
}

/// The kernel waits for the peer's FIN without a socket, unless it is told not to (`TCP_LINGER2`).
#[test]
fn a_half_closed_connection_that_is_closed_is_over() {
    let impatient = Setup {
        socket: Options {
            more: &[(libc::IPPROTO_TCP, libc::TCP_LINGER2, -1)],
            ..Options::default()
        },
        ..Setup::default()
    };
    for (setup, reset) in [(Setup::default(), false), (impatient, true)] {
        let (mut kernel, mut peer) = setup.accepted();
        kernel.shut_down();
        peer.expect(fin(1));
        peer.send(ack(2));
        kernel.close();
        if reset {
            peer.expect(rst(2));
        }
        kernel.wait_until_closed();
        peer.expect_nothing(Duration::ZERO);
        kernel.expect_rows(&[
            (Id::State, CLOSED),
            (Id::SegsOut, 1 + i64::from(reset)),
            (Id::SegsIn, 3),
            (Id::ThruOctetsAcked, 1),
        ]);
    }
}
