//! What subscribers are told of connections that end: each exactly once, with its final values.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd as _;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use estats_protocol::extension::{Event, Events, Notice, Row};
use estats_protocol::{Client, Value};
use estats_spec::Id;
use estats_tests::daemon::Daemon;
use estats_tests::netns::Namespace;
use estats_tests::observer::Endpoint;
use nix::errno::Errno;

const PATIENCE: Duration = Duration::from_secs(20);

/// A daemon and a subscriber in a namespace of their own, and a listener.
struct Scene {
    namespace: Namespace,
    daemon: Daemon,
    client: Client,
    listener: TcpListener,
    /// Closings by the ends, as far as they were told.
    closed: BTreeMap<(Endpoint, Endpoint), Vec<Row>>,
    established: usize,
}

impl Scene {
    fn new() -> Result<Scene> {
        let namespace = Namespace::new()?;
        let daemon = Daemon::start(&namespace)?;
        let mut client = daemon.client()?;
        client.subscribe(Events::ALL)?;
        let listener = namespace.run(|| TcpListener::bind("127.0.0.1:0"))?;
        Ok(Scene {
            namespace,
            daemon,
            client,
            listener,
            closed: BTreeMap::new(),
            established: 0,
        })
    }

    /// Opens a connection: client and server.
    fn open(&self) -> Result<[TcpStream; 2]> {
        let end = self.listener.local_addr()?;
        let client = self.namespace.run(|| TcpStream::connect(end))?;
        Ok([client, self.listener.accept()?.0])
    }

    fn take(&mut self, notice: Notice, port: u16) -> Result<()> {
        ensure!(notice.missed == 0, "{} notices were missed", notice.missed);
        match notice.event {
            // Other tests of this machine have connections, too.
            Event::Established(details) if [details.tuple.local.1, details.tuple.remote.1].contains(&port) => {
                self.established += 1;
            }
            Event::Closed(row) if [row.tuple.local.1, row.tuple.remote.1].contains(&port) => {
                ensure!(row.origin.closed, "{:?} is not closed", row.origin);
                self.closed
                    .entry((row.tuple.local, row.tuple.remote))
                    .or_default()
                    .push(row);
            }
            _ => {}
        }
        Ok(())
    }

    /// Waits until so many ends were told to be closed.
    fn wait_for(&mut self, ends: usize) -> Result<()> {
        let port = self.listener.local_addr()?.port();
        while self.closed.len() < ends {
            let Some(notice) = self.client.next_notice(PATIENCE)? else {
                bail!("only {} of {ends} ends are told to be closed", self.closed.len());
            };
            self.take(notice, port)?;
        }
        Ok(())
    }

    /// The final values of a connection: told once, and nothing else told since. A further connection shows that nothing is on its
    /// way any more.
    fn ended(&mut self, ends: &[(SocketAddr, SocketAddr)]) -> Result<Vec<Row>> {
        self.wait_for(ends.len())?;
        let last = self.open()?;
        drop(last);
        self.wait_for(ends.len() + 2)?;
        assert_eq!(self.established, ends.len() + 2);
        ensure!(self.closed.values().all(|rows| rows.len() == 1), "an end closed twice");
        assert_eq!(self.client.scalars()?.events_lost, 0, "{}", self.daemon.log());
        let end = |address: SocketAddr| (address.ip(), address.port());
        ends.iter()
            .map(|(local, remote)| {
                let rows = self.closed.remove(&(end(*local), end(*remote)));
                let mut rows = rows.with_context(|| format!("{local} to {remote} is not told to be closed"))?;
                rows.pop().context("no row")
            })
            .collect()
    }
}

/// The ends of a connection as each side sees them.
fn ends([client, server]: &[TcpStream; 2]) -> Result<[(SocketAddr, SocketAddr); 2]> {
    Ok([
        (client.local_addr()?, client.peer_addr()?),
        (server.local_addr()?, server.peer_addr()?),
    ])
}

fn number(row: &Row, id: Id) -> Option<u64> {
    row.instruments[id].map(Value::as_u64)
}

fn set(socket: &TcpStream, level: i32, option: i32, value: &[i32]) -> Result<()> {
    // SAFETY: the options take one or two integers, which are there.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            option,
            value.as_ptr().cast(),
            libc::socklen_t::try_from(size_of_val(value))?,
        )
    };
    Errno::result(result)?;
    Ok(())
}

#[test]
fn an_orderly_end_is_told_with_the_final_values() -> Result<()> {
    let mut scene = Scene::new()?;
    let pair = scene.open()?;
    let ends = ends(&pair)?;
    let [client, mut server] = pair;
    (&client).write_all(&[1; 4321])?;
    server.read_exact(&mut [0; 4321])?;
    // The client closes first and waits in TIME-WAIT; the server ends in LAST-ACK.
    drop(client);
    server.read_to_end(&mut Vec::new())?;
    drop(server);
    let rows = scene.ended(&ends)?;
    // Beside the octets: SYN and FIN were acknowledged, and the FIN received.
    assert_eq!(number(&rows[0], Id::HCThruOctetsAcked), Some(4323));
    assert_eq!(number(&rows[1], Id::HCThruOctetsReceived), Some(4322));
    assert_eq!(number(&rows[1], Id::HCDataOctetsIn), Some(4321));
    // 1 is CLOSED.
    assert_eq!(number(&rows[1], Id::State), Some(1));
    Ok(())
}

#[test]
fn a_reset_is_one_end_for_each_side() -> Result<()> {
    let mut scene = Scene::new()?;
    let pair = scene.open()?;
    let ends = ends(&pair)?;
    set(&pair[0], libc::SOL_SOCKET, libc::SO_LINGER, &[1, 0])?;
    let [client, mut server] = pair;
    (&client).write_all(&[1; 10])?;
    server.read_exact(&mut [0; 10])?;
    drop(client);
    server.read(&mut [0; 1]).unwrap_err();
    drop(server);
    let rows = scene.ended(&ends)?;
    assert_eq!(number(&rows[1], Id::HCDataOctetsIn), Some(10));
    Ok(())
}

#[test]
fn a_timeout_is_an_end() -> Result<()> {
    let mut scene = Scene::new()?;
    let pair = scene.open()?;
    let ends = ends(&pair)?;
    // Milliseconds.
    set(&pair[0], libc::IPPROTO_TCP, libc::TCP_USER_TIMEOUT, &[300])?;
    scene.namespace.ip("link set lo down")?;
    let [client, server] = pair;
    (&client).write_all(&[1; 10])?;
    let error = (&client).read(&mut [0; 1]).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ETIMEDOUT));
    drop((client, server));
    scene.namespace.ip("link set lo up")?;
    let rows = scene.ended(&ends)?;
    ensure!(number(&rows[0], Id::SegsRetrans) >= Some(1), "nothing was repeated");
    assert_eq!(number(&rows[1], Id::HCDataOctetsIn), Some(0));
    Ok(())
}

#[test]
fn what_was_never_established_has_no_end() -> Result<()> {
    let mut scene = Scene::new()?;
    let refused = scene.namespace.run(|| {
        let closed = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        Ok::<_, std::io::Error>(TcpStream::connect(closed).is_err())
    })?;
    ensure!(refused, "somebody listens at a port that was free");
    scene.ended(&[])?;
    Ok(())
}

#[test]
fn the_end_of_a_namespace_is_the_end_of_its_connections() -> Result<()> {
    let mut scene = Scene::new()?;
    let other = Namespace::new()?;
    let port = scene.listener.local_addr()?.port();
    let pair = other.run(|| {
        let listener = TcpListener::bind(("127.0.0.1", port))?;
        let client = TcpStream::connect(listener.local_addr()?)?;
        Ok::<_, std::io::Error>([client, listener.accept()?.0])
    })?;
    let ends = ends(&pair)?;
    (&pair[0]).write_all(&[0; 55])?;
    drop(other);
    drop(pair);
    let rows = scene.ended(&ends)?;
    assert_eq!(number(&rows[1], Id::HCDataOctetsIn), Some(55));
    Ok(())
}
