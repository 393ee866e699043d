//! When a listening socket has a row, and which connections are its own.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsFd as _, AsRawFd as _};
use std::os::unix::fs::MetadataExt as _;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use estats_protocol::Origin;
use estats_spec::Id;
use estats_tests::sockopt;
use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, SockaddrStorage, bind, listen, socket};

use crate::watch::{Rows, cookie, namespace, number, watch};

/// A listening socket with options of its own.
fn listener(address: SocketAddr, options: &[(i32, i32, i32)]) -> Result<TcpListener> {
    let family = if address.is_ipv4() {
        AddressFamily::Inet
    } else {
        AddressFamily::Inet6
    };
    let socket = socket(family, SockType::Stream, SockFlag::empty(), None)?;
    for (level, option, value) in options {
        sockopt::set(&socket, *level, *option, *value)?;
    }
    bind(socket.as_raw_fd(), &SockaddrStorage::from(address))?;
    listen(&socket, Backlog::new(100)?)?;
    Ok(socket.into())
}

/// The inode of the directory of this process' cgroup.
fn own_cgroup() -> Result<u64> {
    let mounts = fs::read_to_string("/proc/self/mountinfo")?;
    let mounted = mounts.lines().find(|line| line.contains(" - cgroup2 "));
    let root = mounted
        .and_then(|line| line.split(' ').nth(4))
        .context("no cgroup v2")?;
    let cgroups = fs::read_to_string("/proc/self/cgroup")?;
    let own = cgroups.lines().find_map(|line| line.strip_prefix("0::"));
    let directory = format!("{root}{}", own.context("no cgroup in the unified hierarchy")?);
    Ok(fs::metadata(directory)?.ino())
}

/// `count` connections that were made in the usual way, and accepted.
fn accepted(count: u64) -> Rows {
    Rows {
        syns: count,
        initial: count,
        established: count,
        accepted: count,
        connections: Some(count),
        ..Rows::NONE
    }
}

#[test]
fn a_row_lasts_from_listen_to_close() -> Result<()> {
    let namespace = namespace()?;
    let socket = namespace.run(|| socket(AddressFamily::Inet, SockType::Stream, SockFlag::empty(), None))?;
    assert!(watch().find(&socket)?.is_none());
    // Without bind() the kernel chooses a port.
    listen(&socket, Backlog::new(5)?)?;
    let listener = TcpListener::from(socket);
    let reading = watch().read(&listener)?;
    assert_eq!(
        reading.tuple.local,
        (IpAddr::V4(Ipv4Addr::UNSPECIFIED), listener.local_addr()?.port())
    );
    drop(listener);
    let id = reading.tuple.id;
    assert!(!watch().all()?.iter().any(|reading| reading.tuple.id == id));
    Ok(())
}

#[test]
fn a_socket_comes_from_a_process_in_a_namespace_and_a_cgroup() -> Result<()> {
    let namespace = namespace()?;
    let listener = namespace.run(|| TcpListener::bind("127.0.0.1:0"))?;
    let expected = Origin {
        cookie: cookie(&listener)?,
        netns: u32::try_from(fs::metadata(namespace.path())?.ino())?,
        cgroup: Some(own_cgroup()?),
        uid: Some(0),
        gid: Some(0),
        pid: Some(std::process::id()),
        comm: Some(fs::read_to_string("/proc/self/comm")?.trim_end().to_owned()),
        adopted: false,
        closed: false,
    };
    assert_eq!(watch().read(&listener)?.origin, expected);
    Ok(())
}

#[test]
fn who_listens_anew_begins_anew() -> Result<()> {
    let namespace = namespace()?;
    let listener = namespace.run(|| TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    let client = namespace.run(|| TcpStream::connect(address))?;
    let server = listener.accept()?;
    watch().expect(&listener, &accepted(1))?;
    let first = watch().read(&listener)?;
    // SAFETY: a socket that is open.
    Errno::result(unsafe { libc::shutdown(listener.as_raw_fd(), libc::SHUT_RD) })?;
    assert!(watch().find(&listener)?.is_none());
    listen(&listener, Backlog::new(5)?)?;
    watch().expect(&listener, &Rows::NONE)?;
    let second = watch().read(&listener)?;
    assert!(second.tuple.id > first.tuple.id);
    // Connections of its earlier life are none of its own.
    client.shutdown(Shutdown::Both)?;
    drop(server);
    watch().expect(&listener, &Rows::NONE)
}

/// Times are in hundredths of a second, so two of them tell the time between within two.
#[test]
fn the_start_time_is_when_the_socket_began_to_listen() -> Result<()> {
    let namespace = namespace()?;
    let open = || -> Result<_> {
        let before = Instant::now();
        let listener = namespace.run(|| TcpListener::bind("127.0.0.1:0"))?;
        Ok((before, listener, Instant::now()))
    };
    let (before_first, first, after_first) = open()?;
    thread::sleep(Duration::from_millis(300));
    let (before_second, second, after_second) = open()?;
    let mut times = [0; 2];
    for (time, listener) in times.iter_mut().zip([&first, &second]) {
        *time = number(&watch().read(listener)?, Id::ListenerStartTime)?;
    }
    let between = Duration::from_millis((times[1] - times[0]) * 10);
    let tick = Duration::from_millis(10);
    ensure!(between + tick > before_second - after_first, "{between:?}");
    ensure!(between < after_second - before_first + tick, "{between:?}");
    Ok(())
}

#[test]
fn a_connection_does_not_change_the_start_time() -> Result<()> {
    let namespace = namespace()?;
    let listener = namespace.run(|| TcpListener::bind("127.0.0.1:0"))?;
    let start = number(&watch().read(&listener)?, Id::ListenerStartTime)?;
    // Hundredths of a second.
    thread::sleep(Duration::from_millis(20));
    let address = listener.local_addr()?;
    let _client = namespace.run(|| TcpStream::connect(address))?;
    watch().expect(
        &listener,
        &Rows {
            waiting: 1,
            backlog: 1,
            connections: Some(0),
            accepted: 0,
            ..accepted(1)
        },
    )?;
    assert_eq!(number(&watch().read(&listener)?, Id::ListenerStartTime)?, start);
    Ok(())
}

/// Other tests of this program change the table of the whole host meanwhile, so its time can only be compared with what this one
/// did itself.
#[test]
fn the_table_changes_when_a_socket_begins_or_ceases_to_listen() -> Result<()> {
    let namespace = namespace()?;
    let listener = namespace.run(|| TcpListener::bind("127.0.0.1:0"))?;
    let start = u32::try_from(number(&watch().read(&listener)?, Id::ListenerStartTime)?)?;
    ensure!(watch().last_change()? >= start);
    thread::sleep(Duration::from_millis(20));
    drop(listener);
    ensure!(watch().last_change()? > start);
    Ok(())
}

#[test]
fn each_socket_of_a_group_has_its_own_connections() -> Result<()> {
    const CONNECTIONS: u64 = 200;
    let namespace = namespace()?;
    let reuse = [(libc::SOL_SOCKET, libc::SO_REUSEPORT, 1)];
    let group = namespace.run(|| -> Result<_> {
        let first = listener("127.0.0.1:0".parse()?, &reuse)?;
        let address = first.local_addr()?;
        Ok([first, listener(address, &reuse)?, listener(address, &reuse)?])
    })?;
    let address = group[0].local_addr()?;
    let connect = || {
        (0..CONNECTIONS)
            .map(|_| TcpStream::connect(address))
            .collect::<Result<Vec<_>, _>>()
    };
    let clients = namespace.run(connect)?;
    let mut servers = Vec::new();
    let mut total = 0;
    for listener in &group {
        // Nothing is under way any more: what it has it has.
        listener.set_nonblocking(true)?;
        let mut own = Vec::new();
        while own.len() < clients.len() {
            match listener.accept() {
                Ok((server, _)) => own.push(server),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error.into()),
            }
        }
        total += own.len() as u64;
        watch().expect(listener, &accepted(own.len() as u64))?;
        servers.push(own);
    }
    assert_eq!(total, CONNECTIONS);
    for (listener, own) in group.iter().zip(&mut servers) {
        let count = own.len() as u64;
        own.truncate(own.len() / 2);
        let left = own.len() as u64;
        watch().expect(
            listener,
            &Rows {
                connections: Some(left),
                ..accepted(count)
            },
        )?;
    }
    Ok(())
}

#[test]
fn a_socket_for_both_families_has_the_connections_of_both() -> Result<()> {
    let namespace = namespace()?;
    let any = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0));
    let both = namespace.run(|| listener(any, &[(libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, 0)]))?;
    let port = both.local_addr()?.port();
    let mut kept = Vec::new();
    for address in [
        IpAddr::from(Ipv4Addr::LOCALHOST),
        Ipv6Addr::LOCALHOST.into(),
        Ipv4Addr::LOCALHOST.into(),
    ] {
        kept.push(namespace.run(|| TcpStream::connect((address, port)))?);
        kept.push(both.accept()?.0);
    }
    watch().expect(&both, &accepted(3))?;
    let reading = watch().read(&both)?;
    assert_eq!(reading.tuple.local, (Ipv6Addr::UNSPECIFIED.into(), port));
    kept.truncate(2);
    watch().expect(
        &both,
        &Rows {
            connections: Some(1),
            ..accepted(3)
        },
    )
}

#[test]
fn equal_sockets_of_two_namespaces_are_two() -> Result<()> {
    let address: SocketAddr = "127.0.0.1:7777".parse()?;
    let [one, other] = [namespace()?, namespace()?];
    let listeners = [
        one.run(|| listener(address, &[]))?,
        other.run(|| listener(address, &[]))?,
    ];
    let _client = one.run(|| TcpStream::connect(address))?;
    let _server = listeners[0].accept()?;
    watch().expect(&listeners[0], &accepted(1))?;
    watch().expect(&listeners[1], &Rows::NONE)?;
    let [first, second] = [watch().read(&listeners[0])?, watch().read(&listeners[1])?];
    assert_ne!(first.origin.netns, second.origin.netns);
    assert_eq!(first.tuple.local, second.tuple.local);
    Ok(())
}

#[test]
fn a_table_is_read_in_pages_in_the_order_of_the_ids() -> Result<()> {
    let namespace = namespace()?;
    let open = || {
        (0..20)
            .map(|_| TcpListener::bind("127.0.0.1:0"))
            .collect::<Result<Vec<_>, _>>()
    };
    let listeners = namespace.run(open)?;
    let all = watch().all()?;
    ensure!(all.is_sorted_by(|a, b| a.tuple.id < b.tuple.id));
    for listener in &listeners {
        let address = listener.local_addr()?;
        let found = watch().find(&listener.as_fd())?;
        assert_eq!(
            found.map(|found| found.tuple.local),
            Some((address.ip(), address.port()))
        );
    }
    Ok(())
}
