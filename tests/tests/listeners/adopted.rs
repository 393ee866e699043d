//! Sockets that listened before anybody looked.

use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd as _;

use anyhow::Result;
use estats_spec::Id;
use estats_tests::netns::Namespace;
use estats_tests::sockopt;
use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, SockaddrStorage, bind, listen, socket};

use crate::watch::{Rows, Watch, number};

fn bound(address: &str, port: u16, options: &[(i32, i32, i32)]) -> Result<TcpListener> {
    let address = std::net::SocketAddr::new(address.parse()?, port);
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

#[test]
fn state_is_exact_at_once_and_events_count_from_then_on() -> Result<()> {
    let namespace = Namespace::new()?;
    // One address, every address, and every address of both families.
    for (own, other) in [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "127.0.0.1"),
        ("::", "::1"),
    ] {
        let listener = namespace.run(|| bound(own, 0, &[]))?;
        let port = listener.local_addr()?.port();
        let connect = |count: usize| {
            namespace.run(|| {
                (0..count)
                    .map(|_| TcpStream::connect((other, port)))
                    .collect::<Result<Vec<_>, _>>()
            })
        };
        let mut clients = connect(7)?;
        let mut servers = (0..4).map(|_| listener.accept()).collect::<Result<Vec<_>, _>>()?;
        // One that waits has closed.
        drop(clients.pop());
        // An active connection from the same port is of no concern.
        let watch = Watch::start(&namespace)?;
        let adopted = Rows {
            connections: Some(4),
            backlog: 3,
            waiting: 3,
            ..Rows::NONE
        };
        watch.expect(&listener, &adopted)?;
        let reading = watch.read(&listener)?;
        assert!(reading.origin.adopted);
        assert_eq!(number(&reading, Id::ListenerStartTime)?, 0);

        // One that was accepted before closes; one that waited is accepted.
        drop(servers.pop());
        watch.expect(
            &listener,
            &Rows {
                connections: Some(3),
                ..adopted
            },
        )?;
        servers.push(listener.accept()?);
        let rows = Rows {
            accepted: 1,
            backlog: 2,
            waiting: 2,
            ..adopted
        };
        watch.expect(&listener, &rows)?;
        // And one that comes now.
        clients.extend(connect(1)?);
        let rows = Rows {
            syns: 1,
            initial: 1,
            established: 1,
            backlog: 3,
            waiting: 3,
            ..rows
        };
        watch.expect(&listener, &rows)?;
        servers.extend((0..3).map(|_| listener.accept()).collect::<Result<Vec<_>, _>>()?);
        // The second but last of the old ones had closed.
        let rows = Rows {
            accepted: 4,
            connections: Some(6),
            backlog: 0,
            waiting: 0,
            ..rows
        };
        watch.expect(&listener, &rows)?;
        drop(servers);
        watch.expect(
            &listener,
            &Rows {
                connections: Some(0),
                ..rows
            },
        )?;
    }
    Ok(())
}

#[test]
fn whose_old_connections_are_in_a_group_is_not_known() -> Result<()> {
    let namespace = Namespace::new()?;
    let reuse = [(libc::SOL_SOCKET, libc::SO_REUSEPORT, 1)];
    let [first, second] = namespace.run(|| -> Result<_> {
        let first = bound("127.0.0.1", 0, &reuse)?;
        let port = first.local_addr()?.port();
        Ok([first, bound("127.0.0.1", port, &reuse)?])
    })?;
    let watch = Watch::start(&namespace)?;
    for listener in [&first, &second] {
        watch.expect(
            listener,
            &Rows {
                connections: None,
                ..Rows::NONE
            },
        )?;
    }
    // A third one that comes later has no old ones.
    let port = first.local_addr()?.port();
    let third = namespace.run(|| bound("127.0.0.1", port, &reuse))?;
    watch.expect(&third, &Rows::NONE)
}

#[test]
fn a_socket_for_ipv6_only_has_no_old_connections_of_ipv4() -> Result<()> {
    let namespace = Namespace::new()?;
    let only = [(libc::IPPROTO_IPV6, libc::IPV6_V6ONLY, 1)];
    let ipv4 = namespace.run(|| bound("0.0.0.0", 0, &[]))?;
    let port = ipv4.local_addr()?.port();
    let ipv6 = namespace.run(|| bound("::", port, &only))?;
    let connect = |address| namespace.run(|| TcpStream::connect((address, port)));
    let mut kept = vec![
        connect("127.0.0.1")?,
        ipv4.accept()?.0,
        connect("::1")?,
        ipv6.accept()?.0,
    ];
    kept.extend([connect("::1")?, ipv6.accept()?.0]);
    // The IPv4 connection is left without its listener.
    drop(ipv4);
    let watch = Watch::start(&namespace)?;
    watch.expect(
        &ipv6,
        &Rows {
            connections: Some(2),
            ..Rows::NONE
        },
    )
}
