//! Explicit congestion notification in both headers (RFC 3168).

use estats_spec::Id;
use estats_tests::peer::{Setup, ack, data};

/// Codepoints of the TOS octet.
const ECT_0: u8 = 2;
const CE: u8 = 3;

#[test]
fn every_marked_segment_counts() {
    let (mut kernel, mut peer) = Setup::default().with_ecn().accepted();
    peer.send(data(1..1001).tos(CE));
    peer.expect(ack(1001).ece());
    peer.send(data(1001..2001).tos(CE));
    peer.expect(ack(2001).ece());
    kernel.expect_rows(&[(Id::CERcvd, 2)]);
    // Repeated data and pure ACKs, too.
    peer.send(data(1001..2001).tos(CE));
    peer.expect(ack(2001).ece());
    peer.send(ack(1).tos(CE));
    kernel.expect_rows(&[(Id::CERcvd, 4)]);
}

#[test]
fn a_mark_that_was_not_negotiated_is_a_mark() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    peer.send(data(1..1001).tos(CE));
    peer.expect(ack(1001));
    kernel.expect_rows(&[(Id::CERcvd, 1), (Id::ECESent, 0)]);
}

#[test]
fn other_codepoints_are_no_marks() {
    let (mut kernel, mut peer) = Setup::default().with_ecn().accepted();
    for (start, codepoint) in [(1, 0), (1001, 1), (2001, ECT_0)] {
        peer.send(data(start..start + 1000).tos(codepoint));
        peer.expect(ack(start + 1000));
    }
    kernel.expect_rows(&[(Id::CERcvd, 0), (Id::ECESent, 0)]);
}

/// ECE stays set until the peer says that it reduced its window.
#[test]
fn each_time_that_the_echo_is_switched_on_counts_once() {
    let (mut kernel, mut peer) = Setup::default().with_ecn().accepted();
    // The ECE of the SYN-ACK is no echo.
    kernel.expect_rows(&[(Id::ECESent, 0)]);
    peer.send(data(1..1001).tos(CE));
    peer.expect(ack(1001).ece());
    kernel.expect_rows(&[(Id::ECESent, 1)]);
    peer.send(data(1001..2001).tos(CE));
    peer.expect(ack(2001).ece());
    peer.send(data(2001..3001).tos(ECT_0));
    peer.expect(ack(3001).ece());
    kernel.expect_rows(&[(Id::ECESent, 1)]);
    peer.send(data(3001..4001).tos(ECT_0).cwr());
    peer.expect(ack(4001));
    kernel.expect_rows(&[(Id::ECESent, 1)]);
    peer.send(data(4001..5001).tos(CE));
    peer.expect(ack(5001).ece());
    kernel.expect_rows(&[(Id::ECESent, 2), (Id::CERcvd, 3)]);
}

#[test]
fn every_echo_received_is_a_notification() {
    let (mut kernel, mut peer) = Setup::default().with_ecn().accepted();
    kernel.write(5000);
    peer.expect_data(1..5001, 1000);
    // The ECE of the handshake is none.
    kernel.expect_rows(&[(Id::ECNsignals, 0)]);
    peer.send(ack(1001).ece());
    peer.send(ack(2001).ece());
    peer.send(data(1..101).acknowledging(3001).ece());
    kernel.expect_rows(&[(Id::ECNsignals, 3)]);
    peer.send(ack(5001));
    kernel.expect_rows(&[(Id::ECNsignals, 3)]);
}

#[test]
fn an_echo_that_was_not_negotiated_notifies_of_nothing() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    kernel.write(2000);
    peer.expect_data(1..2001, 1000);
    peer.send(ack(1001).ece());
    peer.send(ack(2001).ece());
    kernel.expect_rows(&[(Id::ECNsignals, 0)]);
}
