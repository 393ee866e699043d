//! How connections begin, and those that never do.

use std::time::Duration;

use estats_spec::Id;
use estats_tests::credentials::as_user;
use estats_tests::nstat::Counters;
use estats_tests::peer::{ISS, Kernel, Offer, Peer, Setup, ack, data, fin, rst, syn, syn_ack};
use estats_tests::scene::Family;
use estats_tests::traffic::Options;
use nix::errno::Errno;

use crate::counters::expect_counters;

/// Kilobytes that the peer sends and the kernel answers, and what of a connection these two octets' worth are.
fn exchange(kernel: &mut Kernel, peer: &mut Peer) {
    peer.send(data(1..701).acknowledging(1));
    peer.expect(ack(701));
    kernel.read(700);
    kernel.write(1000);
    peer.expect(data(1..1001));
    peer.send(ack(1001));
}

/// What [`exchange`] adds to the counters of a new connection, beside segments.
const EXCHANGED: [(Id, i64); 9] = [
    (Id::DataSegsOut, 1),
    (Id::DataOctetsOut, 1000),
    (Id::HCDataOctetsOut, 1000),
    (Id::DataSegsIn, 1),
    (Id::DataOctetsIn, 700),
    (Id::HCDataOctetsIn, 700),
    (Id::ThruOctetsReceived, 700),
    (Id::HCThruOctetsReceived, 700),
    (Id::CongSignals, 0),
];

/// RFC 9293, section 3.5: both SYNs cross. What is sent then is the same SYN again, with the ACK of the other.
#[test]
fn a_simultaneous_open_counts_as_any_other() {
    for family in [Family::Ipv4, Family::Ipv6] {
        let setup = Setup {
            family,
            ..Setup::default()
        };
        let (mut kernel, mut peer) = setup.ends();
        kernel.begin_to_connect();
        peer.expect(syn());
        peer.send(syn());
        peer.expect(syn_ack().acknowledging(1));
        assert_eq!(kernel.listed(), [], "it is not established yet");
        peer.send(ack(1));
        kernel.finish_connecting();
        expect_counters(
            &mut kernel,
            &[
                (Id::ActiveOpen, 1),
                (Id::SegsOut, 2),
                (Id::SegsIn, 2),
                (Id::CountRTT, 1),
                (Id::SndInitial, peer.kernel_iss().into()),
                (Id::RecInitial, ISS.into()),
                (Id::ThruOctetsAcked, 1),
                (Id::MinMSS, 1000),
                (Id::MaxMSS, 1000),
                (Id::MaxSsCwnd, 10_000),
                (Id::MaxPipeSize, 0),
                (Id::MaxAppRQueue, 0),
                (Id::MaxAppWQueue, 0),
            ],
        );
        exchange(&mut kernel, &mut peer);
        expect_counters(
            &mut kernel,
            &[
                &EXCHANGED[..],
                &[
                    (Id::SegsOut, 4),
                    (Id::SegsIn, 4),
                    (Id::CountRTT, 2),
                    (Id::SndInitial, peer.kernel_iss().into()),
                    (Id::RecInitial, ISS.into()),
                    (Id::ThruOctetsAcked, 1001),
                    (Id::MaxPipeSize, 1000),
                    (Id::MaxAppRQueue, 700),
                ],
            ]
            .concat(),
        );
    }
}

/// The socket does not exist yet when the SYN-ACK is repeated: that is the listener's timer.
#[test]
fn a_repeated_syn_ack_is_a_retransmission_and_no_timeout() {
    let (mut kernel, mut peer) = Setup::default().ends();
    kernel.listen();
    let before = Counters::read(&kernel.namespace).expect("counters");
    peer.send(syn());
    peer.expect(syn_ack());
    // After the initial timeout of a second.
    peer.expect(syn_ack());
    peer.send(ack(1));
    // To the host it is a timeout. So what a server's connections count is less than that, by no more than the SYN-ACKs repeated.
    let after = Counters::read(&kernel.namespace).expect("counters");
    for name in ["TcpExtTCPTimeouts", "TcpExtTCPSynRetrans", "TcpRetransSegs"] {
        assert_eq!(after.since(&before, name).expect("a counter"), 1, "{name}");
    }
    kernel.accept();
    exchange(&mut kernel, &mut peer);
    expect_counters(
        &mut kernel,
        &[
            &EXCHANGED[..],
            &[
                (Id::SegsRetrans, 1),
                // Nobody can tell which of the two the ACK is of; that of the data is a sample.
                (Id::CountRTT, 1),
                (Id::MaxSsCwnd, 10_000),
                (Id::SndInitial, peer.kernel_iss().into()),
            ],
        ]
        .concat(),
    );
}

#[test]
fn a_connection_is_complete_before_it_is_accepted() {
    let (mut kernel, mut peer) = Setup::default().ends();
    kernel.listen();
    peer.open();
    let cid = kernel.find();
    peer.send(data(1..701));
    peer.expect(ack(701));
    let before = [
        (Id::ActiveOpen, 2),
        (Id::State, 5),
        (Id::DataSegsIn, 1),
        (Id::DataOctetsIn, 700),
        (Id::HCDataOctetsIn, 700),
        (Id::ThruOctetsReceived, 700),
        (Id::HCThruOctetsReceived, 700),
        (Id::CurAppRQueue, 700),
        (Id::MaxAppRQueue, 700),
        (Id::SegsIn, 3),
        (Id::SegsOut, 1),
        (Id::CountRTT, 1),
    ];
    expect_counters(&mut kernel, &before);
    peer.send(fin(701));
    peer.expect(ack(702));
    kernel.expect_rows(&[(Id::State, 8), (Id::ThruOctetsReceived, 701), (Id::CurAppRQueue, 700)]);
    kernel.accept();
    assert_eq!(kernel.listed(), [cid], "it is the same connection");
    kernel.read(700);
    kernel.expect_rows(&[(Id::State, 8), (Id::CurAppRQueue, 0), (Id::MaxAppRQueue, 700)]);
}

/// Until then it is the listener's, and of no group: it has no inode.
#[test]
fn a_connection_belongs_to_the_user_who_accepts_it() -> anyhow::Result<()> {
    const USER: u32 = 12_345;
    const GROUP: u32 = 54_321;
    let (mut kernel, mut peer) = Setup::default().ends();
    kernel.listen();
    peer.open();
    kernel.find();
    let waiting = kernel.origin();
    assert_eq!((waiting.uid, waiting.gid), (Some(0), None));
    as_user(USER, GROUP, || {
        kernel.accept();
        Ok(())
    })?;
    let accepted = kernel.origin();
    assert_eq!((accepted.uid, accepted.gid), (Some(USER), Some(GROUP)));
    assert_eq!(accepted.cookie, waiting.cookie, "it is the same connection");
    assert!(!accepted.adopted && !accepted.closed, "{accepted:?}");
    peer.send(rst(1));
    let closed = kernel.origin();
    assert_eq!((closed.uid, closed.gid, closed.closed), (Some(USER), Some(GROUP), true));
    Ok(())
}

/// The listener's end is the end of the connections that wait for it.
#[test]
fn a_connection_that_nobody_accepts_is_listed_and_closed_once() {
    let (mut kernel, mut peer) = Setup::default().ends();
    kernel.listen();
    peer.open();
    let cid = kernel.find();
    peer.send(data(1..701));
    peer.expect(ack(701));
    kernel.stop_listening();
    peer.expect(rst(1).acknowledging(701));
    kernel.wait_until_closed();
    assert_eq!(kernel.listed(), [cid], "kept for a while after its end, as one");
    kernel.expect_rows(&[(Id::State, 1), (Id::DataOctetsIn, 700), (Id::ActiveOpen, 2)]);
}

#[test]
fn a_connection_that_is_refused_is_never_listed() {
    let (mut kernel, mut peer) = Setup::default().ends();
    kernel.begin_to_connect();
    peer.expect(syn());
    peer.send(rst(0).acknowledging(1));
    assert_eq!(kernel.fail_to_connect(), Errno::ECONNREFUSED);
    assert_eq!(kernel.listed(), []);
}

#[test]
fn a_connection_that_nobody_answers_is_never_listed() {
    let setup = Setup {
        socket: Options {
            more: &[(libc::IPPROTO_TCP, libc::TCP_USER_TIMEOUT, 500)],
            ..Options::default()
        },
        ..Setup::default()
    };
    let (mut kernel, mut peer) = setup.ends();
    kernel.begin_to_connect();
    peer.expect(syn());
    assert_eq!(kernel.listed(), [], "it is not established yet");
    assert_eq!(kernel.fail_to_connect(), Errno::ETIMEDOUT);
    assert_eq!(kernel.listed(), []);
}

/// A request that the peer takes back, or never completes, is no connection.
#[test]
fn a_handshake_that_is_not_completed_is_never_listed() {
    let (mut kernel, mut peer) = Setup::default().ends();
    kernel.listen();
    peer.send(syn());
    peer.expect(syn_ack().acknowledging(1));
    assert_eq!(kernel.listed(), []);
    peer.send(rst(1));
    peer.expect_nothing(Duration::from_millis(50));
    assert_eq!(kernel.listed(), []);
}

/// `TCP_DEFER_ACCEPT`: the ACK of the handshake is passed over, and the first data make the connection.
#[test]
fn a_connection_that_is_deferred_begins_with_its_data() {
    let setup = Setup {
        socket: Options {
            more: &[(libc::IPPROTO_TCP, libc::TCP_DEFER_ACCEPT, 10)],
            ..Options::default()
        },
        ..Setup::default()
    };
    let (mut kernel, mut peer) = setup.ends();
    kernel.listen();
    peer.open();
    assert_eq!(kernel.listed(), []);
    peer.send(data(1..701).ttl(9));
    peer.expect(ack(701));
    kernel.accept();
    expect_counters(
        &mut kernel,
        &[
            (Id::ActiveOpen, 2),
            (Id::DataSegsIn, 1),
            (Id::DataOctetsIn, 700),
            (Id::HCDataOctetsIn, 700),
            (Id::ThruOctetsReceived, 700),
            (Id::HCThruOctetsReceived, 700),
            (Id::CurAppRQueue, 700),
            (Id::MaxAppRQueue, 700),
            (Id::CountRTT, 1),
            (Id::IpTtl, 9),
            (Id::RecInitial, ISS.into()),
            (Id::SndInitial, peer.kernel_iss().into()),
        ],
    );
}

/// The listener remembers nothing: all that it knows of the connection came back with the ACK.
#[test]
fn a_connection_from_a_syn_cookie_is_complete() {
    let setup = Setup {
        settings: &[("ipv4/tcp_syncookies", "2")],
        offer: Offer {
            // One of the few sizes that fit a cookie.
            mss: Some(1300),
            ..Offer::default()
        },
        ..Setup::default()
    };
    let (mut kernel, mut peer) = setup.accepted();
    exchange(&mut kernel, &mut peer);
    expect_counters(
        &mut kernel,
        &[
            &EXCHANGED[..],
            &[
                (Id::ActiveOpen, 2),
                (Id::MSSRcvd, 1300),
                (Id::MaxMSS, 1300),
                (Id::MinMSS, 1300),
                // When the SYN-ACK was sent is forgotten, too.
                (Id::CountRTT, 1),
                (Id::RecInitial, ISS.into()),
                (Id::SndInitial, peer.kernel_iss().into()),
            ],
        ]
        .concat(),
    );
}
