//! Segments that failed a test of consistency, and which (the reasons of `tcpEStatsStackSoftErrorReason`).

use estats_spec::Id;
use estats_tests::peer::{Kernel, Peer, Segment, Setup, ack, data, fin, rst, syn};
use estats_tests::release::release;
use estats_tests::scene::Family;

const BELOW_DATA_WINDOW: i64 = 1;
const ABOVE_DATA_WINDOW: i64 = 2;
const BELOW_ACK_WINDOW: i64 = 3;
const ABOVE_ACK_WINDOW: i64 = 4;
const BELOW_TIMESTAMP_WINDOW: i64 = 5;
const CHECKSUM: i64 = 7;
const OTHER: i64 = 8;

/// A connection over which each side sent 1000 octets.
fn used(setup: &Setup) -> (Kernel, Peer) {
    let (mut kernel, mut peer) = setup.accepted();
    peer.send(data(1..1001));
    peer.expect(ack(1001));
    kernel.write(1000);
    peer.expect(data(1..1001));
    peer.send(ack(1001));
    (kernel, peer)
}

/// Whether the kernel says which socket a segment that it drops was for (`rx_sk` of the tracepoint `kfree_skb`, Linux 6.11).
fn tells_whose_it_drops() -> bool {
    release() >= (6, 11)
}

/// With timestamps, and 1000 octets in a segment beside them.
fn timestamped() -> Setup {
    let mut setup = Setup::default().with_timestamps();
    setup.offer.mss = Some(1012);
    setup
}

fn expect_errors(kernel: &mut Kernel, count: i64, reason: i64) {
    kernel.expect_rows(&[(Id::SoftErrors, count), (Id::SoftErrorReason, reason)]);
}

#[test]
fn data_that_was_received_before_is_below_the_window() {
    let (mut kernel, mut peer) = used(&Setup::default());
    peer.send(data(1..1001));
    peer.expect(ack(1001).sack(1..1001));
    expect_errors(&mut kernel, 1, BELOW_DATA_WINDOW);
    // A keep-alive.
    peer.send(ack(1001).at(1000));
    peer.expect(ack(1001));
    expect_errors(&mut kernel, 2, BELOW_DATA_WINDOW);
}

#[test]
fn data_beyond_what_was_announced_is_above_the_window() {
    let (mut kernel, mut peer) = used(&Setup::default());
    peer.send(data(1_000_001..1_001_001));
    peer.expect(ack(1001).without_sack());
    expect_errors(&mut kernel, 1, ABOVE_DATA_WINDOW);
}

#[test]
fn an_ack_of_what_was_acknowledged_long_ago_is_below_the_window() {
    let (mut kernel, mut peer) = used(&Setup::default());
    peer.send(ack(501));
    expect_errors(&mut kernel, 1, BELOW_ACK_WINDOW);
}

#[test]
fn an_ack_of_what_was_never_sent_is_above_the_window() {
    let (mut kernel, mut peer) = used(&Setup::default());
    peer.send(ack(5001));
    expect_errors(&mut kernel, 1, ABOVE_ACK_WINDOW);
}

/// RFC 7323, section 5: protection against wrapped sequence numbers.
#[test]
fn a_timestamp_older_than_the_last_one_is_below_the_window() {
    let (mut kernel, mut peer) = Setup::default().with_timestamps().accepted();
    peer.send(data(1..501).timestamps(1_000_000, 0));
    peer.expect(ack(501));
    peer.send(data(501..1001).timestamps(999_000, 0));
    peer.expect(ack(501));
    expect_errors(&mut kernel, 1, BELOW_TIMESTAMP_WINDOW);
}

/// The kernel checks short segments before it looks for their connection, and long ones behind it.
#[test]
fn a_wrong_checksum_is_an_error_whenever_it_is_found() {
    for family in [Family::Ipv4, Family::Ipv6] {
        let (mut kernel, mut peer) = used(&Setup {
            family,
            ..Setup::default()
        });
        peer.send_corrupted(data(1001..1011));
        expect_errors(&mut kernel, 1, CHECKSUM);
        peer.send_corrupted(data(1001..2001));
        let errors = if tells_whose_it_drops() { 2 } else { 1 };
        expect_errors(&mut kernel, errors, CHECKSUM);
        // Nothing of it was received, and the sound one is no error.
        peer.send(data(1001..2001));
        peer.expect(ack(2001));
        expect_errors(&mut kernel, errors, CHECKSUM);
    }
}

/// Only the checksum is known to be wrong.
#[test]
fn a_corrupted_segment_is_one_error_whatever_it_says() {
    let (mut kernel, mut peer) = used(&Setup::default());
    peer.send_corrupted(data(1..1001));
    let reason = if tells_whose_it_drops() {
        CHECKSUM
    } else {
        BELOW_DATA_WINDOW
    };
    expect_errors(&mut kernel, 1, reason);
}

#[test]
fn a_syn_in_the_midst_of_a_connection_is_another_error() {
    let (mut kernel, mut peer) = used(&Setup::default());
    peer.send(syn().at(1001));
    peer.expect(ack(1001));
    expect_errors(&mut kernel, 1, OTHER);
}

/// RFC 9293, section 3.10.7.4: without ACK a segment is dropped, whatever else is wrong with it.
#[test]
fn a_segment_that_says_nothing_of_itself_is_another_error() {
    let (mut kernel, mut peer) = used(&timestamped());
    peer.send(data(1001..1501).without_ack());
    expect_errors(&mut kernel, 1, OTHER);
    peer.send(fin(1001).without_ack());
    expect_errors(&mut kernel, 2, OTHER);
    peer.send(data(1..1001).without_ack());
    expect_errors(&mut kernel, 3, OTHER);
    peer.send(data(1001..1501).without_ack().timestamps(0, 0));
    expect_errors(&mut kernel, 4, OTHER);
    kernel.expect_rows(&[(Id::ThruOctetsReceived, 1000), (Id::State, 5)]);
    // The other way of checking.
    kernel.shut_down();
    peer.expect(fin(1001));
    peer.send(ack(1002).at(1001));
    peer.send(data(1..1001).without_ack());
    expect_errors(&mut kernel, 5, OTHER);
    peer.send(data(1001..1501).without_ack().timestamps(0, 0));
    expect_errors(&mut kernel, 6, OTHER);
    peer.send(data(1001..1501));
    expect_errors(&mut kernel, 6, OTHER);
    kernel.expect_rows(&[(Id::ThruOctetsReceived, 1500), (Id::State, 7)]);
}

/// RFC 5961, section 3.2: it is answered with an ACK, and ends nothing.
#[test]
fn a_reset_without_the_number_expected_is_another_error() {
    let (mut kernel, mut peer) = used(&Setup::default());
    peer.send(rst(1500));
    peer.expect(ack(1001));
    expect_errors(&mut kernel, 1, OTHER);
    // What it acknowledges is not looked at.
    peer.send(rst(1500).acknowledging(5001));
    expect_errors(&mut kernel, 2, OTHER);
    peer.send(rst(500));
    expect_errors(&mut kernel, 3, BELOW_DATA_WINDOW);
    peer.send(rst(1_000_001));
    expect_errors(&mut kernel, 4, ABOVE_DATA_WINDOW);
    kernel.shut_down();
    peer.expect(fin(1001));
    peer.send(rst(1500));
    expect_errors(&mut kernel, 5, OTHER);
    peer.send(rst(1000));
    expect_errors(&mut kernel, 6, BELOW_DATA_WINDOW);
    kernel.expect_rows(&[(Id::State, 6)]);
}

/// RFC 9293, section 3.5.3, and the places where a peer may think that its next octet goes.
#[test]
fn a_reset_that_ends_the_connection_is_none() {
    fn ends(kernel: &mut Kernel, peer: &mut Peer, last: Segment) {
        peer.send(last);
        kernel.expect_rows(&[(Id::State, 1), (Id::SoftErrors, 0), (Id::SoftErrorReason, 0)]);
    }
    let (mut kernel, mut peer) = used(&Setup::default());
    ends(&mut kernel, &mut peer, rst(1001).acknowledging(5001));
    // An older timestamp does not matter.
    let (mut kernel, mut peer) = used(&timestamped());
    peer.send(data(1001..1501).timestamps(1_000_000, 0));
    peer.expect(ack(1501));
    ends(&mut kernel, &mut peer, rst(1501).timestamps(999_000, 0));
    // Behind what SACK has reported.
    let (mut kernel, mut peer) = used(&Setup::default());
    peer.send(data(2001..3001));
    peer.expect(ack(1001).sack(2001..3001));
    ends(&mut kernel, &mut peer, rst(3001));
    // The number of the peer's FIN: in CLOSE-WAIT, in LAST-ACK, and in CLOSING.
    for (half_closed, crossing) in [(false, false), (true, false), (true, true)] {
        let (mut kernel, mut peer) = used(&Setup::default());
        if crossing {
            kernel.shut_down();
            peer.expect(fin(1001));
        }
        peer.send(fin(1001).acknowledging(1001));
        peer.expect(ack(1002));
        if half_closed && !crossing {
            kernel.shut_down();
            peer.expect(fin(1001));
        }
        ends(&mut kernel, &mut peer, rst(1001));
    }
}

/// Without SACK the peer is not known to have been told of it.
#[test]
fn a_reset_behind_a_hole_is_an_error_without_sack() {
    let (mut kernel, mut peer) = used(&Setup::default().without_sack());
    peer.send(data(2001..3001));
    peer.expect(ack(1001));
    peer.send(rst(3001));
    expect_errors(&mut kernel, 1, OTHER);
    kernel.expect_rows(&[(Id::State, 5)]);
}

#[test]
fn what_fails_while_the_connection_closes_is_an_error_as_any_other() {
    let (mut kernel, mut peer) = used(&Setup::default());
    kernel.shut_down();
    peer.expect(data(1001..1001).with_fin());
    // In FIN-WAIT-1, and in FIN-WAIT-2.
    peer.send(data(1..1001).acknowledging(1001));
    expect_errors(&mut kernel, 1, BELOW_DATA_WINDOW);
    peer.send(ack(1002).at(1001));
    expect_errors(&mut kernel, 1, BELOW_DATA_WINDOW);
    peer.send(ack(1003).at(1001));
    expect_errors(&mut kernel, 2, ABOVE_ACK_WINDOW);
    peer.send(data(1..1001).acknowledging(1002));
    expect_errors(&mut kernel, 3, BELOW_DATA_WINDOW);
    // What is received in order fails no check.
    peer.send(data(1001..2001).acknowledging(1002));
    expect_errors(&mut kernel, 3, BELOW_DATA_WINDOW);
}

#[test]
fn the_last_reason_is_the_one_told() {
    let (mut kernel, mut peer) = used(&Setup::default());
    peer.send(data(1..1001));
    peer.send(ack(501).at(1001));
    expect_errors(&mut kernel, 2, BELOW_ACK_WINDOW);
    peer.send(data(1..1001).acknowledging(1001));
    expect_errors(&mut kernel, 3, BELOW_DATA_WINDOW);
}

#[test]
fn what_the_network_reorders_or_repeats_in_part_is_consistent() {
    let (mut kernel, mut peer) = used(&Setup::default());
    kernel.write(3000);
    peer.expect_data(1001..4001, 1000);
    // Duplicate ACKs, and selective ones.
    peer.send(ack(1001));
    peer.send(ack(1001).sack(2001..3001));
    peer.send(ack(4001));
    // Early data, and data of which a part is new.
    peer.send(data(2001..3001));
    peer.send(data(501..1501));
    peer.send(data(1501..2001));
    peer.send(ack(4001).window(100));
    peer.send(ack(4001).window(0));
    expect_errors(&mut kernel, 0, 0);
}
