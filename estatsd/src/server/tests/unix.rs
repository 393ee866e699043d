//! The Unix socket, from the side of its clients.

use std::{
    fs,
    os::{
        fd::{AsFd, AsRawFd, OwnedFd},
        unix::fs::PermissionsExt,
    },
    path::Path,
    thread,
    time::{Duration, Instant},
};

use estats_protocol::{Client, EstatsMessage, Masks, acknowledgement::outcome, client::Error, datagram::Messages};
use estats_spec::wire::cmd;
use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::{
        socket::{
            AddressFamily, MsgFlags, SockFlag, SockType, UnixAddr, connect, recv, send, setsockopt, socket, sockopt,
        },
        time::TimeVal,
    },
};

use super::{
    exchange::{ending, request},
    running::{Running, directory, entries},
};
use crate::server::{Limits, UnixServer, socket_file::BindError};

pub(super) fn raw(path: &Path) -> OwnedFd {
    let socket = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None).unwrap();
    setsockopt(&socket, sockopt::ReceiveTimeout, &TimeVal::new(10, 0)).unwrap();
    setsockopt(&socket, sockopt::SendTimeout, &TimeVal::new(10, 0)).unwrap();
    connect(socket.as_raw_fd(), &UnixAddr::new(path).unwrap()).unwrap();
    socket
}

fn say(socket: &OwnedFd, datagram: &[u8]) {
    assert_eq!(
        send(socket.as_raw_fd(), datagram, MsgFlags::MSG_NOSIGNAL).unwrap(),
        datagram.len()
    );
}

fn hear(socket: &OwnedFd) -> Vec<u8> {
    let mut buffer = vec![0; 8192];
    let length = recv(socket.as_raw_fd(), &mut buffer, MsgFlags::empty()).unwrap();
    buffer.truncate(length);
    buffer
}

fn everything(command: u8) -> Vec<u8> {
    request(EstatsMessage {
        command,
        attributes: Vec::new(),
    })
}

#[test]
fn a_client_lists_reads_and_writes() {
    let running = Running::start(1..=100, Limits::default());
    let mut client = Client::connect(&running.socket()).unwrap();
    assert_eq!(client.family_id(), 1024);
    let cids: Vec<u32> = client.list().unwrap().iter().map(|tuple| tuple.cid).collect();
    assert_eq!(cids, (1..=100).collect::<Vec<_>>());
    // The tests run as root or as somebody to whom no connection belongs.
    if nix::unistd::geteuid().is_root() {
        assert_eq!(client.read_vars(7, &Masks::ALL).unwrap().tuple.cid, 7);
        assert_eq!(client.read_all().unwrap().len(), 100);
        client.write_var(7, "LimCwnd", 5).unwrap();
    } else {
        assert_eq!(
            client.read_vars(7, &Masks::ALL).unwrap_err().refusal(),
            Some(Errno::EACCES)
        );
        assert_eq!(client.read_all().unwrap().len(), 0);
    }
    assert_eq!(client.mib().unwrap().num_vars, 124);
    assert_eq!(
        client.read_vars(101, &Masks::ALL).unwrap_err().refusal(),
        Some(Errno::EINVAL)
    );
}

#[test]
fn broken_requests_do_not_end_the_conversation() {
    let running = Running::start(1..=3, Limits::default());
    let socket = raw(&running.socket());
    say(&socket, &[]);
    say(&socket, &[1, 2, 3]);
    say(&socket, &[]);
    let mut cut = request(EstatsMessage::list(0, None));
    cut.truncate(25);
    say(&socket, &cut);
    assert_eq!(ending(&hear(&socket)), Some(libc::EINVAL));
    let mut long = request(EstatsMessage::list(0, None));
    long[..4].copy_from_slice(&10_000_u32.to_ne_bytes());
    long.resize(10_000, 0);
    say(&socket, &long);
    assert_eq!(ending(&hear(&socket)), Some(libc::EMSGSIZE));
    say(&socket, &request(EstatsMessage::list(0, None)));
    assert_eq!(hear(&socket).len(), 3 * 96);
    assert_eq!(ending(&hear(&socket)), Some(0));
}

#[test]
fn a_client_that_does_not_read_delays_nobody_and_gets_everything_later() {
    let running = Running::start(1..=20_000, Limits::default());
    let stuck = raw(&running.socket());
    say(&stuck, &everything(cmd::LIST_CONNS));
    // Far more than fits into its socket, which is now full.
    thread::sleep(Duration::from_millis(200));
    let mut slowest = Duration::ZERO;
    for _ in 0..20 {
        let start = Instant::now();
        let mut client = Client::connect(&running.socket()).unwrap();
        client.timestamp(Duration::ZERO).unwrap();
        slowest = slowest.max(start.elapsed());
    }
    assert!(slowest < Duration::from_millis(200), "{slowest:?}");
    let mut cids = Vec::new();
    loop {
        let datagram = hear(&stuck);
        let messages: Vec<_> = Messages::new(&datagram).collect();
        if outcome(&messages[0]).unwrap().is_some() {
            break;
        }
        cids.extend(messages.iter().map(|message| message.estats().unwrap().cid().unwrap()));
    }
    assert_eq!(cids, (1..=20_000).collect::<Vec<_>>());
}

#[test]
fn a_client_that_never_reads_is_given_up() {
    let limits = Limits {
        patience: Duration::from_millis(100),
        ..Limits::default()
    };
    let running = Running::start(1..=20_000, limits);
    let stuck = raw(&running.socket());
    say(&stuck, &everything(cmd::LIST_CONNS));
    let mut fds = [PollFd::new(stuck.as_fd(), PollFlags::empty())];
    let events = poll(&mut fds, PollTimeout::from(10_000_u16)).unwrap();
    assert_eq!(
        (events, fds[0].revents()),
        (1, Some(PollFlags::POLLHUP)),
        "it is disconnected"
    );
    let mut bytes = 0;
    loop {
        let datagram = hear(&stuck);
        if datagram.is_empty() {
            break;
        }
        assert_eq!(ending(&datagram), None);
        bytes += datagram.len();
    }
    assert!(bytes < 20_000 * 96);
}

#[test]
fn a_thousand_clients() {
    raise_the_limit_of_open_files();
    let running = Running::start(1..=10, Limits::default());
    let mut clients: Vec<Client> = (0..1000).map(|_| Client::connect(&running.socket()).unwrap()).collect();
    for client in &mut clients {
        assert_eq!(client.list().unwrap().len(), 10);
    }
}

fn raise_the_limit_of_open_files() {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: both calls get a valid pointer to a limit that lives across them.
    unsafe {
        assert_eq!(libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit), 0);
        limit.rlim_cur = limit.rlim_max;
        assert_eq!(libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit), 0);
    }
    assert!(limit.rlim_cur > 2200, "this test needs 2200 open files");
}

#[test]
fn more_clients_than_allowed_are_turned_away() {
    let limits = Limits {
        clients: 1,
        ..Limits::default()
    };
    let running = Running::start(1..=10, limits);
    let mut client = Client::connect(&running.socket()).unwrap();
    let error = Client::connect(&running.socket()).unwrap_err();
    assert_eq!(error.refusal(), Some(Errno::ENOBUFS));
    assert!(error.to_string().contains("as many clients"), "{error}");
    assert_eq!(client.list().unwrap().len(), 10);
    drop(client);
    // The server learns of it a moment later.
    let deadline = Instant::now() + Duration::from_secs(5);
    while Client::connect(&running.socket()).is_err() {
        assert!(Instant::now() < deadline, "the place stays taken");
    }
}

#[test]
fn clients_lose_a_server_that_stops_and_nothing_is_left() {
    let mut running = Running::start(1..=10, Limits::default());
    let mut client = Client::connect(&running.socket()).unwrap();
    assert_eq!(entries(&running.directory), ["estats.sock", "estats.sock.portid"]);
    running.stop();
    assert!(matches!(client.list(), Err(Error::ConnectionLost)));
    assert!(matches!(
        Client::connect(&running.socket()),
        Err(Error::NotRunning { .. })
    ));
    assert_eq!(entries(&running.directory), [""; 0]);
}

/// Binds inside a runtime of its own.
fn bind(path: &Path) -> Result<UnixServer, BindError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let _inside = runtime.enter();
    UnixServer::bind(path)
}

#[test]
fn a_second_server_does_not_start() {
    let running = Running::start(1..=10, Limits::default());
    let error = bind(&running.socket()).unwrap_err();
    assert!(matches!(error, BindError::Taken(_)), "{error}");
    assert!(error.to_string().contains(running.socket().to_str().unwrap()));
    // And has not taken the socket from the first.
    Client::connect(&running.socket()).unwrap();
}

#[test]
fn an_abandoned_socket_is_replaced_and_another_file_is_not() {
    let directory = directory();
    let path = directory.join("new/dir/estats.sock");
    drop(bind(&path).unwrap());
    assert!(!path.exists());

    // As after SIGKILL: the name without a listener.
    let killed = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None).unwrap();
    nix::sys::socket::bind(killed.as_raw_fd(), &UnixAddr::new(&path).unwrap()).unwrap();
    drop(killed);
    assert!(matches!(Client::connect(&path), Err(Error::NotRunning { .. })));
    let server = bind(&path).unwrap();
    raw(&path);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o666);
    drop(server);

    fs::write(&path, "precious").unwrap();
    assert!(matches!(bind(&path), Err(BindError::NotASocket(_))));
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn a_server_leaves_the_socket_of_its_successor() {
    let directory = directory();
    let path = directory.join("estats.sock");
    let first = bind(&path).unwrap();
    fs::remove_file(&path).unwrap();
    let second = bind(&path).unwrap();
    drop(first);
    assert!(path.exists());
    drop(second);
    assert!(!path.exists());
    fs::remove_dir(directory).unwrap();
}

#[test]
fn a_path_that_is_too_long_is_named() {
    let directory = directory();
    let path = directory.join("x".repeat(120));
    let error = bind(&path).unwrap_err().to_string();
    assert!(error.contains("xxx"), "{error}");
    fs::remove_dir(directory).unwrap();
}
