//! Every accumulated row that the daemon delivers agrees with a count that is not the daemon's.

mod oracles;
mod send_limits;

use std::thread::sleep;
use std::time::Duration;

use anyhow::{Result, ensure};
use estats_protocol::Reading;
use estats_spec::sets::V124B;
use estats_spec::{Id, Kind};
use estats_tests::impairment::Impairment;
use estats_tests::observer::number;
use estats_tests::oracle::{Oracle, compare};
use estats_tests::path::{Path, Side};
use estats_tests::scene::{Evidence, Family, Scene};
use estats_tests::sockopt::Queues;
use estats_tests::tcp_info::TcpInfo;
use estats_tests::traffic::{Options, fill, receive, transfer};
use oracles::ORACLES;

/// What the daemon has to deliver. Other events it may leave out, but not deliver without an oracle.
const DELIVERED: &[Id] = &[
    Id::DataOctetsIn,
    Id::HCDataOctetsIn,
    Id::StartTimeStamp,
    Id::MaxPipeSize,
    Id::CongSignals,
    Id::PreCongSumCwnd,
    Id::PreCongSumRTT,
    Id::PostCongSumRTT,
    Id::PostCongCountRTT,
    Id::Timeouts,
    Id::SubsequentTimeouts,
    Id::AbruptTimeouts,
    Id::FastRetran,
    Id::SampleRTT,
    Id::MinRTT,
    Id::MaxRTT,
    Id::SumRTT,
    Id::HCSumRTT,
    Id::CountRTT,
    Id::MinRTO,
    Id::MaxRTO,
    Id::MaxRwinSent,
    Id::ZeroRwinSent,
    Id::ZeroRwinRcvd,
    Id::MaxSsCwnd,
    Id::MaxCaCwnd,
    Id::MaxSsthresh,
    Id::MinSsthresh,
    Id::IpTtl,
    Id::IpTosIn,
    Id::IpTosOut,
    Id::ActiveOpen,
];

/// A path without the timestamps option, so that round trips are what the capture can measure (with it, an ACK of repeated
/// data is a sample, too), and where the congestion window only shrinks for a signal, not in idle times.
fn path() -> Result<Path> {
    let path = Path::new(1500)?;
    for side in [Side::Client, Side::Server] {
        path.host(side).sysctl("ipv4/tcp_timestamps", "0")?;
        path.host(side).sysctl("ipv4/tcp_slow_start_after_idle", "0")?;
    }
    Ok(path)
}

/// Ends the scene: every event row that is delivered agrees with its oracle, and what has to be delivered is.
fn rows_agree(scene: Scene) -> Result<[(Reading, Evidence); 2]> {
    rows_agree_except(scene, &[])
}

/// As [`rows_agree`], except for rows of which the oracles know only what reno does.
fn rows_agree_except(scene: Scene, of_reno: &[Id]) -> Result<[(Reading, Evidence); 2]> {
    let told = |oracles: &[(Id, Oracle)]| -> Vec<_> {
        let other = |(id, _): &&(Id, Oracle)| !of_reno.contains(id);
        oracles.iter().filter(other).copied().collect()
    };
    let ends = scene.finish()?;
    for (reading, evidence) in &ends {
        for id in DELIVERED {
            ensure!(
                reading.values.get(*id).is_some(),
                "{:?} end: {} is not delivered",
                evidence.side,
                id.name()
            );
        }
        compare(reading, &told(ORACLES), evidence)?;
        compare(reading, &told(send_limits::ORACLES), evidence)?;
        send_limits::agree(reading, evidence)?;
    }
    Ok(ends)
}

/// A row of a reading that has to have it.
fn row(reading: &Reading, id: Id) -> i64 {
    number(reading, id).unwrap_or_else(|| panic!("{} is not delivered", id.name()))
}

#[test]
fn every_delivered_event_row_has_an_oracle() -> Result<()> {
    let scene = Scene::open(path()?, Family::Ipv4, Options::default(), Options::default())?;
    for (reading, _) in scene.finish()? {
        let unproven: Vec<_> = V124B
            .iter()
            .map(|variable| variable.id)
            .filter(|id| id.info().kind == Kind::Event && reading.values.get(*id).is_some())
            .filter(|id| {
                ORACLES
                    .iter()
                    .chain(send_limits::ORACLES)
                    .all(|(proven, _)| proven != id)
            })
            .map(Id::name)
            .collect();
        ensure!(unproven.is_empty(), "delivered, but nothing proves them: {unproven:?}");
    }
    Ok(())
}

#[test]
fn rows_agree_without_loss() -> Result<()> {
    let client = Options {
        mss: Some(1000),
        ttl: Some(33),
        tos: Some(0x10),
        ..Options::default()
    };
    let server = Options {
        tos: Some(0x28),
        ttl: Some(99),
        ..Options::default()
    };
    let scene = Scene::open(path()?, Family::Ipv4, client, server)?;
    transfer(&scene.pair.client, &scene.pair.server, 400_000)?;
    transfer(&scene.pair.server, &scene.pair.client, 100_000)?;
    scene.pair.quiesce()?;
    let [_, (server, _)] = rows_agree(scene)?;
    assert_eq!(
        (
            row(&server, Id::IpTtl),
            row(&server, Id::IpTosIn),
            row(&server, Id::IpTosOut)
        ),
        (32, 0x10, 0x28)
    );
    Ok(())
}

#[test]
fn rows_agree_over_ipv6_on_a_slow_path() -> Result<()> {
    let path = path()?;
    path.impair(&[(Side::Client, Impairment::Rate(400_000))])?;
    let client = Options {
        tos: Some(0x20),
        ttl: Some(77),
        ..Options::default()
    };
    let scene = Scene::open(path, Family::Ipv6, client, Options::default())?;
    transfer(&scene.pair.client, &scene.pair.server, 200_000)?;
    scene.pair.quiesce()?;
    let [(client, _), (server, _)] = rows_agree(scene)?;
    ensure!(row(&client, Id::MaxRTT) > 20, "the path was not slow");
    assert_eq!((row(&server, Id::IpTtl), row(&server, Id::IpTosIn)), (76, 0x20));
    Ok(())
}

#[test]
fn rows_agree_after_one_lost_segment() -> Result<()> {
    let path = path()?;
    path.impair(&[
        (Side::Client, Impairment::DropAt(vec![100..=100])),
        (Side::Client, Impairment::Rate(2_000_000)),
    ])?;
    let scene = Scene::open(path, Family::Ipv4, Options::default(), Options::default())?;
    transfer(&scene.pair.client, &scene.pair.server, 1_500_000)?;
    scene.pair.quiesce()?;
    let [(client, _), _] = rows_agree(scene)?;
    let counts = [Id::CongSignals, Id::FastRetran, Id::PostCongCountRTT, Id::Timeouts].map(|id| row(&client, id));
    assert_eq!(counts, [1, 1, 1, 0]);
    ensure!(
        row(&client, Id::PreCongSumCwnd) > 0 && row(&client, Id::PreCongSumRTT) > 0,
        "nothing before the signal"
    );
    Ok(())
}

#[test]
fn rows_agree_under_regular_loss() -> Result<()> {
    let path = path()?;
    path.impair(&[(Side::Client, Impairment::DropEvery(70))])?;
    let scene = Scene::open(path, Family::Ipv4, Options::default(), Options::default())?;
    transfer(&scene.pair.client, &scene.pair.server, 1_000_000)?;
    scene.pair.quiesce()?;
    let [(client, _), _] = rows_agree(scene)?;
    ensure!(row(&client, Id::FastRetran) > 2, "too little was lost");
    Ok(())
}

/// Under loss, and with marks: DCTCP lives on them. Which algorithms there are is up to the kernel.
#[test]
fn rows_agree_with_other_congestion_control() -> Result<()> {
    let available = std::fs::read_to_string("/proc/sys/net/ipv4/tcp_available_congestion_control")?;
    for name in available.split_whitespace().filter(|name| *name != "reno") {
        println!("{name}");
        let path = path()?;
        let mut impairments = vec![(Side::Client, Impairment::DropEvery(90))];
        if name == "dctcp" {
            for side in [Side::Client, Side::Server] {
                path.host(side).sysctl("ipv4/tcp_ecn", "1")?;
            }
            impairments = vec![(Side::Client, Impairment::CongestionExperiencedEvery(60))];
        }
        path.impair(&impairments)?;
        let options = Options {
            congestion_control: Some(String::from(name).leak()),
            ..Options::default()
        };
        let scene = Scene::open(path, Family::Ipv4, options, options)?;
        transfer(&scene.pair.client, &scene.pair.server, 500_000)?;
        scene.pair.quiesce()?;
        let paced = [Id::SndLimTransPace, Id::SndLimTimePace];
        let windows = [
            Id::MaxSsthresh,
            Id::MinSsthresh,
            Id::MaxSsCwnd,
            Id::MaxCaCwnd,
            Id::PreCongSumCwnd,
        ];
        let [(client, evidence), _] = rows_agree_except(scene, &[&paced[..], &windows].concat())?;
        ensure!(row(&client, Id::CongSignals) > 0, "no signal");
        if name == "bbr" {
            ensure!(row(&client, Id::SndLimTimePace) > 0, "it was not paced");
            // It has a threshold only when it leaves its start-up.
            let unset = evidence.info.snd_ssthresh == 0x7fff_ffff;
            ensure!(
                unset == (row(&client, Id::CurSsthresh) == 0xffff_ffff),
                "the threshold is {}",
                evidence.info.snd_ssthresh
            );
        }
    }
    Ok(())
}

/// Loss so heavy that repetitions are lost, too.
#[test]
fn lost_repetitions_agree_under_heavy_loss() -> Result<()> {
    let path = path()?;
    path.impair(&[
        (Side::Client, Impairment::DropEvery(4)),
        (Side::Client, Impairment::DropEvery(5)),
        (Side::Client, Impairment::Rate(300_000)),
    ])?;
    let scene = Scene::open(path, Family::Ipv4, Options::default(), Options::default())?;
    transfer(&scene.pair.client, &scene.pair.server, 200_000)?;
    scene.pair.quiesce()?;
    let [(client, evidence), _] = scene.finish()?;
    // Only this row: with so many timeouts the evidence tells little of the others.
    let oracle = ORACLES.iter().filter(|(id, _)| *id == Id::LostRetransmitSegs);
    compare(&client, &oracle.copied().collect::<Vec<_>>(), &evidence)?;
    ensure!(
        row(&client, Id::LostRetransmitSegs) > 5,
        "too few repetitions were lost"
    );
    Ok(())
}

#[test]
fn rows_agree_when_congestion_is_marked() -> Result<()> {
    let path = path()?;
    for side in [Side::Client, Side::Server] {
        path.host(side).sysctl("ipv4/tcp_ecn", "1")?;
    }
    path.impair(&[(Side::Client, Impairment::CongestionExperiencedEvery(60))])?;
    let scene = Scene::open(path, Family::Ipv4, Options::default(), Options::default())?;
    transfer(&scene.pair.client, &scene.pair.server, 600_000)?;
    scene.pair.quiesce()?;
    let [(client, _), _] = rows_agree(scene)?;
    ensure!(row(&client, Id::CongSignals) > 0, "no mark became a signal");
    Ok(())
}

/// Bursts that fill the peer's window, and nothing to send between them.
#[test]
fn rows_agree_when_the_writer_pauses() -> Result<()> {
    let path = path()?;
    path.impair(&[(Side::Client, Impairment::Rate(1_000_000))])?;
    let server = Options {
        receive_buffer: Some(16_384),
        ..Options::default()
    };
    let scene = Scene::open(path, Family::Ipv4, Options::default(), server)?;
    for _ in 0..4 {
        transfer(&scene.pair.client, &scene.pair.server, 100_000)?;
        scene.pair.quiesce()?;
    }
    let [(client, _), _] = rows_agree(scene)?;
    ensure!(
        row(&client, Id::SndLimTimeSnd) > 1_000_000 && row(&client, Id::SndLimTimeRwin) > 200_000,
        "there were neither pauses nor full windows"
    );
    Ok(())
}

/// The small window of the beginning asks for no scale, and the kernel lets it grow beyond what can be announced then.
#[test]
fn rows_agree_when_the_window_has_no_scale() -> Result<()> {
    let path = path()?;
    path.impair(&[(Side::Client, Impairment::Rate(1_000_000))])?;
    let server = Options {
        window_clamp: Some(20_000),
        ..Options::default()
    };
    let scene = Scene::open(path, Family::Ipv4, Options::default(), server)?;
    transfer(&scene.pair.client, &scene.pair.server, 400_000)?;
    scene.pair.quiesce()?;
    let [_, (_, server)] = rows_agree(scene)?;
    assert_eq!(server.account.sent.window_scale, Some(0));
    Ok(())
}

#[test]
fn rows_agree_when_the_reader_sleeps_twice() -> Result<()> {
    let server = Options {
        receive_buffer: Some(16_384),
        ..Options::default()
    };
    let scene = Scene::open(path()?, Family::Ipv4, Options::default(), server)?;
    let (mut unsent, mut unread) = (0, 0);
    for _ in 0..2 {
        let octets = fill(&scene.pair.client)?;
        unsent = unsent.max(Queues::read(&scene.pair.client)?.unsent);
        unread = unread.max(Queues::read(&scene.pair.server)?.unread);
        receive(&scene.pair.server, octets)?;
        scene.pair.quiesce()?;
    }
    let [(client, sender), (server, _)] = rows_agree(scene)?;
    // The queues only grow until the reader wakes up; then the window that it opens can bring a little more.
    let window = i64::from(sender.account.received.max_window);
    for (reading, id, standing) in [(&client, Id::MaxAppWQueue, unsent), (&server, Id::MaxAppRQueue, unread)] {
        if let Some(largest) = number(reading, id) {
            let standing = i64::from(standing);
            ensure!(
                (standing..=standing + window).contains(&largest),
                "{} is {largest}, not {standing}",
                id.name()
            );
        }
    }
    ensure!(
        row(&server, Id::ZeroRwinSent) >= 2 && row(&client, Id::ZeroRwinRcvd) >= 2,
        "the window did not close"
    );
    Ok(())
}

/// A dead path, then a living one: one series of timeouts, of which the first came out of the blue.
#[test]
fn a_dead_path_is_one_series_of_timeouts() -> Result<()> {
    let mut scene = Scene::open(path()?, Family::Ipv4, Options::default(), Options::default())?;
    transfer(&scene.pair.client, &scene.pair.server, 50_000)?;
    scene.pair.quiesce()?;
    scene.path.impair(&[(Side::Client, Impairment::Blackhole)])?;
    let octets = fill(&scene.pair.client)?;
    sleep(Duration::from_millis(1500));
    let reading = scene.read(Side::Client)?;
    let during = row(&reading, Id::CurTimeoutCount);
    scene.path.clear()?;
    receive(&scene.pair.server, octets)?;
    scene.pair.quiesce()?;
    let [(client, evidence), _] = rows_agree(scene)?;
    let rows = [Id::Timeouts, Id::AbruptTimeouts, Id::CongSignals, Id::CurTimeoutCount].map(|id| row(&client, id));
    assert_eq!(rows, [1, 1, 1, 0]);
    let all = row(&client, Id::Timeouts) + row(&client, Id::SubsequentTimeouts);
    assert_eq!(Some(all), evidence.counted("TcpExtTCPTimeouts"));
    if let Some(total) = evidence.info.total_rto {
        assert_eq!(all, i64::from(total));
    }
    ensure!(
        (2..=all).contains(&during),
        "{during} timeouts in the series of {all} while it lasted"
    );
    // The last timeout was backed off all-1 times from at least 200 ms.
    ensure!(
        row(&client, Id::MaxRTO) >= 200 << (all - 1),
        "MaxRTO is {}",
        row(&client, Id::MaxRTO)
    );
    Ok(())
}

#[test]
fn events_of_a_connection_older_than_the_daemon_count_from_the_daemon_on() -> Result<()> {
    let server = Options {
        receive_buffer: Some(16_384),
        ..Options::default()
    };
    let mut scene = Scene::open_unwatched(path()?, Family::Ipv4, Options::default(), server)?;
    let octets = fill(&scene.pair.client)?;
    receive(&scene.pair.server, octets)?;
    scene.pair.quiesce()?;
    scene.watch()?;
    let before = [scene.read(Side::Client)?, scene.read(Side::Server)?];
    let repeated_before = TcpInfo::read(&scene.pair.client)?.bytes_retrans;
    transfer(&scene.pair.client, &scene.pair.server, 12_345)?;
    scene.pair.quiesce()?;
    let [(client, evidence), (server, _)] = scene.finish()?;
    assert_eq!(row(&before[1], Id::HCDataOctetsIn), 0);
    // Nothing gets lost here, but on a busy machine the sender may take it for lost.
    let repeated = i64::try_from(evidence.info.bytes_retrans - repeated_before)?;
    assert_eq!(row(&server, Id::HCDataOctetsIn), 12_345 + repeated);
    assert_eq!((row(&server, Id::ZeroRwinSent), row(&client, Id::ZeroRwinRcvd)), (0, 0));
    ensure!(
        row(&client, Id::CountRTT) > 0 && row(&before[0], Id::CountRTT) == 0,
        "round trips of before are counted"
    );
    // Who opened the connection was never seen; a daemon that finds out otherwise has to be right.
    ensure!(
        [None, Some(1)].contains(&number(&client, Id::ActiveOpen)),
        "the client is told to be passive"
    );
    ensure!(
        [None, Some(2)].contains(&number(&server, Id::ActiveOpen)),
        "the server is told to be active"
    );
    Ok(())
}
