//! Writing a limit changes the live socket; nothing else can be written.

use anyhow::{Result, ensure};
use estats_protocol::client::Error;
use estats_spec::Id;
use estats_spec::sets::V124B;
use estats_tests::analysis::Account;
use estats_tests::capture::Capture;
use estats_tests::impairment::Impairment;
use estats_tests::observer::{Observer, number};
use estats_tests::path::{Path, Side};
use estats_tests::sockopt;
use estats_tests::tcp_info::TcpInfo;
use estats_tests::traffic::{Options, Pair, transfer};
use nix::errno::Errno;

/// A connection with segments of 1000 octets over a path that is slow enough to fill windows, and the daemon at one end. The receive buffer
/// is fixed, or the kernel would raise a limit of the window by itself.
fn connection(watched: Side) -> Result<(Path, Observer, Pair)> {
    let path = Path::new(1500)?;
    path.host(Side::Client).sysctl("ipv4/tcp_timestamps", "0")?;
    path.impair(&[(Side::Client, Impairment::Rate(5_000_000))])?;
    let observer = Observer::start(path.host(watched))?;
    let options = Options {
        mss: Some(1000),
        receive_buffer: Some(200_000),
        ..Options::default()
    };
    let ends = [Side::Client, Side::Server].map(|side| (path.host(side), options));
    let pair = Pair::open(ends[0], ends[1], Side::Server.ipv4())?;
    Ok((path, observer, pair))
}

/// The error number of a refusal.
fn refusal<T>(result: Result<T, Error>) -> Option<Errno> {
    result.err().and_then(|error| error.refusal())
}

#[test]
fn a_written_lim_cwnd_holds_the_window_down() -> Result<()> {
    let (_path, _observer, unlimited) = connection(Side::Client)?;
    transfer(&unlimited.client, &unlimited.server, 300_000)?;
    let window = TcpInfo::read(&unlimited.client)?.snd_cwnd;
    ensure!(window > 20, "the window is {window} segments without a limit");

    let (_path, mut observer, pair) = connection(Side::Client)?;
    let cid = observer.cid(&pair.client)?;
    // Seven and a half segments: whole segments count.
    observer.client.write_var(cid, "LimCwnd", 7500)?;
    transfer(&pair.client, &pair.server, 300_000)?;
    let window = TcpInfo::read(&pair.client)?.snd_cwnd;
    ensure!(window <= 7, "the window is {window} segments in spite of the limit");
    let reading = observer.read(&pair.client)?;
    assert_eq!(number(&reading, Id::LimCwnd), Some(7000));
    assert_eq!(number(&reading, Id::CurCwnd), Some(i64::from(window) * 1000));
    Ok(())
}

#[test]
fn a_written_lim_rwin_holds_the_announced_window_down() -> Result<()> {
    let (path, mut observer, pair) = connection(Side::Server)?;
    // With the first segments the kernel finds out how much memory they take, and sets the limit itself.
    transfer(&pair.client, &pair.server, 100_000)?;
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
    let capture = Capture::start(path.host(Side::Server), Side::Server.device())?;
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
    let (_path, mut observer, pair) = connection(Side::Client)?;
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
    let (_path, mut observer, pair) = connection(Side::Client)?;
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
