//! Connections that are older than the daemon: their state is exact at once, their events count from there on.

use anyhow::Result;
use estats_spec::Id;
use estats_tests::daemon::Daemon;
use estats_tests::netns::Namespace;
use estats_tests::observer::number;
use estats_tests::peer::{ISS, Kernel, Offer, Peer, Setup, ack, data, fin, syn, syn_ack};
use estats_tests::scene::Family;

use crate::counters::expect_counters;

/// A connection from before the daemon.
struct Old {
    /// What it is, for the message of a test that failed.
    name: &'static str,
    kernel: Kernel,
    peer: Peer,
    /// What its rows have to be at once.
    rows: Vec<(Id, i64)>,
}

impl Old {
    /// A connection whose oldest unacknowledged, next and next expected relative numbers are these.
    fn new(
        name: &'static str,
        kernel: Kernel,
        peer: Peer,
        [una, next, expected]: [u32; 3],
        rows: &[(Id, i64)],
    ) -> Self {
        let iss = peer.kernel_iss();
        let own = |number: u32| i64::from(iss.wrapping_add(number));
        let numbers = [
            (Id::SndInitial, own(0)),
            (Id::SndUna, own(una)),
            (Id::SndNxt, own(next)),
            (Id::SndMax, own(next)),
            (Id::RecInitial, ISS.into()),
            (Id::RcvNxt, ISS.wrapping_add(expected).into()),
            (Id::CountRTT, 0),
            (Id::MSSSent, 1460),
            (Id::MSSRcvd, 1000),
            (Id::CurMSS, 1000),
        ];
        Self {
            name,
            kernel,
            peer,
            rows: [&numbers[..], rows].concat(),
        }
    }
}

/// No timeout until the daemon has started.
fn patient() -> Setup {
    Setup {
        rto_min: 100_000,
        ..Setup::default()
    }
}

/// A connection that the kernel opened, or accepted.
fn opened(active: bool) -> (Kernel, Peer) {
    if active {
        patient().connected()
    } else {
        patient().accepted()
    }
}

/// What so many octets sent, in segments of 1000, are in the kernel's own counters.
fn sent(octets: i64) -> [(Id, i64); 3] {
    [
        (Id::DataSegsOut, octets / 1000),
        (Id::DataOctetsOut, octets),
        (Id::HCDataOctetsOut, octets),
    ]
}

/// What so many octets received are in the kernel's own counters.
fn received(segments: i64, octets: i64) -> [(Id, i64); 3] {
    [
        (Id::DataSegsIn, segments),
        (Id::ThruOctetsReceived, octets),
        (Id::HCThruOctetsReceived, octets),
    ]
}

const ACTIVE: (Id, i64) = (Id::ActiveOpen, 1);
const PASSIVE: (Id, i64) = (Id::ActiveOpen, 2);

fn state(state: i64) -> [(Id, i64); 1] {
    [(Id::State, state)]
}

/// Nothing but the handshake.
fn unused() -> Vec<Old> {
    let (kernel, peer) = opened(true);
    let active = Old::new(
        "active",
        kernel,
        peer,
        [1, 1, 1],
        &[ACTIVE, (Id::ThruOctetsAcked, 1), (Id::State, 5)],
    );
    let (kernel, peer) = opened(false);
    let passive = Old::new(
        "passive",
        kernel,
        peer,
        [1, 1, 1],
        &[PASSIVE, (Id::ThruOctetsAcked, 0), (Id::State, 5)],
    );
    vec![active, passive]
}

/// Kilobytes in both directions, a fast retransmit, and things left open: two segments are out, one was received early, and 500
/// octets are unread.
fn in_use(name: &'static str, active: bool) -> Old {
    let (mut kernel, mut peer) = opened(active);
    kernel.write(10_000);
    peer.expect_data(1..10_001, 1000);
    peer.send(ack(1).sack(1001..4001));
    peer.expect(data(1..1001));
    peer.send(ack(10_001));
    peer.send(data(1..1001));
    peer.expect(ack(1001));
    kernel.read(500);
    kernel.write(2000);
    peer.expect_data(10_001..12_001, 1000);
    peer.send(data(2001..3001));
    peer.expect(ack(1001).sack(2001..3001));
    let window = 1000 * i64::from(kernel.info().snd_cwnd);
    let rows = [
        &sent(13_000)[..],
        &received(2, 1000),
        &state(5),
        &[
            if active { ACTIVE } else { PASSIVE },
            (Id::ThruOctetsAcked, 10_000 + i64::from(active)),
            (Id::SegsRetrans, 1),
            (Id::OctetsRetrans, 1000),
            (Id::PipeSize, 2000),
            (Id::MaxPipeSize, 2000),
            (Id::CurAppRQueue, 500),
            (Id::MaxAppRQueue, 500),
            (Id::CurReasmQueue, 2000),
            (Id::MaxReasmQueue, 2000),
            (Id::CurSsthresh, 5000),
            (Id::CurCwnd, window),
            (Id::MaxCaCwnd, window),
        ],
    ]
    .concat();
    Old::new(name, kernel, peer, [10_001, 12_001, 1001], &rows)
}

/// The kernel's FIN is out behind a segment.
fn fin_sent(name: &'static str, active: bool) -> (Kernel, Peer, Vec<(Id, i64)>, &'static str) {
    let (mut kernel, mut peer) = opened(active);
    kernel.write(1000);
    peer.expect(data(1..1001));
    kernel.shut_down();
    peer.expect(fin(1001));
    let how = if active { ACTIVE } else { PASSIVE };
    (kernel, peer, [&sent(1000)[..], &[how]].concat(), name)
}

/// Every state in which one end or both have closed.
fn half_closed(active: bool) -> Vec<Old> {
    let syn = i64::from(active);
    let mut all = Vec::new();

    let (kernel, peer, rows, name) = fin_sent("FIN-WAIT-1", active);
    let out = [
        (Id::State, 6),
        (Id::PipeSize, 1000),
        (Id::MaxPipeSize, 1000),
        (Id::ThruOctetsAcked, syn),
    ];
    all.push(Old::new(name, kernel, peer, [1, 1002, 1], &[&rows[..], &out].concat()));

    let (kernel, mut peer, rows, name) = fin_sent("FIN-WAIT-2", active);
    peer.send(ack(1002));
    let acknowledged = [(Id::State, 7), (Id::ThruOctetsAcked, syn + 1001)];
    all.push(Old::new(
        name,
        kernel,
        peer,
        [1002, 1002, 1],
        &[&rows[..], &acknowledged].concat(),
    ));

    let (kernel, mut peer, rows, name) = fin_sent("CLOSING", active);
    peer.send(data(1..301).acknowledging(1001).with_fin());
    peer.expect(ack(302));
    let crossed = [
        (Id::State, 10),
        (Id::ThruOctetsAcked, syn + 1000),
        (Id::CurAppRQueue, 300),
        (Id::MaxAppRQueue, 300),
    ];
    let rows = [&rows[..], &received(1, 301), &crossed].concat();
    all.push(Old::new(name, kernel, peer, [1001, 1002, 302], &rows));

    let (mut kernel, mut peer) = opened(active);
    peer.send(data(1..301).with_fin());
    peer.expect(ack(302));
    kernel.write(1000);
    peer.expect(data(1..1001));
    let how = if active { ACTIVE } else { PASSIVE };
    let rows = [
        &sent(1000)[..],
        &received(1, 301),
        &[
            how,
            (Id::State, 8),
            (Id::ThruOctetsAcked, syn),
            (Id::PipeSize, 1000),
            (Id::MaxPipeSize, 1000),
            (Id::CurAppRQueue, 300),
            (Id::MaxAppRQueue, 300),
        ],
    ]
    .concat();
    all.push(Old::new("CLOSE-WAIT", kernel, peer, [1, 1001, 302], &rows));

    let (mut kernel, mut peer) = opened(active);
    peer.send(fin(1));
    peer.expect(ack(2));
    kernel.shut_down();
    peer.expect(fin(1));
    let rows = [
        how,
        (Id::State, 9),
        (Id::ThruOctetsAcked, syn),
        (Id::ThruOctetsReceived, 1),
        (Id::HCThruOctetsReceived, 1),
    ];
    all.push(Old::new("LAST-ACK", kernel, peer, [1, 2, 2], &rows));
    all
}

/// The FIN waits with most of the data for the peer's window.
fn fin_waiting() -> Old {
    let (mut kernel, mut peer) = patient().ends();
    kernel.listen();
    peer.set_window(2000);
    peer.open();
    kernel.accept();
    kernel.write(5000);
    peer.expect_data(1..2001, 1000);
    kernel.shut_down();
    let waiting = [
        PASSIVE,
        (Id::State, 6),
        (Id::ThruOctetsAcked, 0),
        (Id::CurAppWQueue, 3000),
        (Id::PipeSize, 2000),
        (Id::MaxPipeSize, 2000),
        (Id::SndLimTransRwin, 1),
    ];
    Old::new(
        "FIN waiting",
        kernel,
        peer,
        [1, 2001, 1],
        &[&sent(2000)[..], &waiting].concat(),
    )
}

/// A daemon that starts now.
fn daemon() -> Result<Daemon> {
    Daemon::start_with(&Namespace::new()?, &["--linger", "60"])
}

#[test]
fn the_state_of_an_old_connection_is_exact_at_once() -> Result<()> {
    let mut all = unused();
    all.extend([
        in_use("active, in use", true),
        in_use("passive, in use", false),
        fin_waiting(),
    ]);
    all.extend([true, false].into_iter().flat_map(half_closed));
    let daemon = daemon()?;
    let details = daemon.client()?.details()?;
    for old in &mut all {
        println!("{}", old.name);
        old.kernel.ask(&daemon);
        expect_counters(&mut old.kernel, &old.rows);
        let reading = old.kernel.reading();
        for id in [Id::SampleRTT, Id::IpTtl, Id::IpTosIn, Id::IpTosOut] {
            assert_eq!(reading.values.get(id), None, "{} was never measured", id.name());
        }
        let cid = old.kernel.find();
        let own = details.iter().find(|one| one.tuple.cid == cid);
        assert!(own.is_some_and(|one| one.origin.adopted), "it is not marked as adopted");
    }
    Ok(())
}

/// An option that is in use was wanted by both. Which end did not want another one, only the SYNs could say.
#[test]
fn who_did_not_want_an_option_of_an_old_connection_is_unknown() -> Result<()> {
    const ROWS: [Id; 4] = [Id::TimeStamps, Id::ECN, Id::WillSendSACK, Id::WillUseSACK];
    let without = |active| {
        let setup = Setup {
            offer: Offer::NOTHING,
            ..patient()
        };
        if active { setup.connected() } else { setup.accepted() }
    };
    let ends = [opened(true), opened(false), without(true), without(false)];
    let daemon = daemon()?;
    let [ours, accepted, ours_without, accepted_without] = ends.map(|(mut kernel, peer)| {
        kernel.ask(&daemon);
        // The peer ends after the reading.
        let reading = kernel.reading();
        drop(peer);
        reading
    });
    let enabled = Some(1);
    for reading in [&ours, &accepted] {
        assert_eq!(ROWS.map(|id| number(reading, id)), [None, None, enabled, enabled]);
        assert!(number(reading, Id::WinScaleSent).is_some_and(|scale| scale > 0));
        assert_eq!(number(reading, Id::WinScaleRcvd), Some(0));
    }
    for reading in [&ours_without, &accepted_without] {
        assert_eq!(ROWS.map(|id| number(reading, id)), [None; 4]);
        assert_eq!(number(reading, Id::WinScaleRcvd), Some(-1));
    }
    // An end that accepts never offers more than it was offered.
    assert_eq!(number(&accepted_without, Id::WinScaleSent), Some(-1));
    assert_eq!(number(&ours_without, Id::WinScaleSent), None);
    Ok(())
}

/// What happens from then on counts, and nothing else.
#[test]
fn the_events_of_an_old_connection_count_from_the_daemon_on() -> Result<()> {
    let mut old = in_use("passive, in use", false);
    let daemon = daemon()?;
    let (kernel, peer) = (&mut old.kernel, &mut old.peer);
    kernel.ask(&daemon);
    // The hole is filled.
    peer.send(data(1001..2001));
    peer.expect(ack(3001));
    // The oldest segment is taken for lost and was not.
    kernel.write(3000);
    peer.expect_data(12_001..15_001, 1000);
    let window = 1000 * i64::from(kernel.info().snd_cwnd);
    peer.send(ack(10_001).sack(11_001..15_001));
    peer.expect(data(10_001..11_001));
    peer.send(ack(15_001).sack(10_001..11_001).ttl(7));
    kernel.expect_rows(&[
        (Id::DataOctetsIn, 1000),
        (Id::HCDataOctetsIn, 1000),
        (Id::ThruOctetsReceived, 3000),
        (Id::CongSignals, 1),
        (Id::FastRetran, 1),
        (Id::PreCongSumCwnd, window),
        (Id::SpuriousFrDetected, 1),
        (Id::CongOverCount, 1),
        (Id::DupAcksIn, 1),
        (Id::DupAcksOut, 0),
        (Id::SACKsRcvd, 2),
        (Id::SACKBlocksRcvd, 2),
        (Id::Timeouts, 0),
        (Id::SegsRetrans, 2),
        (Id::DataOctetsOut, 17_000),
        (Id::MaxPipeSize, 5000),
        (Id::CurAppRQueue, 2500),
        (Id::MaxAppRQueue, 2500),
        (Id::IpTtl, 7),
        (Id::SoftErrors, 0),
        (Id::ActiveOpen, 2),
    ]);
    // The end of it is as that of any other.
    let listed = kernel.listed();
    peer.send(fin(3001));
    peer.expect(ack(3002));
    kernel.shut_down();
    peer.expect(fin(15_001));
    peer.send(ack(15_002));
    kernel.expect_rows(&[
        PASSIVE,
        (Id::State, 1),
        (Id::ThruOctetsAcked, 15_001),
        (Id::DataOctetsIn, 1000),
        (Id::SndInitial, peer.kernel_iss().into()),
        (Id::RecInitial, ISS.into()),
    ]);
    assert_eq!(kernel.listed(), listed);
    Ok(())
}

/// Their handshakes end under the eyes of the daemon.
#[test]
fn what_was_being_opened_is_as_if_it_were_new() -> Result<()> {
    let exchanged = |kernel: &mut Kernel, peer: &mut Peer, acked: i64, opened: (Id, i64)| {
        peer.send(data(1..701).acknowledging(1));
        peer.expect_after_repetitions(ack(701));
        kernel.expect_rows(&[
            opened,
            (Id::SndInitial, peer.kernel_iss().into()),
            (Id::RecInitial, ISS.into()),
            (Id::ThruOctetsAcked, acked),
            (Id::ThruOctetsReceived, 700),
            (Id::DataOctetsIn, 700),
            (Id::MaxAppRQueue, 700),
            (Id::MaxPipeSize, 0),
            (Id::CongAvoid, 0),
            (Id::State, 5),
        ]);
    };
    let over_ipv6 = Setup {
        family: Family::Ipv6,
        ..Setup::default()
    };
    let with_fast_open = Setup {
        settings: &[("ipv4/tcp_fastopen", "0x602")],
        ..Setup::default()
    };
    let (mut connecting, mut its_peer) = over_ipv6.ends();
    connecting.begin_to_connect();
    its_peer.expect(syn());
    let (mut listening, mut requesting) = Setup::default().ends();
    listening.listen();
    requesting.send(syn());
    requesting.expect(syn_ack());
    let (mut simultaneous, mut crossing) = Setup::default().ends();
    simultaneous.begin_to_connect();
    crossing.expect(syn());
    crossing.send(syn());
    crossing.expect(syn_ack().acknowledging(1));
    let (mut accepting, mut hasty) = with_fast_open.ends();
    accepting.listen();
    hasty.send(syn().carrying(100));
    hasty.expect(syn_ack().acknowledging(101));
    let daemon = daemon()?;

    // The initial timeout may be over by now.
    its_peer.send(syn_ack().acknowledging(1));
    its_peer.expect_after_repetitions(ack(1));
    connecting.finish_connecting();
    connecting.ask(&daemon);
    exchanged(&mut connecting, &mut its_peer, 1, ACTIVE);

    requesting.send(ack(1));
    listening.accept();
    listening.ask(&daemon);
    exchanged(&mut listening, &mut requesting, 0, PASSIVE);

    crossing.send(ack(1));
    simultaneous.finish_connecting();
    simultaneous.ask(&daemon);
    exchanged(&mut simultaneous, &mut crossing, 1, ACTIVE);

    hasty.send(ack(1));
    accepting.accept();
    accepting.ask(&daemon);
    accepting.expect_rows(&[
        PASSIVE,
        (Id::SndInitial, hasty.kernel_iss().into()),
        (Id::RecInitial, ISS.into()),
        (Id::ThruOctetsReceived, 100),
        (Id::CurAppRQueue, 100),
        (Id::State, 5),
    ]);
    Ok(())
}
