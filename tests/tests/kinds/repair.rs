//! Connections that go on in another socket: dumped here, restored there (`TCP_REPAIR`), without a segment.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use estats_spec::Id;
use estats_tests::netns::Namespace;
use estats_tests::observer::{Observer, number};
use estats_tests::peer::{Setup, ack, data};
use estats_tests::sockopt;
use estats_tests::traffic::transfer;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrStorage, bind, connect, socket};

use crate::counters::expect_counters;

/// Longer than an acknowledgement takes.
const PATIENCE: Duration = Duration::from_secs(30);

// `linux/tcp.h`.
const RECEIVE_QUEUE: i32 = 1;
const SEND_QUEUE: i32 = 2;
const OFF_WITHOUT_PROBE: i32 = -1;

// Kinds of TCP options.
const MSS: u32 = 2;
const WINDOW_SCALE: u32 = 3;
const SACK_PERMITTED: u32 = 4;

/// Room for what is sent here, octets.
const WINDOW: u32 = 10_000;

/// One end of a connection that is restored.
struct End {
    address: SocketAddr,
    /// The next sequence number that it sends.
    next: u32,
    /// The window scale that it announced.
    scale: u32,
}

fn repair(socket: &OwnedFd, option: i32, value: i32) -> Result<()> {
    Ok(sockopt::set(socket, libc::IPPROTO_TCP, option, value)?)
}

/// Words as an option of the socket.
fn repair_with(socket: &OwnedFd, option: i32, words: &[u32]) -> Result<()> {
    let octets: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
    Ok(sockopt::set_bytes(socket, libc::IPPROTO_TCP, option, &octets)?)
}

/// Restores `own` end of the connection to `peer`, as of one whose SYNs had a segment size of 1460, window scales, and SACK.
fn restore(own: &End, peer: &End) -> Result<TcpStream> {
    let socket = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
    sockopt::set(&socket, libc::SOL_SOCKET, libc::SO_REUSEADDR, 1)?;
    repair(&socket, libc::TCP_REPAIR, 1)?;
    for (queue, next) in [(SEND_QUEUE, own.next), (RECEIVE_QUEUE, peer.next)] {
        repair(&socket, libc::TCP_REPAIR_QUEUE, queue)?;
        repair(&socket, libc::TCP_QUEUE_SEQ, next.cast_signed())?;
    }
    bind(socket.as_raw_fd(), &SockaddrStorage::from(own.address))?;
    connect(socket.as_raw_fd(), &SockaddrStorage::from(peer.address))?;
    let scales = own.scale << 16 | peer.scale;
    let options = [MSS, 1460, WINDOW_SCALE, scales, SACK_PERMITTED, 0];
    repair_with(&socket, libc::TCP_REPAIR_OPTIONS, &options)?;
    // `struct tcp_repair_window`.
    let windows = [peer.next, WINDOW, WINDOW, WINDOW, peer.next];
    repair_with(&socket, libc::TCP_REPAIR_WINDOW, &windows)?;
    repair(&socket, libc::TCP_REPAIR, OFF_WITHOUT_PROBE)?;
    Ok(socket.into())
}

/// What the sockets were told is known; how the connection began is not in them.
#[test]
fn a_restored_connection_has_what_it_was_given_and_no_beginning() -> Result<()> {
    let namespace = Namespace::new()?;
    let mut observer = Observer::start(&namespace)?;
    let end = |port, next, scale| End {
        address: (Ipv4Addr::LOCALHOST, port).into(),
        next,
        scale,
    };
    let (here, there) = (end(10_001, 1000, 5), end(10_002, 5000, 7));
    let (first, second) =
        namespace.run(|| Ok::<_, anyhow::Error>((restore(&here, &there)?, restore(&there, &here)?)))?;
    for (socket, own, peer) in [(&first, &here, &there), (&second, &there, &here)] {
        let reading = observer.read(socket)?;
        let given = [
            (Id::State, Some(5)),
            (Id::SegsOut, Some(0)),
            (Id::SegsIn, Some(0)),
            (Id::SndNxt, Some(own.next.into())),
            (Id::RcvNxt, Some(peer.next.into())),
            (Id::MSSRcvd, Some(1460)),
            (Id::WinScaleSent, Some(own.scale.into())),
            (Id::WinScaleRcvd, Some(peer.scale.into())),
            (Id::WillSendSACK, Some(1)),
            (Id::WillUseSACK, Some(1)),
            (Id::CountRTT, Some(0)),
            (Id::ActiveOpen, None),
            (Id::SndInitial, None),
            (Id::RecInitial, None),
            (Id::MSSSent, None),
            (Id::TimeStamps, None),
            (Id::ECN, None),
        ];
        for (id, expected) in given {
            ensure!(
                number(&reading, id) == expected,
                "{id} is not {expected:?}: {reading:?}"
            );
        }
    }
    transfer(&first, &second, 1000)?;
    let received = observer.read(&second)?;
    ensure!(number(&received, Id::ThruOctetsReceived) == Some(1000), "{received:?}");
    let started = Instant::now();
    loop {
        let sent = observer.read(&first)?;
        let moved = [
            (Id::SndUna, Some(2000)),
            (Id::SndNxt, Some(2000)),
            (Id::ThruOctetsAcked, Some(1000)),
            (Id::ActiveOpen, None),
            (Id::SndInitial, None),
        ];
        if moved.iter().all(|(id, value)| number(&sent, *id) == *value) {
            return Ok(());
        }
        ensure!(started.elapsed() < PATIENCE, "not {moved:?}: {sent:?}");
        sleep(Duration::from_millis(10));
    }
}

/// Looked at, and closed without a word: the peer is to notice nothing.
#[test]
fn a_connection_that_is_dumped_ends_without_a_segment() {
    let (mut kernel, mut peer) = Setup::default().accepted();
    let listed = kernel.listed();
    kernel.write(1000);
    peer.expect(data(1..1001));
    peer.send(ack(1001));
    let moved = [
        (Id::SegsIn, 2 + 1),
        (Id::SegsOut, 1),
        (Id::DataSegsOut, 1),
        (Id::DataOctetsOut, 1000),
        (Id::HCDataOctetsOut, 1000),
        (Id::ThruOctetsAcked, 1000),
        (Id::MaxPipeSize, 1000),
        (Id::MaxRetxQueue, 1000),
        (Id::CountRTT, 2),
    ];
    expect_counters(&mut kernel, &moved);
    sockopt::set(kernel.socket(), libc::IPPROTO_TCP, libc::TCP_REPAIR, 1).expect("setsockopt");
    expect_counters(&mut kernel, &moved);
    kernel.close();
    kernel.wait_until_closed();
    peer.expect_nothing(Duration::from_millis(50));
    assert_eq!(kernel.listed(), listed);
    expect_counters(&mut kernel, &[&moved[..], &[(Id::State, 1)]].concat());
}
