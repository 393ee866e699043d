//! Sheets: what is in them, for whom, and how they are handed out.

use std::{os::fd::AsRawFd as _, time::Duration};

use estats_protocol::{
    Client, EstatsMessage, Instruments, Tuple, Value, acknowledgement::outcome, datagram::Messages, extension::Sheet,
};
use estats_spec::Id;
use nix::sys::socket::{MsgFlags, recv, send};

use super::{
    Fake,
    exchange::{ROOMS, ROOT, answers, ending, request},
    fake::{NOW, OWNER, measured, tuple},
    running::Running,
    unix::raw,
};
use crate::server::{Caller, Limits, Owner};

/// The rows of these datagrams.
fn rows(datagrams: &[Vec<u8>]) -> Vec<(Tuple, Instruments)> {
    let mut all = Vec::new();
    for datagram in datagrams {
        let messages: Vec<_> = Messages::new(datagram).collect();
        assert_eq!(messages.len(), 1, "a datagram is a message");
        let message = messages[0].estats().unwrap();
        let sheet = Sheet::decode(&message).unwrap();
        for row in sheet.rows().map(Result::unwrap) {
            assert_eq!((row.time.sec, row.time.usec), (7, 8));
            all.push((row.tuple, row.instruments()));
        }
    }
    all
}

/// The rows from an id on, and how many datagrams they came in.
fn read(from: u32, buffer: Option<u32>, room: usize, caller: Caller, fake: &mut Fake) -> Vec<(Tuple, Instruments)> {
    let mut datagrams = answers(request(EstatsMessage::read_sheets(from, buffer)), caller, fake);
    assert_eq!(ending(&datagrams.pop().unwrap()), Some(0));
    assert!(datagrams.iter().all(|datagram| datagram.len() <= room));
    rows(&datagrams)
}

fn cids(rows: &[(Tuple, Instruments)]) -> Vec<u32> {
    rows.iter().map(|(tuple, _)| tuple.cid).collect()
}

#[test]
fn a_sheet_has_everything_that_is_measured_and_nothing_else() {
    let mut fake = Fake::new([5]);
    let rows = read(0, None, 3776, ROOT, &mut fake);
    assert_eq!(cids(&rows), [5]);
    assert_eq!(rows[0].0, tuple(5));
    for id in Id::ALL {
        // What is measured of listening sockets has no column.
        let expected = (measured(id) && id >= Id::ConnectIndex).then(|| Value::U64(id as u64).cast(id.info().wire));
        assert_eq!(rows[0].1[id], expected, "{id}");
    }
}

#[test]
fn all_come_in_order_whatever_the_length_of_a_datagram() {
    let mut fake = Fake::new(1..=500);
    fake.complete = true;
    let everything: Vec<u32> = (1..=500).collect();
    for (buffer, room) in ROOMS {
        assert_eq!(cids(&read(0, buffer, room, ROOT, &mut fake)), everything);
    }
    assert_eq!(cids(&read(499, None, 3776, ROOT, &mut fake)), [499, 500]);
    assert_eq!(cids(&read(501, None, 3776, ROOT, &mut fake)), [0; 0]);
}

#[test]
fn what_the_caller_may_not_read_or_is_gone_is_left_out() {
    let mut fake = Fake::new(1..=500);
    let other = Owner { uid: 7, gid: 7 };
    fake.owners.extend([(300, other), (450, other), (499, other)]);
    fake.dying = vec![450];
    let mut seen = |uid, gid| cids(&read(0, None, 3776, Caller::new(uid, gid, 0), &mut fake));
    assert_eq!(seen(7, 1), [300, 499]);
    assert_eq!(seen(1, 7), [300, 499]);
    assert_eq!(seen(5, 5), [0; 0]);
    assert_eq!(seen(OWNER.uid, 1).len(), 497);
}

#[test]
fn a_token_selects_the_connections_active_since() {
    let mut fake = Fake::new(1..=200);
    fake.active = (1..=200).map(|cid| (cid, NOW - u64::from(cid))).collect();
    let asked = request(EstatsMessage::read_sheets(0, None).active_since(NOW - 150));
    let mut datagrams = answers(asked, ROOT, &mut fake);
    assert_eq!(ending(&datagrams.pop().unwrap()), Some(0));
    assert_eq!(cids(&rows(&datagrams)), (1..=150).collect::<Vec<_>>());
}

/// Backpressure: the rest waits as a position in the daemon, not as datagrams.
#[test]
fn a_client_that_does_not_read_delays_nobody_and_gets_all_of_it_later() {
    let running = Running::start(1..=5000, Limits::default());
    let stuck = raw(&running.socket());
    let asked = request(EstatsMessage::read_sheets(0, Some(65_536)));
    send(stuck.as_raw_fd(), &asked, MsgFlags::MSG_NOSIGNAL).unwrap();
    for _ in 0..20 {
        let mut client = Client::connect(&running.socket()).unwrap();
        client.timestamp(Duration::ZERO).unwrap();
    }
    let mut datagrams = Vec::new();
    loop {
        let mut buffer = vec![0; 65_536];
        let length = recv(stuck.as_raw_fd(), &mut buffer, MsgFlags::empty()).unwrap();
        buffer.truncate(length);
        if outcome(&Messages::new(&buffer).next().unwrap()).unwrap().is_some() {
            break;
        }
        datagrams.push(buffer);
    }
    // The tests run as root or as somebody to whom no connection belongs.
    let count = if nix::unistd::geteuid().is_root() { 5000 } else { 0 };
    // Of all of them, more than a socket holds by far, so the daemon had to wait.
    assert!(datagrams.iter().map(Vec::len).sum::<usize>() >= count as usize * 600);
    assert_eq!(cids(&rows(&datagrams)), (1..=count).collect::<Vec<_>>());
}
