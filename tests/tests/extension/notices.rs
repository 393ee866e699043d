//! Notices of connections that open and close.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use estats_protocol::datagram::Messages;
use estats_protocol::extension::{Event, Notice};
use estats_protocol::{Client, Details, Events, Row, Scalar, Value};
use estats_spec::Id;
use estats_spec::wire::extension::MULTICAST_GROUP_ID;
use estats_tests::credentials::as_user;
use estats_tests::observer::ends;
use estats_tests::sockopt;
use estats_tests::traffic::{receive, send, transfer};
use nix::sys::socket::sockopt::ReceiveTimeout;
use nix::sys::socket::{AddressFamily, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, setsockopt, socket};
use nix::sys::time::TimeVal;

use crate::{Scene, USER};

/// Longer than anything here can take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The next notice about a connection of the scene; none may be missed.
fn next(client: &mut Client, scene: &Scene) -> Result<Event> {
    loop {
        let notice = client.next_notice(PATIENCE)?.context("nothing happens")?;
        ensure!(notice.missed == 0, "{} missed", notice.missed);
        let netns = match &notice.event {
            Event::Established(Details { origin, .. }) | Event::Closed(Row { origin, .. }) => origin.netns,
        };
        if netns == scene.netns {
            return Ok(notice.event);
        }
    }
}

#[test]
fn a_connection_is_told_when_it_opens_and_when_it_closes() -> Result<()> {
    let mut scene = Scene::new()?;
    let mut subscriber = scene.observer.daemon.client()?;
    subscriber.subscribe(Events::ALL)?;
    let pair = scene.pair()?;
    transfer(&pair.client, &pair.server, 12_345)?;
    let mut both: BTreeMap<u32, _> = BTreeMap::new();
    for socket in [&pair.client, &pair.server] {
        both.insert(scene.observer.cid(socket)?, ends(socket)?);
    }
    let mut opened = BTreeMap::new();
    for _ in 0..2 {
        let Event::Established(details) = next(&mut subscriber, &scene)? else {
            panic!("nothing has closed yet");
        };
        assert!(!details.origin.closed && !details.origin.adopted);
        opened.insert(details.tuple.cid, (details.tuple.local, details.tuple.remote));
    }
    assert_eq!(opened, both);

    let client = scene.observer.cid(&pair.client)?;
    // The peer's FIN is acknowledged before it closes, so neither end is left in TIME-WAIT unheard.
    drop(pair);
    let mut closed = BTreeMap::new();
    for _ in 0..2 {
        let Event::Closed(row) = next(&mut subscriber, &scene)? else {
            panic!("nothing opens any more");
        };
        assert!(row.origin.closed);
        assert_eq!(Some(&(row.tuple.local, row.tuple.remote)), both.get(&row.tuple.cid));
        closed.insert(row.tuple.cid, row.instruments);
    }
    for (cid, instruments) in &closed {
        let (sent, received) = if *cid == client { (12_345, 0) } else { (0, 12_345) };
        assert_eq!(instruments[Id::HCDataOctetsOut], Some(Value::U64(sent)));
        assert_eq!(instruments[Id::HCDataOctetsIn], Some(Value::U64(received)));
        // The FIN counts one, and the SYN of an active open.
        let more = if *cid == client { 2 } else { 1 };
        assert_eq!(instruments[Id::HCThruOctetsAcked], Some(Value::U64(sent + more)));
    }
    Ok(())
}

#[test]
fn of_a_stranger_only_openings_are_told() -> Result<()> {
    let scene = Scene::new()?;
    let mut stranger = as_user(USER, USER, || scene.observer.daemon.client())?;
    stranger.subscribe(Events::ALL)?;
    drop(scene.pair()?);
    drop(scene.pair()?);
    for _ in 0..4 {
        let Event::Established(details) = next(&mut stranger, &scene)? else {
            panic!("a closing is told to a stranger");
        };
        let origin = details.origin;
        assert_eq!(
            (origin.uid, origin.gid, origin.pid, origin.comm),
            (Some(0), None, None, None)
        );
    }
    Ok(())
}

/// Opens a connection, moves `octets` to its client, closes it.
fn exchange(address: SocketAddr, octets: u64) -> Result<()> {
    let client = TcpStream::connect(address)?;
    receive(&client, octets)?;
    Ok(())
}

#[test]
fn every_closing_is_told_once_with_its_final_values() -> Result<()> {
    const CONNECTIONS: usize = 2000;
    const OCTETS: u64 = 1000;
    let scene = Scene::new()?;
    let mut subscriber = scene.observer.daemon.client()?;
    subscriber.subscribe(Events {
        established: false,
        closed: true,
    })?;
    let listener = scene.namespace.run(|| std::net::TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    let clients = scene.namespace.run(move || {
        std::thread::scope(|scope| {
            let server = scope.spawn(move || -> Result<()> {
                for _ in 0..CONNECTIONS {
                    let (socket, _) = listener.accept()?;
                    send(&socket, OCTETS)?;
                }
                Ok(())
            });
            for _ in 0..CONNECTIONS {
                exchange(address, OCTETS)?;
            }
            server.join().expect("the server does not panic")
        })
    });
    clients?;
    let mut cids = BTreeSet::new();
    while cids.len() < 2 * CONNECTIONS {
        let Event::Closed(row) = next(&mut subscriber, &scene)? else {
            panic!("openings are told");
        };
        ensure!(cids.insert(row.tuple.cid), "{} is told twice", row.tuple);
        let octets = [Id::HCDataOctetsOut, Id::HCDataOctetsIn].map(|id| row.instruments[id].map(Value::as_u64));
        let expected = if row.tuple.local.1 == address.port() {
            [OCTETS, 0]
        } else {
            [0, OCTETS]
        };
        ensure!(octets == expected.map(Some), "{}: {octets:?}", row.tuple);
    }
    let mut client = scene.observer.daemon.client()?;
    assert_eq!(client.scalars()?.events_lost, 0);
    Ok(())
}

/// A member of the daemon's multicast group, in the current network namespace.
fn member() -> Result<OwnedFd> {
    let socket = socket(
        AddressFamily::Netlink,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC,
        SockProtocol::NetlinkUserSock,
    )?;
    // With a port of its own: to port 0 the kernel sends nothing.
    bind(socket.as_raw_fd(), &NetlinkAddr::new(0, 0))?;
    setsockopt(&socket, ReceiveTimeout, &TimeVal::new(20, 0))?;
    let group = i32::try_from(MULTICAST_GROUP_ID)?;
    sockopt::set(&socket, libc::SOL_NETLINK, libc::NETLINK_ADD_MEMBERSHIP, group)?;
    Ok(socket)
}

#[test]
fn the_multicast_group_is_told_while_it_is_switched_on() -> Result<()> {
    let mut scene = Scene::new()?;
    let refused = scene.namespace.run(|| as_user(USER, USER, member)).unwrap_err();
    let refused = refused.downcast_ref().and_then(std::io::Error::raw_os_error);
    assert_eq!(refused, Some(libc::EPERM), "the kernel lets only some join");
    let member = scene.namespace.run(member)?;
    // Switched off at first: this one is not told.
    let _unheard = scene.pair()?;
    scene.observer.client.set_scalar(Scalar::ControlNotify(true))?;
    let pair = scene.pair()?;
    let expected: BTreeSet<u32> = [scene.observer.cid(&pair.client)?, scene.observer.cid(&pair.server)?].into();
    drop(pair);
    let (mut opened, mut closed) = (BTreeSet::new(), BTreeSet::new());
    while opened != expected || closed != expected {
        let mut buffer = vec![0; 4096];
        let length = nix::unistd::read(&member, &mut buffer).context("the group is not told")?;
        for message in Messages::new(&buffer[..length]) {
            let notice = Notice::decode(&message.estats()?)?;
            let (told, details) = match notice.event {
                Event::Established(Details { tuple, origin }) => (&mut opened, (tuple.cid, origin.netns)),
                Event::Closed(Row { tuple, origin, .. }) => (&mut closed, (tuple.cid, origin.netns)),
            };
            if details.1 == scene.netns {
                ensure!(expected.contains(&details.0), "{} is told", details.0);
                told.insert(details.0);
            }
        }
    }
    Ok(())
}
