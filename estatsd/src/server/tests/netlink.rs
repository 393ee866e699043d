//! The netlink socket, from the side of its clients.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    thread,
    time::{Duration, Instant},
};

use estats_protocol::{EstatsMessage, Masks, acknowledgement::outcome, control, datagram::Messages};
use estats_spec::wire::cmd;
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_USERSOCK};
use nix::sys::{
    socket::{setsockopt, sockopt::ReceiveTimeout},
    time::TimeVal,
};

use super::{
    exchange::{ending, request},
    running::Running,
};
use crate::server::Limits;

/// A client with a port of its own.
pub(super) struct Peer {
    socket: Socket,
    port: u32,
    server: SocketAddr,
}

impl Peer {
    pub(super) fn new(running: &Running) -> Self {
        let mut socket = Socket::new(NETLINK_USERSOCK).unwrap();
        setsockopt(&socket, ReceiveTimeout, &TimeVal::new(10, 0)).unwrap();
        let port = socket.bind_auto().unwrap().port_number();
        Self {
            socket,
            port,
            server: SocketAddr::new(running.port, 0),
        }
    }

    pub(super) fn say(&self, datagram: &[u8]) {
        assert_eq!(self.socket.send_to(datagram, &self.server, 0).unwrap(), datagram.len());
    }

    pub(super) fn hear(&self) -> Vec<u8> {
        let (datagram, from) = self.socket.recv_from_full().unwrap();
        assert_eq!(from.port_number(), self.server.port_number());
        datagram
    }
}

fn everything() -> Vec<u8> {
    request(EstatsMessage {
        command: cmd::LIST_CONNS,
        attributes: Vec::new(),
    })
}

#[test]
fn the_port_is_published_and_answers() {
    let running = Running::start(1..=3, Limits::default());
    let file = running.directory.join("estats.sock.portid");
    assert_eq!(fs::read_to_string(&file).unwrap().trim(), running.port.to_string());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644);

    let peer = Peer::new(&running);
    peer.say(&control::family_request(77));
    peer.hear();
    let acknowledgement = peer.hear();
    assert_eq!((acknowledgement.len(), ending(&acknowledgement)), (36, Some(0)));
    assert_eq!(acknowledgement[12..16], peer.port.to_ne_bytes());

    peer.say(&request(EstatsMessage::list(0, None)));
    assert_eq!(peer.hear().len(), 3 * 96);
    assert_eq!(ending(&peer.hear()), Some(0));
}

#[test]
fn a_caller_is_known_by_the_ids_of_the_datagram() {
    let running = Running::start(1..=3, Limits::default());
    let peer = Peer::new(&running);
    peer.say(&request(EstatsMessage::read_vars(2, &Masks::ALL)));
    if nix::unistd::getuid().is_root() {
        assert_eq!(ending(&peer.hear()), None);
        assert_eq!(ending(&peer.hear()), Some(0));
    } else {
        assert_eq!(ending(&peer.hear()), Some(libc::EACCES));
    }
}

#[test]
fn broken_requests_are_survived() {
    let running = Running::start(1..=3, Limits::default());
    let peer = Peer::new(&running);
    peer.say(&[1, 2, 3]);
    let mut long = request(EstatsMessage::list(0, None));
    long[..4].copy_from_slice(&10_000_u32.to_ne_bytes());
    long.resize(10_000, 0);
    peer.say(&long);
    assert_eq!(ending(&peer.hear()), Some(libc::EMSGSIZE));
    peer.say(&request(EstatsMessage::list(2, None)));
    assert_eq!(peer.hear().len(), 2 * 96);
    assert_eq!(ending(&peer.hear()), Some(0));
}

#[test]
fn a_client_that_does_not_read_delays_nobody_and_gets_everything_later() {
    let running = Running::start(1..=20_000, Limits::default());
    let stuck = Peer::new(&running);
    stuck.say(&everything());
    thread::sleep(Duration::from_millis(200));
    let peer = Peer::new(&running);
    let mut slowest = Duration::ZERO;
    for _ in 0..20 {
        let start = Instant::now();
        peer.say(&request(EstatsMessage::timestamp(0)));
        peer.hear();
        assert_eq!(ending(&peer.hear()), Some(0));
        slowest = slowest.max(start.elapsed());
    }
    assert!(slowest < Duration::from_millis(200), "{slowest:?}");
    let mut cids = Vec::new();
    loop {
        let datagram = stuck.hear();
        let messages: Vec<_> = Messages::new(&datagram).collect();
        if outcome(&messages[0]).unwrap().is_some() {
            break;
        }
        cids.extend(messages.iter().map(|message| message.estats().unwrap().cid().unwrap()));
    }
    assert_eq!(cids, (1..=20_000).collect::<Vec<_>>());
}

#[test]
fn clients_that_never_read_or_close_make_room_for_others() {
    let limits = Limits {
        patience: Duration::from_secs(1),
        clients: 1,
        ..Limits::default()
    };
    let running = Running::start(1..=20_000, limits);
    let other = Peer::new(&running);
    let refused = || {
        other.say(&request(EstatsMessage::timestamp(0)));
        match ending(&other.hear()) {
            Some(errno) => errno == libc::ENOBUFS,
            None => ending(&other.hear()) != Some(0),
        }
    };
    let stuck = Peer::new(&running);
    stuck.say(&everything());
    let closing = Peer::new(&running);
    assert!(refused(), "there is one place, and it is taken");
    let deadline = Instant::now() + Duration::from_secs(10);
    while refused() {
        assert!(Instant::now() < deadline, "the place stays taken");
        thread::sleep(Duration::from_millis(20));
    }
    closing.say(&everything());
    drop(closing);
    let start = Instant::now();
    while refused() {
        assert!(start.elapsed() < limits.patience, "a closed socket is not waited for");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn requests_that_pile_up_are_refused_in_the_end() {
    let running = Running::start(1..=20_000, Limits::default());
    let hasty = Peer::new(&running);
    for _ in 0..12 {
        hasty.say(&everything());
    }
    // Eight wait, or one less if the first is already being answered; the others are told at once.
    let mut endings = Vec::new();
    while endings.len() < 12 {
        let datagram = hasty.hear();
        let message = Messages::new(&datagram).next().unwrap();
        endings.extend(outcome(&message).unwrap());
    }
    let refused = endings.iter().filter(|errno| **errno == libc::ENOBUFS).count();
    assert!((3..=4).contains(&refused), "{endings:?}");
    assert_eq!(endings.iter().filter(|errno| **errno == 0).count(), 12 - refused);
}
