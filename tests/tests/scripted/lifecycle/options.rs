//! What the options of the SYNs agreed on.

use estats_spec::Id;
use estats_tests::peer::{Kernel, Offer, Peer, Segment, Setup, ack, data, syn, syn_ack};
use estats_tests::traffic::Options;

/// `TcpEStatsNegotiated` of RFC 4898: the option is in use.
const ENABLED: i64 = 1;
/// We did not want it.
const SELF_DISABLED: i64 = 2;
/// The peer did not want it.
const PEER_DISABLED: i64 = 3;

fn offering(offer: Offer) -> Setup {
    Setup {
        offer,
        ..Setup::default()
    }
}

/// The SYN of the kernel's own open.
fn opened(setup: &Setup) -> (Kernel, Peer, Segment) {
    let (mut kernel, mut peer) = setup.ends();
    kernel.begin_to_connect();
    let seen = peer.expect(syn());
    peer.send(syn_ack().acknowledging(1));
    peer.expect(ack(1));
    kernel.finish_connecting();
    (kernel, peer, seen)
}

#[test]
fn segment_sizes_are_those_of_the_options() {
    for timestamps in [false, true] {
        let offer = Offer {
            timestamps,
            ..Offer::default()
        };
        let (mut kernel, _peer, seen) = opened(&offering(offer));
        assert_eq!(seen.mss, Some(1460));
        kernel.expect_rows(&[(Id::MSSSent, 1460), (Id::MSSRcvd, 1000)]);
        let (mut kernel, _peer) = offering(offer).accepted();
        kernel.expect_rows(&[(Id::MSSSent, 1460), (Id::MSSRcvd, 1000)]);
    }
}

#[test]
fn a_limit_of_the_socket_is_said_and_hides_a_larger_one_of_the_peer() {
    let setup = Setup {
        socket: Options {
            mss: Some(800),
            ..Options::default()
        },
        ..Setup::default()
    };
    let (mut kernel, _peer, seen) = opened(&setup);
    assert_eq!(seen.mss, Some(800));
    kernel.expect_rows(&[(Id::MSSSent, 800), (Id::MSSRcvd, 800)]);
}

#[test]
fn a_segment_size_that_may_not_have_been_announced_is_absent() {
    let (mut kernel, _peer) = offering(Offer::NOTHING).accepted();
    kernel.expect_rows(&[(Id::MSSSent, 1460), (Id::CurMSS, 536)]);
    assert_eq!(kernel.reading().values.get(Id::MSSRcvd), None);
}

#[test]
fn the_segment_size_in_use_follows_the_path() {
    for (mut kernel, mut peer) in [Setup::default().connected(), Setup::default().accepted()] {
        kernel.write(1000);
        peer.expect(data(1..1001));
        kernel.expect_rows(&[(Id::MaxMSS, 1000), (Id::MinMSS, 1000)]);
        // 40 octets of headers.
        peer.send_too_big(640);
        peer.expect_data(1..1001, 600);
        peer.send(ack(1001));
        kernel.write(600);
        peer.expect(data(1001..1601));
        kernel.expect_rows(&[(Id::MaxMSS, 1000), (Id::MinMSS, 600), (Id::CurMSS, 600)]);
    }
}

#[test]
fn scales_are_those_of_the_options() {
    let offer = Offer {
        window_scale: Some(5),
        ..Offer::default()
    };
    let (mut kernel, _peer, seen) = opened(&offering(offer));
    let own = seen.window_scale.expect("the kernel offers scaling").into();
    kernel.expect_rows(&[(Id::WinScaleSent, own), (Id::WinScaleRcvd, 5)]);
    let (mut kernel, mut peer) = offering(offer).ends();
    kernel.listen();
    peer.send(syn());
    let own = peer.expect(syn_ack()).window_scale.expect("the kernel offers scaling");
    peer.send(ack(1));
    kernel.accept();
    kernel.expect_rows(&[(Id::WinScaleSent, own.into()), (Id::WinScaleRcvd, 5)]);
}

#[test]
fn no_option_is_no_scale() {
    let (mut kernel, _peer) = offering(Offer::NOTHING).accepted();
    kernel.expect_rows(&[(Id::WinScaleSent, -1), (Id::WinScaleRcvd, -1)]);
}

#[test]
fn an_offered_scale_was_sent_although_the_peer_has_none() {
    let (mut kernel, _peer, seen) = opened(&offering(Offer::NOTHING));
    let own = seen.window_scale.expect("the kernel offers scaling").into();
    kernel.expect_rows(&[(Id::WinScaleSent, own), (Id::WinScaleRcvd, -1)]);
}

#[test]
fn options_that_both_want_are_enabled() {
    let setup = Setup::default().with_ecn().with_timestamps();
    for (mut kernel, _peer) in [setup.accepted(), setup.connected()] {
        let rows = [Id::TimeStamps, Id::ECN, Id::WillSendSACK, Id::WillUseSACK];
        kernel.expect_rows(&rows.map(|id| (id, ENABLED)));
    }
}

#[test]
fn options_that_the_peer_does_not_want_are_not_ours_to_blame() {
    let setup = Setup {
        settings: &[("ipv4/tcp_ecn", "1")],
        offer: Offer::NOTHING,
        ..Setup::default()
    };
    let rows = [Id::TimeStamps, Id::ECN, Id::WillSendSACK, Id::WillUseSACK];
    let (mut kernel, _peer) = setup.accepted();
    kernel.expect_rows(&rows.map(|id| (id, PEER_DISABLED)));
    let (mut kernel, mut peer) = setup.ends();
    kernel.begin_to_connect();
    peer.expect(syn().ece().cwr());
    peer.send(syn_ack().acknowledging(1));
    peer.expect(ack(1));
    kernel.finish_connecting();
    kernel.expect_rows(&rows.map(|id| (id, PEER_DISABLED)));
}

/// The settings by which we want none of the options.
const WANTS_NOTHING: &[(&str, &str)] = &[
    ("ipv4/tcp_ecn", "0"),
    ("ipv4/tcp_timestamps", "0"),
    ("ipv4/tcp_sack", "0"),
];

#[test]
fn options_that_we_do_not_want_are_ours_to_blame() {
    let setup = Setup {
        settings: WANTS_NOTHING,
        ..Setup::default()
    };
    let rows = [Id::TimeStamps, Id::ECN, Id::WillSendSACK, Id::WillUseSACK];
    let (mut kernel, mut peer) = setup.ends();
    kernel.listen();
    peer.send(syn().ece().cwr().timestamps(1, 0));
    let seen = peer.expect(syn_ack());
    assert_eq!((seen.timestamps, seen.sack_permitted), (None, Some(false)));
    peer.send(ack(1));
    kernel.accept();
    kernel.expect_rows(&rows.map(|id| (id, SELF_DISABLED)));
}

/// The default of the kernel: it answers to ECN, but does not ask for it.
#[test]
fn ecn_that_we_did_not_ask_for_is_ours_to_blame() {
    let setup = Setup {
        settings: &[("ipv4/tcp_ecn", "2")],
        ..Setup::default()
    };
    let (mut kernel, _peer, _) = opened(&setup);
    kernel.expect_rows(&[(Id::ECN, SELF_DISABLED)]);
    let (mut kernel, _peer) = setup.accepted();
    kernel.expect_rows(&[(Id::ECN, PEER_DISABLED)]);
}

#[test]
fn later_settings_do_not_change_what_was_agreed() {
    let setup = Setup {
        settings: &[("ipv4/tcp_ecn", "1")],
        offer: Offer::NOTHING,
        ..Setup::default()
    };
    let rows = [Id::TimeStamps, Id::ECN, Id::WillSendSACK, Id::WillUseSACK];
    let (mut kernel, _peer) = setup.accepted();
    for (name, value) in WANTS_NOTHING {
        kernel.namespace.sysctl(name, value).expect("a sysctl");
    }
    kernel.expect_rows(&rows.map(|id| (id, PEER_DISABLED)));
}
