//! Every row that is a state of the socket, or follows from one, agrees with `TCP_INFO`, socket options and captures.

mod oracles;

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use estats_protocol::Reading;
use estats_spec::sets::V124B;
use estats_spec::{Id, Kind};
use estats_tests::impairment::Impairment;
use estats_tests::oracle::compare;
use estats_tests::path::{Path, Side};
use estats_tests::scene::{Evidence, Family, Scene};
use estats_tests::traffic::{Options, fill, receive, send, transfer};
use oracles::ORACLES;

const BOTH: [Side; 2] = [Side::Client, Side::Server];

/// Ends the scene: every row is delivered and agrees with its oracle, at both ends.
fn rows_agree(scene: Scene) -> Result<[(Reading, Evidence); 2]> {
    let ends = scene.finish()?;
    for (reading, evidence) in &ends {
        for (id, _) in ORACLES {
            ensure!(
                reading.values.get(*id).is_some(),
                "{:?} end: {} is not delivered",
                evidence.side,
                id.name()
            );
        }
        compare(reading, ORACLES, evidence)?;
    }
    Ok(ends)
}

#[test]
fn every_state_and_derived_row_has_an_oracle() {
    let rows: BTreeSet<_> = V124B
        .iter()
        .filter(|variable| variable.id.info().kind != Kind::Event)
        .map(|variable| variable.id.name())
        .collect();
    let oracles: BTreeSet<_> = ORACLES.iter().map(|(id, _)| id.name()).collect();
    assert_eq!(rows, oracles);
}

#[test]
fn rows_agree_after_a_lossy_transfer_in_both_directions() -> Result<()> {
    let path = Path::new(1500)?;
    path.impair(&[
        (Side::Client, Impairment::DropEvery(40)),
        (Side::Server, Impairment::DropEvery(50)),
    ])?;
    let client = Options {
        mss: Some(1000),
        ttl: Some(33),
        tos: Some(0x10),
        ..Options::default()
    };
    let server = Options {
        priority: Some(5),
        nodelay: true,
        ..Options::default()
    };
    let scene = Scene::open(path, Family::Ipv4, client, server)?;
    transfer(&scene.pair.client, &scene.pair.server, 300_000)?;
    transfer(&scene.pair.server, &scene.pair.client, 200_000)?;
    scene.pair.quiesce()?;
    rows_agree(scene)?;
    Ok(())
}

#[test]
fn rows_agree_over_ipv6_with_other_options() -> Result<()> {
    let path = Path::new(1400)?;
    for side in BOTH {
        let host = path.host(side);
        for option in ["timestamps", "sack", "window_scaling"] {
            host.sysctl(&format!("ipv4/tcp_{option}"), "0")?;
        }
        host.sysctl("ipv4/tcp_ecn", "1")?;
    }
    path.impair(&[
        (Side::Client, Impairment::DropEvery(60)),
        (Side::Server, Impairment::CongestionExperiencedEvery(9)),
    ])?;
    let client = Options {
        congestion_control: Some("cubic"),
        priority: Some(3),
        ..Options::default()
    };
    let server = Options {
        mss: Some(900),
        receive_buffer: Some(30_000),
        ..client
    };
    let scene = Scene::open(path, Family::Ipv6, client, server)?;
    transfer(&scene.pair.client, &scene.pair.server, 200_000)?;
    transfer(&scene.pair.server, &scene.pair.client, 100_000)?;
    scene.pair.quiesce()?;
    rows_agree(scene)?;
    Ok(())
}

#[test]
fn rows_agree_while_the_path_is_dead() -> Result<()> {
    let scene = Scene::open(Path::new(1500)?, Family::Ipv4, Options::default(), Options::default())?;
    transfer(&scene.pair.client, &scene.pair.server, 50_000)?;
    scene.pair.quiesce()?;
    scene.path.impair(&[(Side::Client, Impairment::Blackhole)])?;
    let written = fill(&scene.pair.client)?;
    ensure!(written > 40_000, "only {written} octets fit into the socket");
    // Some timeouts of 200 ms and more.
    std::thread::sleep(std::time::Duration::from_millis(1500));
    rows_agree(scene)?;
    Ok(())
}

#[test]
fn rows_agree_while_a_hole_is_open_and_data_is_unread() -> Result<()> {
    let path = Path::new(1500)?;
    path.impair(&[(Side::Client, Impairment::DropAt(vec![5..=5, 9..=u32::MAX - 1]))])?;
    let scene = Scene::open(path, Family::Ipv4, Options::default(), Options::default())?;
    send(&scene.pair.client, 14_000)?;
    // The five segments before the hole have 7240 octets.
    receive(&scene.pair.server, 3000)?;
    std::thread::sleep(std::time::Duration::from_millis(400));
    let [_, (_, receiver)] = rows_agree(scene)?;
    ensure!(receiver.queues.unread > 0, "nothing is unread");
    let expected = receiver
        .account
        .sent
        .highest_acknowledgment
        .context("no ACK was sent")?;
    ensure!(
        receiver.account.received.highest_sequence != expected,
        "there is no hole"
    );
    Ok(())
}

#[test]
fn rows_agree_while_the_reader_sleeps() -> Result<()> {
    let server = Options {
        receive_buffer: Some(16_384),
        ..Options::default()
    };
    let scene = Scene::open(Path::new(1500)?, Family::Ipv4, Options::default(), server)?;
    fill(&scene.pair.client)?;
    rows_agree(scene)?;
    Ok(())
}

#[test]
fn rows_agree_when_one_end_has_closed() -> Result<()> {
    let scene = Scene::open(Path::new(1500)?, Family::Ipv6, Options::default(), Options::default())?;
    transfer(&scene.pair.client, &scene.pair.server, 10_000)?;
    send(&scene.pair.client, 2000)?;
    scene.pair.client.shutdown(std::net::Shutdown::Write)?;
    scene.pair.quiesce()?;
    rows_agree(scene)?;
    Ok(())
}

#[test]
fn rows_agree_for_a_connection_older_than_the_daemon() -> Result<()> {
    let path = Path::new(1500)?;
    path.impair(&[(Side::Client, Impairment::DropEvery(40))])?;
    let client = Options {
        mss: Some(1200),
        ..Options::default()
    };
    let mut scene = Scene::open_unwatched(path, Family::Ipv4, client, Options::default())?;
    transfer(&scene.pair.client, &scene.pair.server, 100_000)?;
    scene.pair.quiesce()?;
    scene.watch()?;
    let ends = scene.finish()?;
    for (reading, evidence) in &ends {
        // Their record began when the daemon did.
        let oracles: Vec<_> = ORACLES
            .iter()
            .copied()
            .filter(|(id, _)| !matches!(id, Id::ElapsedSecs | Id::ElapsedMicroSecs))
            .collect();
        compare(reading, &oracles, evidence)?;
    }
    Ok(())
}

/// The application's late read wakes the socket, but no segment is sent for so few octets.
#[test]
fn elapsed_time_ends_with_the_last_segment() -> Result<()> {
    let scene = Scene::open(Path::new(1500)?, Family::Ipv4, Options::default(), Options::default())?;
    send(&scene.pair.client, 500)?;
    scene.pair.quiesce()?;
    std::thread::sleep(std::time::Duration::from_millis(300));
    receive(&scene.pair.server, 500)?;
    rows_agree(scene)?;
    Ok(())
}
