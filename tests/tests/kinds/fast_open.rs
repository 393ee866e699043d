//! TCP Fast Open (RFC 7413): data in the SYN. Both ends do without cookies here, which only say whether it is allowed.

use std::time::Duration;

use estats_spec::Id;
use estats_tests::peer::{ISS, Kernel, Peer, Setup, ack, data, syn, syn_ack};
use estats_tests::traffic::Options;

use crate::counters::expect_counters;

/// Sends and accepts data in SYNs, without cookies and without being asked by the listener.
const FAST_OPEN: &[(&str, &str)] = &[("ipv4/tcp_fastopen", "0x607")];

/// A kernel that has sent its SYN with 100 octets.
fn opening_with_data() -> (Kernel, Peer) {
    let setup = Setup {
        settings: FAST_OPEN,
        socket: Options {
            more: &[(libc::IPPROTO_TCP, libc::TCP_FASTOPEN_CONNECT, 1)],
            ..Options::default()
        },
        ..Setup::default()
    };
    let (mut kernel, mut peer) = setup.ends();
    // It waits for the first write.
    kernel.begin_to_connect();
    kernel.finish_connecting();
    kernel.socket().set_nonblocking(true).expect("fcntl");
    kernel.write(100);
    peer.expect(syn().carrying(100));
    (kernel, peer)
}

#[test]
fn data_in_our_syn_are_data() {
    let (mut kernel, mut peer) = opening_with_data();
    assert_eq!(kernel.listed(), [], "it is not established yet");
    peer.send(syn_ack().acknowledging(101));
    peer.expect(ack(1));
    kernel.find();
    let opened = [
        (Id::ActiveOpen, 1),
        (Id::SegsOut, 2),
        (Id::SegsIn, 1),
        (Id::DataSegsOut, 1),
        (Id::DataOctetsOut, 100),
        (Id::HCDataOctetsOut, 100),
        // With the SYN.
        (Id::ThruOctetsAcked, 101),
        (Id::CountRTT, 1),
        (Id::MaxPipeSize, 100),
        (Id::SndInitial, peer.kernel_iss().into()),
        (Id::SndNxt, peer.kernel_iss().wrapping_add(101).into()),
        (Id::RecInitial, ISS.into()),
        (Id::MaxMSS, 1000),
        (Id::MinMSS, 1000),
        (Id::MaxSsCwnd, 10_000),
    ];
    expect_counters(&mut kernel, &opened);
}

/// The peer takes the connection and not the data, which follow once more. Nothing was lost in a network.
#[test]
fn data_in_our_syn_that_the_peer_passes_over_are_repeated() {
    let (mut kernel, mut peer) = opening_with_data();
    peer.send(syn_ack().acknowledging(1));
    peer.expect(data(1..101));
    kernel.find();
    let repeated = [
        (Id::SegsOut, 2),
        (Id::DataSegsOut, 2),
        (Id::DataOctetsOut, 200),
        (Id::HCDataOctetsOut, 200),
        (Id::SegsRetrans, 1),
        (Id::OctetsRetrans, 100),
        (Id::MaxPipeSize, 100),
        (Id::SndInitial, peer.kernel_iss().into()),
        (Id::RecInitial, ISS.into()),
    ];
    let before = [(Id::PipeSize, 100), (Id::SegsIn, 1), (Id::ThruOctetsAcked, 1)];
    expect_counters(&mut kernel, &[&repeated[..], &before].concat());
    peer.send(ack(101));
    let after = [(Id::SegsIn, 2), (Id::ThruOctetsAcked, 101), (Id::CurCwnd, 10_000)];
    expect_counters(&mut kernel, &[&repeated[..], &after].concat());
}

/// The SYN is repeated without its data.
#[test]
fn a_syn_with_data_that_is_lost_is_repeated_without_them() {
    let (mut kernel, mut peer) = opening_with_data();
    peer.expect(syn());
    peer.send(syn_ack().acknowledging(1));
    peer.expect(data(1..101));
    peer.send(ack(101));
    kernel.find();
    kernel.expect_rows(&[
        (Id::Timeouts, 1),
        (Id::AbruptTimeouts, 1),
        (Id::SubsequentTimeouts, 0),
        (Id::SegsOut, 3),
        (Id::DataSegsOut, 2),
        (Id::DataOctetsOut, 200),
        (Id::SegsRetrans, 2),
        (Id::OctetsRetrans, 100),
        (Id::ThruOctetsAcked, 101),
        (Id::SndInitial, peer.kernel_iss().into()),
        (Id::RecInitial, ISS.into()),
    ]);
}

fn accepting() -> (Kernel, Peer) {
    let setup = Setup {
        settings: FAST_OPEN,
        ..Setup::default()
    };
    let (mut kernel, mut peer) = setup.ends();
    kernel.listen();
    peer.send(syn().carrying(100));
    peer.expect(syn_ack().acknowledging(101));
    (kernel, peer)
}

/// The kernel answers before the handshake is over.
#[test]
fn data_in_the_peers_syn_are_data() {
    let (mut kernel, mut peer) = accepting();
    kernel.accept();
    kernel.read(100);
    kernel.write(1000);
    peer.expect(data(1..1001));
    assert_eq!(kernel.listed(), [], "it is not established yet");
    peer.send(ack(1001));
    kernel.find();
    let opened = [
        (Id::ActiveOpen, 2),
        (Id::SegsIn, 2),
        (Id::SegsOut, 1),
        (Id::DataSegsIn, 1),
        (Id::DataOctetsIn, 100),
        (Id::HCDataOctetsIn, 100),
        (Id::ThruOctetsReceived, 100),
        (Id::HCThruOctetsReceived, 100),
        (Id::DataSegsOut, 1),
        (Id::DataOctetsOut, 1000),
        (Id::HCDataOctetsOut, 1000),
        (Id::ThruOctetsAcked, 1000),
        (Id::CountRTT, 1),
        (Id::MaxPipeSize, 1000),
        (Id::SndInitial, peer.kernel_iss().into()),
        (Id::RecInitial, ISS.into()),
    ];
    expect_counters(&mut kernel, &opened);
}

#[test]
fn a_fast_open_that_is_not_completed_is_never_listed() {
    let (mut kernel, mut peer) = accepting();
    peer.send(estats_tests::peer::rst(101));
    peer.expect_nothing(Duration::from_millis(50));
    assert_eq!(kernel.listed(), []);
}
