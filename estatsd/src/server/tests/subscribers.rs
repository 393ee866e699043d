//! Subscribers of running servers: fast ones, slow ones, and those that never read.

use std::{
    thread,
    time::{Duration, Instant},
};

use estats_protocol::{
    Client, EstatsMessage, Events, Scalar,
    client::Error,
    datagram::Messages,
    extension::{Event, Notice},
};
use estats_spec::wire::{FAMILY_ID, MULTICAST_GROUP};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_USERSOCK};
use nix::sys::{
    socket::{setsockopt, sockopt::ReceiveTimeout},
    time::TimeVal,
};

use super::{
    exchange::{ending, request},
    fake::OWNER,
    netlink::Peer,
    notices::{closed, established, origin},
    running::Running,
};
use crate::server::{Limits, Room};

/// Longer than anything here can take.
const LONG: Duration = Duration::from_secs(60);

fn connect(running: &Running) -> Client {
    let mut client = Client::connect(&running.socket()).unwrap();
    client.set_timeout(LONG).unwrap();
    client
}

fn cid(notice: &Notice) -> u32 {
    match &notice.event {
        Event::Established(details) => details.tuple.cid,
        Event::Closed(row) => row.tuple.cid,
    }
}

/// Lets the server take notice of what has happened: it does so when somebody asks something.
fn stir(client: &mut Client) {
    client.timestamp(Duration::ZERO).unwrap();
}

#[test]
fn a_subscriber_hears_of_what_happens_while_it_asks_other_things() {
    let running = Running::start(1..=100, Limits::default());
    let mut client = connect(&running);
    client.subscribe(Events::ALL).unwrap();
    for number in 0..50 {
        running.happenings.happen(established(2 * number + 1));
        running.happenings.happen(closed(2 * number + 2));
        assert_eq!(client.list().unwrap().len(), 100);
    }
    let notices: Vec<Notice> = client.notices().take(100).map(Result::unwrap).collect();
    assert_eq!(
        notices.iter().map(cid).collect::<Vec<_>>(),
        (1..=100).collect::<Vec<_>>()
    );
    for (position, notice) in notices.iter().enumerate() {
        assert_eq!(notice.missed, 0);
        assert_eq!(matches!(notice.event, Event::Closed(_)), position % 2 == 1);
    }
    let Event::Established(details) = &notices[0].event else {
        panic!("the first one is about an established connection");
    };
    assert_eq!(details.origin, origin(1));
}

#[test]
fn who_has_unsubscribed_hears_nothing() {
    let running = Running::start([5], Limits::default());
    let mut client = connect(&running);
    client.subscribe(Events::ALL).unwrap();
    assert_eq!(running.happenings.wanted(), Events::ALL);
    client.subscribe(Events::NONE).unwrap();
    assert_eq!(running.happenings.wanted(), Events::NONE);
    running.happenings.happen(established(1));
    stir(&mut client);
    assert_eq!(client.next_notice(Duration::from_millis(50)).unwrap(), None);
}

#[test]
fn what_a_subscriber_wanted_is_collected_no_more_when_it_has_gone() {
    let running = Running::start([5], Limits::default());
    let mut gone = connect(&running);
    gone.subscribe(Events::ALL).unwrap();
    drop(gone);
    let mut client = connect(&running);
    let deadline = Instant::now() + LONG;
    while running.happenings.wanted() != Events::NONE {
        assert!(Instant::now() < deadline, "its notices are collected still");
        running.happenings.happen(established(1));
        stir(&mut client);
    }
}

/// One that reads gets everything, in order, while another one reads nothing and a third one seldom.
#[test]
fn a_slow_subscriber_delays_no_other_and_is_told_what_it_missed() {
    const COUNT: u32 = 20_000;
    let limits = Limits {
        root_room: Room {
            notices: 500,
            octets: 1 << 20,
        },
        patience: LONG,
        ..Limits::default()
    };
    let running = Running::start([5], limits);
    let (mut fast, mut slow, mut idle) = (connect(&running), connect(&running), connect(&running));
    for client in [&mut fast, &mut slow, &mut idle] {
        client.subscribe(Events::ALL).unwrap();
    }
    // The fast one is never further behind than it has room for.
    for number in 0..COUNT / 100 {
        for cid in number * 100 + 1..=number * 100 + 100 {
            running.happenings.happen(closed(cid));
        }
        stir(&mut fast);
        for cid_expected in number * 100 + 1..=number * 100 + 100 {
            let notice = fast.next_notice(LONG).unwrap().expect("a notice");
            assert_eq!((cid(&notice), notice.missed), (cid_expected, 0));
        }
    }
    // The number of those that it missed is told with the first one that there is room for again.
    let (mut last, mut next, mut missed) = (COUNT, 1, 0);
    let deadline = Instant::now() + LONG;
    while next <= last || missed == 0 {
        assert!(Instant::now() < deadline, "{missed} missed until {next}");
        let Some(notice) = slow.next_notice(Duration::from_millis(100)).unwrap() else {
            last += 1;
            running.happenings.happen(established(last));
            stir(&mut fast);
            continue;
        };
        assert_eq!(
            u64::from(cid(&notice)),
            u64::from(next) + notice.missed,
            "no gap without its number"
        );
        missed += notice.missed;
        next = cid(&notice) + 1;
    }
    assert!(missed > u64::from(COUNT) / 2, "{missed} of {COUNT} missed");
    // The third one is where it was.
    let notice = idle.next_notice(LONG).unwrap().expect("a notice");
    assert_eq!((cid(&notice), notice.missed), (1, 0));
}

#[test]
fn a_subscriber_that_never_reads_is_given_up() {
    let limits = Limits {
        patience: Duration::from_millis(200),
        ..Limits::default()
    };
    let running = Running::start([5], limits);
    let (mut client, mut deaf) = (connect(&running), connect(&running));
    deaf.subscribe(Events::ALL).unwrap();
    let deadline = Instant::now() + LONG;
    let mut number = 0;
    while running.happenings.wanted() != Events::NONE {
        assert!(Instant::now() < deadline, "it is served still");
        for _ in 0..100 {
            number += 1;
            running.happenings.happen(closed(number % 20_000 + 1));
        }
        stir(&mut client);
    }
    let last = deaf.notices().find_map(Result::err);
    assert!(matches!(last, Some(Error::ConnectionLost)));
}

/// The group of a netlink socket.
fn member(running: &Running, group: u32) -> Socket {
    let mut socket = Socket::new(NETLINK_USERSOCK).unwrap();
    setsockopt(&socket, ReceiveTimeout, &TimeVal::new(60, 0)).unwrap();
    socket.bind_auto().unwrap();
    assert_ne!(socket_port(&socket), running.port);
    socket.add_membership(group).unwrap();
    socket
}

fn socket_port(socket: &Socket) -> u32 {
    let mut address = SocketAddr::new(0, 0);
    socket.get_address(&mut address).unwrap();
    address.port_number()
}

/// The number of the group, as GETFAMILY tells it over netlink.
fn group(peer: &Peer) -> u32 {
    peer.say(&estats_protocol::control::family_request(77));
    let reply = peer.hear();
    peer.hear();
    let name = reply
        .windows(MULTICAST_GROUP.len())
        .rposition(|window| window == MULTICAST_GROUP.as_bytes())
        .expect("the group is named");
    // Name and number are attributes of their own; the number stands before the name's header.
    u32::from_ne_bytes(reply[name - 8..name - 4].try_into().unwrap())
}

#[test]
fn the_multicast_group_hears_everything_while_it_is_switched_on() {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("not run: only root may join a group");
        return;
    }
    let running = Running::start([5], Limits::default());
    let peer = Peer::new(&running);
    let group = group(&peer);
    let member = member(&running, group);
    let mut client = connect(&running);

    running.happenings.happen(established(1));
    stir(&mut client);
    client.set_scalar(Scalar::ControlNotify(true)).unwrap();
    running.happenings.happen(established(2));
    running.happenings.happen(closed(3));
    stir(&mut client);
    let mut heard = Vec::new();
    while heard.len() < 2 {
        let (datagram, from) = member.recv_from_full().unwrap();
        assert_eq!(from.port_number(), running.port);
        for message in Messages::new(&datagram) {
            assert_eq!(
                (message.header.message_type, message.header.sequence_number),
                (FAMILY_ID, 0)
            );
            heard.push(Notice::decode(&message.estats().unwrap()).unwrap());
        }
    }
    assert_eq!(heard.iter().map(cid).collect::<Vec<_>>(), [2, 3], "from the switch on");
    assert_eq!(heard.iter().map(|notice| notice.missed).sum::<u64>(), 0);
    client.set_scalar(Scalar::ControlNotify(false)).unwrap();
    assert_eq!(running.happenings.wanted(), Events::NONE);
}

#[test]
fn a_member_that_does_not_read_delays_nobody() {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("not run: only root may join a group");
        return;
    }
    let running = Running::start([5], Limits::default());
    let peer = Peer::new(&running);
    let _deaf = member(&running, group(&peer));
    let mut client = connect(&running);
    client.set_scalar(Scalar::ControlNotify(true)).unwrap();
    client.subscribe(Events::ALL).unwrap();
    for cid_expected in 1..=2000 {
        running.happenings.happen(closed(cid_expected));
        stir(&mut client);
        let notice = client.next_notice(LONG).unwrap().expect("a notice");
        assert_eq!((cid(&notice), notice.missed), (cid_expected, 0));
    }
}

#[test]
fn over_netlink_there_is_no_subscription() {
    let running = Running::start([5], Limits::default());
    let peer = Peer::new(&running);
    peer.say(&request(EstatsMessage::subscribe(Events::ALL, None)));
    assert_eq!(ending(&peer.hear()), Some(libc::EOPNOTSUPP));
}

/// Over the Unix socket too the ids are those that the kernel vouches for.
#[test]
fn closings_are_told_to_owners_only() {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("not run: only root can be several users");
        return;
    }
    let running = Running::start([5], Limits::default());
    let connect_as = |uid: u32, gid: u32| {
        let socket = running.socket();
        let work = move || {
            // SAFETY: the bare system calls take numbers and, unlike the functions of libc, change this thread only.
            unsafe {
                assert_eq!(libc::syscall(libc::SYS_setresgid, gid, gid, gid), 0);
                assert_eq!(libc::syscall(libc::SYS_setresuid, uid, uid, uid), 0);
            }
            Client::connect(&socket).unwrap()
        };
        let mut client = thread::spawn(work).join().unwrap();
        client.set_timeout(LONG).unwrap();
        client.subscribe(Events::ALL).unwrap();
        client
    };
    let (mut owner, mut group) = (connect_as(OWNER.uid, 1), connect_as(1, OWNER.gid));
    let mut stranger = connect_as(1, 1);
    running.happenings.happen(closed(1));
    running.happenings.happen(established(2));
    stir(&mut owner);
    for client in [&mut owner, &mut group] {
        let notices: Vec<Notice> = client.notices().take(2).map(Result::unwrap).collect();
        assert_eq!(notices.iter().map(cid).collect::<Vec<_>>(), [1, 2]);
        let Event::Established(details) = &notices[1].event else {
            panic!("the second one is about an established connection");
        };
        assert_eq!(details.origin, origin(2));
    }
    let notice = stranger.next_notice(LONG).unwrap().expect("a notice");
    let Event::Established(details) = &notice.event else {
        panic!("a stranger hears of no closing");
    };
    assert_eq!((details.tuple.cid, &details.origin), (2, &origin(2).public()));
    assert_eq!(notice.missed, 0, "what it may not hear is not missed");
}
