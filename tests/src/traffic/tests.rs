//! The witnesses against each other: connections whose properties are known.

use anyhow::Result;

use super::{Options, Pair, fill, receive, transfer};
use crate::analysis::Account;
use crate::capture::Capture;
use crate::impairment::Impairment;
use crate::netns::Namespace;
use crate::nstat::Counters;
use crate::path::{Path, Side};
use crate::tcp_info::TcpInfo;

/// The capture's account and the kernel's agree about both ends of a transfer with loss, so either can be trusted.
#[test]
fn capture_and_kernel_agree_about_a_lossy_transfer() -> Result<()> {
    let path = Path::new(1500)?;
    path.impair(&[(Side::Client, Impairment::DropEvery(50))])?;
    let captures = [Side::Client, Side::Server].map(|side| Capture::start(path.host(side), side.device()));
    let options = Options {
        mss: Some(1000),
        ttl: Some(33),
        tos: Some(0x10),
        ..Options::default()
    };
    let pair = Pair::open(
        (path.host(Side::Client), options),
        (path.host(Side::Server), Options::default()),
        Side::Server.ipv4(),
    )?;
    transfer(&pair.client, &pair.server, 300_000)?;
    pair.quiesce()?;
    let (local, remote) = (pair.client.local_addr()?, pair.server.local_addr()?);
    let [at_client, at_server] = captures.map(|capture| capture.and_then(Capture::finish));
    let sender = Account::of(&at_client?, local, remote);
    let receiver = Account::of(&at_server?, remote, local);

    let info = TcpInfo::read(&pair.client)?;
    assert!(info.total_retrans > 0, "the rule dropped nothing");
    assert_eq!(sender.sent.segments, info.segs_out);
    assert_eq!(sender.sent.data_segments, info.data_segs_out);
    assert_eq!(sender.sent.octets, info.bytes_sent);
    assert_eq!(sender.sent.repeated_segments, info.total_retrans);
    assert_eq!(sender.sent.repeated_octets, info.bytes_retrans);
    assert_eq!(sender.received.segments, info.segs_in);
    assert_eq!(sender.sent.mss, Some(1000));

    let info = TcpInfo::read(&pair.server)?;
    assert_eq!(receiver.received.data_segments, info.data_segs_in);
    assert_eq!(receiver.received.segments, info.segs_in);
    // The SYN-ACK was not sent by this socket but by the request before it.
    assert_eq!(receiver.sent.segments, info.segs_out + 1);
    assert_eq!((receiver.received.ttl, receiver.received.tos), (32, 0x10));
    // An ACK is a duplicate only while data is outstanding, and the two ends see ACK and data pass each other at different times.
    let (told, heard) = (receiver.sent.duplicate_acks.count, sender.received.duplicate_acks.count);
    assert!(told > 0 && heard > 0, "{told} and {heard} duplicate ACKs");
    Ok(())
}

#[test]
fn a_reader_that_stops_closes_the_window_once() -> Result<()> {
    let namespace = Namespace::new()?;
    let capture = Capture::start(&namespace, "lo")?;
    let server = Options {
        receive_buffer: Some(8192),
        ..Options::default()
    };
    let pair = Pair::open(
        (&namespace, Options::default()),
        (&namespace, server),
        "127.0.0.1".parse()?,
    )?;
    let octets = fill(&pair.client)?;
    receive(&pair.server, octets)?;
    pair.quiesce()?;
    let account = Account::of(&capture.finish()?, pair.server.local_addr()?, pair.client.local_addr()?);
    let counters = Counters::read(&namespace)?;
    assert_eq!(
        i64::from(account.sent.zero_windows),
        counters.get("TcpExtTCPToZeroWindowAdv")?
    );
    assert!(account.sent.zero_windows >= 1);
    assert_eq!(account.sent.window, TcpInfo::read(&pair.client)?.snd_wnd);
    Ok(())
}

#[test]
fn chosen_segments_are_dropped_and_no_others() -> Result<()> {
    let path = Path::new(1500)?;
    path.impair(&[(Side::Client, Impairment::DropAt(vec![20..=20, 22..=22]))])?;
    let pair = Pair::open(
        (path.host(Side::Client), Options::default()),
        (path.host(Side::Server), Options::default()),
        Side::Server.ipv6(),
    )?;
    transfer(&pair.client, &pair.server, 100_000)?;
    pair.quiesce()?;
    // A busy machine may repeat more than what was dropped.
    let (sent, received) = (TcpInfo::read(&pair.client)?, TcpInfo::read(&pair.server)?);
    assert_eq!(sent.segs_out - received.segs_in, 2);
    assert!(sent.total_retrans >= 2, "{} segments repeated", sent.total_retrans);
    Ok(())
}

#[test]
fn a_limited_rate_makes_round_trips_long() -> Result<()> {
    let path = Path::new(1500)?;
    path.impair(&[(Side::Client, Impairment::Rate(200_000))])?;
    let pair = Pair::open(
        (path.host(Side::Client), Options::default()),
        (path.host(Side::Server), Options::default()),
        Side::Server.ipv4(),
    )?;
    transfer(&pair.client, &pair.server, 100_000)?;
    let info = TcpInfo::read(&pair.client)?;
    assert!(info.rtt > 20_000, "smoothed RTT is {} us", info.rtt);
    assert_eq!(info.total_retrans, 0);
    path.clear()?;
    Ok(())
}

#[test]
fn marked_packets_are_echoed() -> Result<()> {
    let path = Path::new(1500)?;
    for side in [Side::Client, Side::Server] {
        path.host(side).sysctl("ipv4/tcp_ecn", "1")?;
    }
    path.impair(&[(Side::Client, Impairment::CongestionExperiencedEvery(20))])?;
    let capture = Capture::start(path.host(Side::Server), Side::Server.device())?;
    let pair = Pair::open(
        (path.host(Side::Client), Options::default()),
        (path.host(Side::Server), Options::default()),
        Side::Server.ipv4(),
    )?;
    transfer(&pair.client, &pair.server, 200_000)?;
    pair.quiesce()?;
    let account = Account::of(&capture.finish()?, pair.server.local_addr()?, pair.client.local_addr()?);
    assert!(account.received.congestion_experienced > 0);
    assert!(account.sent.ece_edges > 0);
    Ok(())
}
