//! How connections end, and what goes on until then.

use std::time::Duration;

use estats_spec::Id;
use estats_tests::peer::{ISS, Kernel, Offer, Peer, Setup, ack, data, fin, rst, syn, syn_ack};
use estats_tests::traffic::Options;

use crate::counters::expect_counters;

/// `tcpEStatsStackState`, which is that of the TCP-MIB (RFC 4022).
mod state {
    pub(super) const CLOSED: i64 = 1;
    pub(super) const ESTABLISHED: i64 = 5;
    pub(super) const FIN_WAIT_1: i64 = 6;
    pub(super) const FIN_WAIT_2: i64 = 7;
    pub(super) const CLOSE_WAIT: i64 = 8;
    pub(super) const LAST_ACK: i64 = 9;
    pub(super) const CLOSING: i64 = 10;
}

/// What `octets` received in order, in `segments`, are in the counters.
fn received(segments: i64, octets: i64) -> [(Id, i64); 5] {
    [
        (Id::DataSegsIn, segments),
        (Id::DataOctetsIn, octets),
        (Id::HCDataOctetsIn, octets),
        (Id::ThruOctetsReceived, octets),
        (Id::HCThruOctetsReceived, octets),
    ]
}

/// What `octets` sent, in `segments`, are in the counters.
fn sent(segments: i64, octets: i64) -> [(Id, i64); 3] {
    [
        (Id::DataSegsOut, segments),
        (Id::DataOctetsOut, octets),
        (Id::HCDataOctetsOut, octets),
    ]
}

/// The peer goes on sending after the kernel's FIN, with a hole in the middle of it.
#[test]
fn a_half_closed_connection_receives_as_any_other() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    let [cid] = kernel.listed()[..] else {
        panic!("it is listed once")
    };
    kernel.write(500);
    peer.expect(data(1..501));
    peer.send(ack(501));
    kernel.shut_down();
    peer.expect(fin(501));
    kernel.expect_rows(&[
        (Id::State, state::FIN_WAIT_1),
        (Id::PipeSize, 0),
        (Id::MaxPipeSize, 500),
    ]);
    peer.send(ack(502));
    kernel.expect_rows(&[(Id::State, state::FIN_WAIT_2)]);
    for start in (1..20_001).step_by(1000) {
        peer.send(data(start..start + 1000));
        peer.expect(ack(start + 1000));
        kernel.read(1000);
    }
    peer.send(data(21_001..22_001));
    peer.expect(ack(20_001).sack(21_001..22_001));
    peer.send(data(22_001..23_001));
    peer.expect(ack(20_001).sack(21_001..23_001));
    kernel.expect_rows(&[(Id::CurReasmQueue, 3000), (Id::MaxReasmQueue, 3000)]);
    peer.send(data(20_001..21_001));
    peer.expect(ack(23_001));
    peer.expect_nothing(Duration::ZERO);
    let moved = [
        &sent(1, 500)[..],
        &received(23, 23_000),
        &[
            // The handshake, the data and the FIN.
            (Id::CountRTT, 3),
            (Id::ThruOctetsAcked, 501),
            (Id::CurAppRQueue, 3000),
            (Id::MaxAppRQueue, 3000),
            (Id::MaxReasmQueue, 3000),
            (Id::DupAcksOut, 2),
            (Id::DupAckEpisodes, 1),
            (Id::SndInitial, peer.kernel_iss().into()),
            (Id::RecInitial, ISS.into()),
            // The handshake's two, two ACKs and the data.
            (Id::SegsIn, 2 + 2 + 23),
            // The data, the FIN and the ACKs.
            (Id::SegsOut, 2 + 23),
        ],
    ]
    .concat();
    expect_counters(&mut kernel, &[&moved[..], &[(Id::State, state::FIN_WAIT_2)]].concat());
    // From here on the kernel remembers the end only.
    peer.send(fin(23_001));
    peer.expect(ack(23_002));
    assert_eq!(kernel.listed(), [cid]);
    let last = [
        (Id::State, state::CLOSED),
        (Id::ThruOctetsReceived, 23_001),
        (Id::HCThruOctetsReceived, 23_001),
        (Id::SegsIn, 2 + 2 + 23 + 1),
        (Id::SegsOut, 2 + 23 + 1),
        (Id::RcvNxt, i64::from(ISS.wrapping_add(23_002))),
    ];
    expect_counters(&mut kernel, &[&moved[..], &last].concat());
}

/// The peer's FIN comes first, and the kernel goes on sending.
#[test]
fn a_connection_that_the_peer_half_closed_sends_as_any_other() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    peer.send(data(1..301).with_fin());
    peer.expect(ack(302));
    kernel.read(300);
    for start in (1..10_001).step_by(1000) {
        kernel.write(1000);
        peer.expect(data(start..start + 1000));
        peer.send(ack(start + 1000));
    }
    kernel.write(500);
    peer.expect(data(10_001..10_501));
    let moved = [
        &sent(11, 10_500)[..],
        &received(1, 300),
        &[
            (Id::ThruOctetsReceived, 301),
            (Id::HCThruOctetsReceived, 301),
            (Id::MaxAppRQueue, 300),
            (Id::MaxPipeSize, 1000),
        ],
    ]
    .concat();
    let waiting = [
        (Id::State, state::CLOSE_WAIT),
        (Id::PipeSize, 500),
        (Id::CountRTT, 11),
        (Id::ThruOctetsAcked, 10_000),
    ];
    expect_counters(&mut kernel, &[&moved[..], &waiting].concat());
    kernel.shut_down();
    peer.expect(fin(10_501));
    kernel.expect_rows(&[(Id::State, state::LAST_ACK), (Id::PipeSize, 500)]);
    peer.send(ack(10_502));
    let closed = [
        (Id::State, state::CLOSED),
        (Id::CountRTT, 12),
        (Id::ThruOctetsAcked, 10_501),
    ];
    expect_counters(&mut kernel, &[&moved[..], &closed].concat());
}

/// What it sends then is reordered, lost and repeated as at any other time.
#[test]
fn losses_after_the_peers_fin_are_losses() {
    let setup = Setup {
        offer: Offer {
            sack_permitted: false,
            ..Offer::default()
        },
        ..Setup::default()
    };
    let (mut kernel, mut peer) = setup.accepted();
    peer.send(fin(1));
    peer.expect(ack(2));
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    // Two duplicates are reordering.
    peer.send(ack(1));
    peer.send(ack(1));
    peer.send(ack(3001));
    kernel.expect_rows(&[
        (Id::State, state::CLOSE_WAIT),
        (Id::DupAcksIn, 2),
        (Id::NonRecovDA, 2),
        (Id::NonRecovDAEpisodes, 1),
        (Id::SumOctetsReordered, 3000),
        (Id::CountRTT, 2),
        (Id::CongSignals, 0),
    ]);
    // Three are a loss.
    for _ in 0..3 {
        peer.send(ack(3001));
    }
    peer.expect(data(3001..4001));
    peer.send(ack(10_001));
    kernel.expect_rows(&[
        (Id::DupAcksIn, 5),
        (Id::NonRecovDA, 2),
        (Id::NonRecovDAEpisodes, 1),
        (Id::SumOctetsReordered, 3000),
        (Id::CongSignals, 1),
        (Id::FastRetran, 1),
        (Id::SegsRetrans, 1),
        (Id::OctetsRetrans, 1000),
        (Id::MaxPipeSize, 10_000),
        (Id::ZeroRwinRcvd, 0),
    ]);
}

/// RFC 9293, section 3.6: both FINs cross.
#[test]
fn a_simultaneous_close_passes_through_closing() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    peer.send(data(1..1001));
    peer.expect(ack(1001));
    kernel.write(700);
    peer.expect(data(1..701));
    peer.send(ack(701));
    kernel.shut_down();
    peer.expect(fin(701));
    peer.send(fin(1001).acknowledging(701));
    peer.expect(ack(1002));
    let moved = [
        &sent(1, 700)[..],
        &received(1, 1000),
        &[
            (Id::ThruOctetsReceived, 1001),
            (Id::HCThruOctetsReceived, 1001),
            (Id::CurAppRQueue, 1000),
            (Id::SndInitial, peer.kernel_iss().into()),
            (Id::RecInitial, ISS.into()),
        ],
    ]
    .concat();
    let closing = [
        (Id::State, state::CLOSING),
        (Id::ThruOctetsAcked, 700),
        (Id::CountRTT, 2),
    ];
    expect_counters(&mut kernel, &[&moved[..], &closing].concat());
    peer.send(ack(702));
    let closed = [
        (Id::State, state::CLOSED),
        (Id::ThruOctetsAcked, 701),
        (Id::CountRTT, 3),
    ];
    expect_counters(&mut kernel, &[&moved[..], &closed].concat());
    assert_eq!(kernel.listed().len(), 1);
}

/// A connection to whose peer so many octets may be sent.
fn with_window(octets: u16) -> (Kernel, Peer) {
    let (mut kernel, mut peer) = Setup::default().ends();
    kernel.listen();
    peer.set_window(octets);
    peer.open();
    kernel.accept();
    (kernel, peer)
}

/// The FIN waits behind the data that the peer's window holds back, and is none of it.
#[test]
fn a_fin_that_waits_is_no_data() {
    let (mut kernel, mut peer) = with_window(2000);
    kernel.write(5000);
    peer.expect_data(1..2001, 1000);
    kernel.shut_down();
    kernel.expect_rows(&[
        (Id::State, state::FIN_WAIT_1),
        (Id::CurAppWQueue, 3000),
        (Id::MaxAppWQueue, 3000),
        (Id::PipeSize, 2000),
    ]);
    peer.send(ack(2001).window(5000));
    peer.expect_data(2001..4001, 1000);
    peer.expect(data(4001..5001).with_fin());
    kernel.expect_rows(&[
        (Id::CurAppWQueue, 0),
        (Id::MaxAppWQueue, 3000),
        (Id::PipeSize, 3000),
        (Id::MaxPipeSize, 3000),
        (Id::DataOctetsOut, 5000),
    ]);
    peer.send(ack(5002));
    kernel.expect_rows(&[
        (Id::State, state::FIN_WAIT_2),
        (Id::PipeSize, 0),
        (Id::ThruOctetsAcked, 5001),
    ]);
}

#[test]
fn a_repeated_fin_is_a_retransmission_of_no_octets() {
    let setup = Setup {
        rto_min: 500,
        ..Setup::default()
    };
    let (mut kernel, mut peer) = setup.accepted();
    kernel.shut_down();
    peer.expect(fin(1));
    peer.expect(fin(1));
    peer.send(ack(2));
    expect_counters(
        &mut kernel,
        &[
            (Id::State, state::FIN_WAIT_2),
            (Id::SegsOut, 2),
            (Id::SegsRetrans, 1),
            (Id::Timeouts, 1),
            (Id::AbruptTimeouts, 1),
            (Id::CongSignals, 1),
            (Id::PreCongSumCwnd, 10_000),
            (Id::MaxSsthresh, 5000),
            (Id::MinSsthresh, 5000),
            (Id::CountRTT, 1),
            (Id::MaxPipeSize, 0),
            (Id::SndLimTransCwnd, 1),
        ],
    );
}

/// RFC 2525, section 2.17: the peer is told that what it sent was thrown away.
#[test]
fn a_connection_closed_with_unread_data_is_reset() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    let listed = kernel.listed();
    peer.send(data(1..1001));
    peer.expect(ack(1001));
    kernel.close();
    peer.expect(rst(1).acknowledging(1001));
    kernel.wait_until_closed();
    assert_eq!(kernel.listed(), listed);
    let last = [
        (Id::State, state::CLOSED),
        (Id::CurAppRQueue, 1000),
        (Id::MaxAppRQueue, 1000),
        // The ACK and the reset.
        (Id::SegsOut, 2),
    ];
    expect_counters(&mut kernel, &[&received(1, 1000)[..], &last].concat());
}

/// The same after the peer's FIN, which the application did not get to.
#[test]
fn a_connection_closed_with_unread_data_before_the_end_is_reset() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    peer.send(data(1..1001).with_fin());
    peer.expect(ack(1002));
    kernel.close();
    peer.expect(rst(1).acknowledging(1002));
    kernel.wait_until_closed();
    let last = [
        (Id::State, state::CLOSED),
        (Id::ThruOctetsReceived, 1001),
        (Id::HCThruOctetsReceived, 1001),
        (Id::CurAppRQueue, 1000),
        (Id::MaxAppRQueue, 1000),
        (Id::SegsOut, 2),
    ];
    expect_counters(&mut kernel, &[&received(1, 1000)[..], &last].concat());
}

#[test]
fn a_connection_aborted_with_unsent_data_is_reset() {
    let (mut kernel, mut peer) = with_window(3000);
    let listed = kernel.listed();
    kernel.write(5000);
    peer.expect_data(1..3001, 1000);
    kernel.abort();
    peer.expect(rst(3001));
    kernel.wait_until_closed();
    assert_eq!(kernel.listed(), listed);
    kernel.expect_rows(&[
        (Id::State, state::CLOSED),
        // Data, and the reset.
        (Id::SegsOut, 3 + 1),
        (Id::DataSegsOut, 3),
        (Id::DataOctetsOut, 3000),
        (Id::ThruOctetsAcked, 0),
        (Id::MaxAppWQueue, 2000),
        (Id::CurAppWQueue, 2000),
        (Id::PipeSize, 3000),
        (Id::MaxPipeSize, 3000),
    ]);
}

/// The peer lost its memory: it answers what it does not know of with a reset.
#[test]
fn a_connection_that_the_peer_forgot_ends_with_its_next_segment() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    let listed = kernel.listed();
    kernel.write(1000);
    peer.expect(data(1..1001));
    // RFC 9293, section 3.10.7.1: the number that the segment acknowledged.
    peer.send(rst(1));
    assert_eq!(kernel.listed(), listed);
    let last = [
        (Id::State, state::CLOSED),
        (Id::PipeSize, 1000),
        (Id::MaxPipeSize, 1000),
        (Id::SegsIn, 3),
        (Id::CountRTT, 1),
    ];
    expect_counters(&mut kernel, &[&sent(1, 1000)[..], &last].concat());
}

/// RFC 5961, section 4: a SYN in the midst of the connection is answered with an ACK, which the restarted peer resets. Then it
/// connects again, from the same port.
#[test]
fn a_peer_that_restarted_has_a_new_connection() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    let [first] = kernel.listed()[..] else {
        panic!("it is listed once")
    };
    peer.send(data(1..1001));
    peer.expect(ack(1001));
    peer.send(syn().at(500_000));
    peer.expect(ack(1001));
    // 2: above the data window.
    let disturbed = [(Id::SoftErrors, 1), (Id::SoftErrorReason, 2)];
    let unread = [(Id::CurAppRQueue, 1000)];
    expect_counters(&mut kernel, &[&received(1, 1000)[..], &disturbed, &unread].concat());
    peer.send(rst(1001));
    kernel.expect_rows(&[(Id::State, state::CLOSED)]);
    peer.send(syn().at(500_000));
    peer.expect(syn_ack());
    peer.send(ack(1).at(500_001));
    kernel.accept();
    let [again, second] = kernel.listed()[..] else {
        panic!("both are listed")
    };
    assert_eq!((again, first < second), (first, true));
    peer.send(data(500_001..500_301));
    peer.expect(ack(500_301));
    let new = [
        (Id::State, state::ESTABLISHED),
        (Id::CurAppRQueue, 300),
        (Id::SegsIn, 3),
        (Id::SegsOut, 1),
        (Id::RecInitial, ISS.wrapping_add(500_000).into()),
        (Id::SndInitial, peer.kernel_iss().into()),
        (Id::CountRTT, 1),
    ];
    expect_counters(&mut kernel, &[&received(1, 300)[..], &new].concat());
}

/// RFC 9293, section 3.6.1: a SYN with a number beyond the last one opens the next connection.
#[test]
fn a_connection_that_follows_time_wait_begins_anew() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    peer.send(data(1..1001));
    peer.expect(ack(1001));
    kernel.read(1000);
    kernel.shut_down();
    peer.expect(fin(1));
    peer.send(fin(1001).acknowledging(2));
    peer.expect(ack(1002));
    kernel.expect_rows(&[(Id::State, state::CLOSED), (Id::DataOctetsIn, 1000)]);
    kernel.close();
    peer.send(syn().at(70_000));
    peer.expect(syn_ack());
    peer.send(ack(1).at(70_001));
    kernel.accept();
    let listed = kernel.listed();
    assert!(listed.len() == 2 && listed[0] < listed[1], "{listed:?}");
    kernel.write(300);
    peer.expect(data(1..301));
    let new = [
        (Id::State, state::ESTABLISHED),
        (Id::PipeSize, 300),
        (Id::SegsIn, 2),
        (Id::SegsOut, 1),
        (Id::RecInitial, ISS.wrapping_add(70_000).into()),
        (Id::SndInitial, peer.kernel_iss().into()),
        (Id::CountRTT, 1),
    ];
    expect_counters(&mut kernel, &[&sent(1, 300)[..], &new].concat());
}

/// Nobody answers any more; at last the kernel gives up.
#[test]
fn a_connection_that_times_out_keeps_its_last_values() {
    let setup = Setup {
        rto_min: 200,
        socket: Options {
            more: &[(libc::IPPROTO_TCP, libc::TCP_USER_TIMEOUT, 1000)],
            ..Options::default()
        },
        ..Setup::default()
    };
    let (mut kernel, mut peer) = setup.accepted();
    let listed = kernel.listed();
    kernel.write(1000);
    // After 200, 600 and 1000 ms: the last expiry finds that it is too late.
    for _ in 0..3 {
        peer.expect(data(1..1001));
    }
    peer.expect_nothing(Duration::from_millis(1500));
    assert_eq!(kernel.listed(), listed);
    let last = [
        (Id::State, state::CLOSED),
        (Id::SegsRetrans, 2),
        (Id::OctetsRetrans, 2000),
        (Id::Timeouts, 1),
        (Id::SubsequentTimeouts, 1),
        (Id::AbruptTimeouts, 1),
        (Id::CurTimeoutCount, 2),
        (Id::CongSignals, 1),
        (Id::PreCongSumCwnd, 10_000),
        (Id::MaxSsthresh, 5000),
        (Id::ThruOctetsAcked, 0),
    ];
    kernel.expect_rows(&last);
}

/// The same socket connects twice. Its second connection is another one, with another id.
#[test]
fn a_socket_that_connects_again_begins_anew() {
    let (mut kernel, mut peer) = Setup::default().connected();
    kernel.write(1000);
    peer.expect(data(1..1001));
    peer.send(ack(1001).window(60_000));
    peer.send(data(1..701));
    peer.expect(ack(701));
    let before = kernel.listed();
    reconnect(&mut kernel, &mut peer);
    let listed = kernel.listed();
    assert!(listed.len() == 2 && listed[0] == before[0], "{listed:?}");
    let new = [
        (Id::State, state::ESTABLISHED),
        (Id::ActiveOpen, 1),
        (Id::SegsIn, 1),
        (Id::SegsOut, 2),
        (Id::ThruOctetsAcked, 1),
        (Id::SndInitial, peer.kernel_iss().into()),
        (Id::RecInitial, ISS.into()),
        (Id::CountRTT, 1),
        (Id::MaxRwinRcvd, 65_535),
        (Id::MaxPipeSize, 0),
        (Id::MaxAppRQueue, 0),
    ];
    expect_counters(&mut kernel, &new);
}

/// Dissolves the connection (`connect` to no address) and makes another one, from another port.
fn reconnect(kernel: &mut Kernel, peer: &mut Peer) {
    kernel.disconnect();
    peer.expect(rst(1001).acknowledging(701));
    kernel.begin_to_reconnect();
    peer.expect(syn());
    peer.send(syn_ack().acknowledging(1));
    peer.expect(ack(1));
    kernel.finish_connecting();
}
