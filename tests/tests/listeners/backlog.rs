//! The queue for `accept()`: its length, its end, and what is turned away.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use estats_spec::Id;
use estats_tests::descriptors;
use estats_tests::netns::Namespace;
use estats_tests::nstat::Counters;
use estats_tests::tcp_info::TcpInfo;
use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrStorage, connect, socket};

use crate::watch::{Rows, namespace, number, watch};

/// More than a repeated SYN takes, twice over.
const PATIENCE: Duration = Duration::from_secs(20);

/// A listening socket on the loopback device of a namespace of its own.
fn listener(backlog: i32) -> Result<(Namespace, TcpListener)> {
    let namespace = namespace()?;
    let listener = namespace.run(|| TcpListener::bind("127.0.0.1:0"))?;
    listen(&listener, backlog)?;
    Ok((namespace, listener))
}

/// Sets the length of the queue.
fn listen(listener: &TcpListener, backlog: i32) -> Result<()> {
    // SAFETY: a socket that is open, and a number.
    Errno::result(unsafe { libc::listen(listener.as_raw_fd(), backlog) })?;
    Ok(())
}

/// Sends a SYN and waits for nothing.
fn begin_to_connect(address: SocketAddr) -> Result<OwnedFd> {
    let client = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_NONBLOCK, None)?;
    let result = connect(client.as_raw_fd(), &SockaddrStorage::from(address));
    ensure!(result == Err(Errno::EINPROGRESS), "{result:?}");
    Ok(client)
}

#[test]
fn its_length_is_what_listen_was_told_capped_by_the_system() -> Result<()> {
    let (namespace, socket) = listener(3)?;
    namespace.sysctl("core/somaxconn", "50")?;
    for (told, length) in [(3, 3), (0, 0), (50, 50), (51, 50)] {
        listen(&socket, told)?;
        assert_eq!(number(&watch().read(&socket)?, Id::ListenerMaxBacklog)?, length);
        assert_eq!(u64::from(TcpInfo::read(&socket)?.sacked), length);
    }
    // Another call of listen() is no new beginning.
    watch().expect(&socket, &Rows::NONE)
}

#[test]
fn who_waits_is_who_was_not_accepted() -> Result<()> {
    let (namespace, listener) = listener(20)?;
    let address = listener.local_addr()?;
    let clients = namespace.run(|| {
        (0..10)
            .map(|_| TcpStream::connect(address))
            .collect::<Result<Vec<_>, _>>()
    })?;
    let mut accepted = Vec::new();
    for count in [0, 3, 4, 10] {
        while accepted.len() < count {
            accepted.push(listener.accept()?);
        }
        let count = count as u64;
        let expected = Rows {
            syns: 10,
            initial: 10,
            established: 10,
            accepted: count,
            connections: Some(count),
            backlog: 10 - count,
            waiting: 10 - count,
            ..Rows::NONE
        };
        watch().expect(&listener, &expected)?;
        assert_eq!(u64::from(TcpInfo::read(&listener)?.unacked), 10 - count);
    }
    // Half of them close, at either end.
    accepted.truncate(5);
    let closed = Rows {
        connections: Some(5),
        accepted: 10,
        syns: 10,
        initial: 10,
        established: 10,
        ..Rows::NONE
    };
    watch().expect(&listener, &closed)?;
    drop(clients);
    watch().expect(
        &listener,
        &Rows {
            connections: Some(0),
            ..closed
        },
    )
}

/// Without any state, so that nothing is given up.
#[test]
fn what_does_not_fit_is_turned_away() -> Result<()> {
    let (namespace, listener) = listener(1)?;
    let address = listener.local_addr()?;
    let first = namespace.run(|| {
        (0..2)
            .map(|_| TcpStream::connect(address))
            .collect::<Result<Vec<_>, _>>()
    })?;
    let two = Rows {
        syns: 2,
        initial: 2,
        established: 2,
        backlog: 2,
        waiting: 2,
        ..Rows::NONE
    };
    watch().expect(&listener, &two)?;
    let others = namespace.run(|| (0..2).map(|_| begin_to_connect(address)).collect::<Result<Vec<_>>>())?;
    let syns = |counters: &Counters| -> Result<u64> {
        Ok((counters.get("TcpActiveOpens")? + counters.get("TcpRetransSegs")?).cast_unsigned())
    };
    let full = |rows: &Rows, counters: &Counters| -> Result<bool> {
        let expected = Rows {
            syns: syns(counters)?,
            ..two
        };
        Ok(counters.get("TcpExtListenOverflows")? >= 2 && *rows == expected)
    };
    wait_until(&namespace, &listener, full)?;
    // There is room again: the clients that were turned away try once more.
    let accepted = (0..4).map(|_| listener.accept()).collect::<Result<Vec<_>, _>>()?;
    let all = |rows: &Rows, counters: &Counters| -> Result<bool> {
        let expected = Rows {
            syns: syns(counters)?,
            initial: 4,
            established: counters.get("TcpPassiveOpens")?.cast_unsigned(),
            accepted: 4,
            connections: Some(4),
            ..Rows::NONE
        };
        Ok(*rows == expected)
    };
    wait_until(&namespace, &listener, all)?;
    drop((first, others, accepted));
    Ok(())
}

/// Waits until the rows agree with the counters, both read at a time at which nothing happens.
fn wait_until(
    namespace: &Namespace,
    listener: &TcpListener,
    agree: impl Fn(&Rows, &Counters) -> Result<bool>,
) -> Result<()> {
    let began = Instant::now();
    loop {
        let before = Counters::read(namespace)?;
        let rows = watch().rows(listener)?;
        let after = Counters::read(namespace)?;
        if before == after && agree(&rows, &after)? {
            return Ok(());
        }
        ensure!(began.elapsed() < PATIENCE, "{rows:?} does not agree with {after:?}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// More than is counted in one go.
#[test]
fn a_long_queue_is_counted_to_its_end() -> Result<()> {
    descriptors::room_for(4096)?;
    let (namespace, listener) = listener(4096)?;
    let address = listener.local_addr()?;
    let mut clients = namespace.run(|| {
        (0..1300)
            .map(|_| TcpStream::connect(address))
            .collect::<Result<Vec<_>, _>>()
    })?;
    let accepted = (0..30).map(|_| listener.accept()).collect::<Result<Vec<_>, _>>()?;
    let expected = Rows {
        syns: 1300,
        initial: 1300,
        established: 1300,
        accepted: 30,
        connections: Some(30),
        backlog: 1270,
        waiting: 1270,
        ..Rows::NONE
    };
    watch().expect(&listener, &expected)?;
    // Of the first thirty ten close; of those that wait, three hundred, which leaves ESTABLISHED and not the queue.
    drop(clients.drain(1000..));
    drop(clients.drain(..10));
    watch().expect(
        &listener,
        &Rows {
            connections: Some(20),
            ..expected
        },
    )?;
    drop(accepted);
    watch().expect(
        &listener,
        &Rows {
            connections: Some(0),
            ..expected
        },
    )
}
