//! Thousands of connections, from several threads, while the rows are read.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd as _;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use estats_tests::descriptors;
use estats_tests::nstat::Counters;
use estats_tests::tcp_info::TcpInfo;
use nix::errno::Errno;
use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::Linger;

use crate::watch::{Rows, namespace, watch};

const CLIENTS: usize = 4;
const CONNECTIONS: usize = 3000;
const ACCEPTED: usize = 2000;
/// How soon packets are processed, on a loaded machine too.
const PATIENCE: Duration = Duration::from_secs(10);
/// A state of `TCP_INFO`.
const ESTABLISHED: u8 = 1;

/// Opens connections and returns those that stay open: every tenth. Of the others, every third is reset.
fn connect(address: SocketAddr, count: usize) -> Result<Vec<TcpStream>> {
    let mut kept = Vec::new();
    for number in 0..count {
        let client = TcpStream::connect(address)?;
        if number % 10 == 0 {
            kept.push(client);
        } else if number % 3 == 0 {
            let at_once = libc::linger {
                l_onoff: 1,
                l_linger: 0,
            };
            setsockopt(&client, Linger, &at_once)?;
        }
    }
    Ok(kept)
}

/// How many are in ESTABLISHED, as the sockets themselves say.
fn in_use(servers: &[(TcpStream, SocketAddr)]) -> Result<u64> {
    let mut count = 0;
    for (server, _) in servers {
        count += u64::from(TcpInfo::read(server)?.state == ESTABLISHED);
    }
    Ok(count)
}

/// Reads again and again until `done`: what counts never goes back, and nobody is accepted who was not established.
fn read_until(listener: &TcpListener, done: &AtomicBool) -> Result<usize> {
    let mut reads = 0;
    let mut last = Rows::NONE;
    while !done.load(Ordering::Relaxed) {
        let rows = watch().rows(listener)?;
        let counters = |rows: &Rows| [rows.syns, rows.initial, rows.established, rows.accepted];
        ensure!(
            counters(&rows)
                .iter()
                .zip(counters(&last))
                .all(|(new, old)| *new >= old),
            "{rows:?} after {last:?}"
        );
        ensure!(
            rows.syns >= rows.initial && rows.initial >= rows.established,
            "{rows:?}"
        );
        ensure!(rows.established >= rows.accepted, "{rows:?}");
        ensure!(rows.connections.is_some_and(|now| now <= rows.accepted), "{rows:?}");
        (last, reads) = (rows, reads + 1);
    }
    Ok(reads)
}

#[test]
fn established_are_the_accepted_and_the_waiting() -> Result<()> {
    descriptors::room_for(4096)?;
    let namespace = namespace()?;
    let listener = namespace.run(|| TcpListener::bind("127.0.0.1:0"))?;
    // SAFETY: a socket that is open, and a number.
    Errno::result(unsafe { libc::listen(listener.as_raw_fd(), 4096) })?;
    let address = listener.local_addr()?;
    let done = AtomicBool::new(false);
    let (clients, servers, reads) = thread::scope(|scope| -> Result<_> {
        let reader = scope.spawn(|| read_until(&listener, &done));
        let connecting = [(); CLIENTS].map(|()| {
            scope.spawn(|| {
                namespace.enter()?;
                connect(address, CONNECTIONS / CLIENTS)
            })
        });
        let accepting = scope.spawn(|| (0..ACCEPTED).map(|_| listener.accept()).collect::<Result<Vec<_>, _>>());
        let mut clients = Vec::new();
        for thread in connecting {
            clients.extend(thread.join().unwrap_or_else(|panic| resume_unwind(panic))?);
        }
        let servers = accepting.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        done.store(true, Ordering::Relaxed);
        let reads = reader.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        Ok((clients, servers, reads))
    })?;
    ensure!(reads > 0, "nobody read meanwhile");

    let counters = Counters::read(&namespace)?;
    assert_eq!(counters.get("TcpPassiveOpens")?, 3000);
    assert_eq!(counters.get("TcpExtListenDrops")?, 0);
    let count = CONNECTIONS as u64;
    let accepted = ACCEPTED as u64;
    // On a busy machine a handshake may take longer than a second.
    let repeated = counters.get("TcpExtTCPSynRetrans")?.cast_unsigned();
    let syns = watch().rows(&listener)?.syns;
    ensure!(
        (count..=count + repeated).contains(&syns),
        "{syns} SYNs, {repeated} repeated"
    );
    let mut expected = Rows {
        syns,
        initial: count,
        established: count,
        accepted,
        exceeded: 0,
        connections: None,
        backlog: count - accepted,
        waiting: count - accepted,
    };
    // The last of those that closed may be on their way.
    let began = Instant::now();
    loop {
        expected.connections = Some(in_use(&servers)?);
        let rows = watch().rows(&listener)?;
        if rows == expected {
            break;
        }
        ensure!(began.elapsed() < PATIENCE, "{rows:?}\nexpected {expected:?}");
    }
    ensure!(expected.connections > Some(0), "none of the accepted ones is open");
    drop(clients);
    watch().expect(
        &listener,
        &Rows {
            connections: Some(0),
            ..expected
        },
    )
}
