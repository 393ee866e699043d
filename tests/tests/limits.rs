//! Writing a limit changes the live socket; nothing else can be written.

use anyhow::{Result, ensure};
use estats_protocol::client::Error;
use estats_spec::Id;
use estats_spec::sets::V124B;
use estats_tests::analysis::Account;
use estats_tests::capture::Capture;
use estats_tests::netns::Namespace;
use estats_tests::observer::{Observer, number};
use estats_tests::sockopt;
use estats_tests::tcp_info::TcpInfo;
use estats_tests::traffic::{Options, Pair, transfer};
use nix::errno::Errno;

/// A connection with segments of 1000 octets over loopback, and its daemon.
fn connection() -> Result<(Namespace, Observer, Pair)> {
    let namespace = Namespace::new()?;
    namespace.sysctl("ipv4/tcp_timestamps", "0")?;
    let observer = Observer::start(&namespace)?;
    let options = Options {
        mss: Some(1000),
        ..Options::default()
    };
    let pair = Pair::open((&namespace, options), (&namespace, options), "127.0.0.1".parse()?)?;
    Ok((namespace, observer, pair))
}

/// The error number of a refusal.
fn refusal<T>(result: Result<T, Error>) -> Option<Errno> {
    result.err().and_then(|error| error.refusal())
}

#[test]
fn a_written_lim_cwnd_holds_the_window_down() -> Result<()> {
    let (_namespace, mut observer, pair) = connection()?;
    transfer(&pair.client, &pair.server, 500_000)?;
    let before = TcpInfo::read(&pair.client)?.snd_cwnd;
    ensure!(before > 20, "the window is {before} segments without a limit");
    let cid = observer.cid(&pair.client)?;
    // Seven and a half segments: whole segments count.
    observer.client.write_var(cid, "LimCwnd", 7500)?;
    transfer(&pair.client, &pair.server, 500_000)?;
    let after = TcpInfo::read(&pair.client)?;
    ensure!(
        after.snd_cwnd <= 7,
        "the window is {} segments in spite of the limit",
        after.snd_cwnd
    );
    let reading = observer.read(&pair.client)?;
    assert_eq!(number(&reading, Id::LimCwnd), Some(7000));
    assert_eq!(number(&reading, Id::CurCwnd), Some(i64::from(after.snd_cwnd) * 1000));
    Ok(())
}

#[test]
fn a_written_lim_rwin_holds_the_announced_window_down() -> Result<()> {
    let (namespace, mut observer, pair) = connection()?;
    let cid = observer.cid(&pair.server)?;
    observer.client.write_var(cid, "lImRwIN", 20_000)?;
    assert_eq!(
        sockopt::get(&pair.server, libc::IPPROTO_TCP, libc::TCP_WINDOW_CLAMP)?,
        20_000
    );
    assert_eq!(number(&observer.read(&pair.server)?, Id::LimRwin), Some(20_000));
    // The window announced before the limit may be used up.
    transfer(&pair.client, &pair.server, 300_000)?;
    pair.quiesce()?;
    let capture = Capture::start(&namespace, "lo")?;
    transfer(&pair.client, &pair.server, 300_000)?;
    pair.quiesce()?;
    let (local, remote) = (pair.server.local_addr()?, pair.client.local_addr()?);
    let segments = capture.finish()?;
    let scale = TcpInfo::read(&pair.server)?.rcv_wscale().unwrap_or(0);
    // The capture began after the SYN, so it does not know the scale.
    let largest = Account::of(&segments, local, remote).sent.max_window << scale;
    ensure!(
        largest > 0 && largest <= 20_000 + (1 << scale),
        "a window of {largest} octets was announced"
    );
    Ok(())
}

#[test]
fn everything_else_is_not_writable() -> Result<()> {
    let (_namespace, mut observer, pair) = connection()?;
    let cid = observer.cid(&pair.client)?;
    for variable in V124B
        .iter()
        .filter(|variable| ![Id::LimCwnd, Id::LimRwin].contains(&variable.id))
    {
        let result = observer.client.write_var(cid, variable.name, 1);
        assert_eq!(refusal(result), Some(Errno::EPERM), "{}", variable.name);
    }
    Ok(())
}

#[test]
fn unknown_names_and_ids_are_invalid() -> Result<()> {
    let (_namespace, mut observer, pair) = connection()?;
    let cid = observer.cid(&pair.client)?;
    let unknown = i32::MAX.unsigned_abs();
    for (cid, name) in [
        (cid, "NoSuchName"),
        (unknown, "LimCwnd"),
        (0, "LimCwnd"),
        (unknown, "NoSuchName"),
        (cid, ""),
    ] {
        let result = observer.client.write_var(cid, name, 50_000);
        assert_eq!(refusal(result), Some(Errno::EINVAL), "connection {cid}, {name:?}");
    }
    Ok(())
}
