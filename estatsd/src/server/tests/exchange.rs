//! Good requests and their answers, datagram by datagram.

use std::{cell::Cell, rc::Rc};

use estats_protocol::{
    EstatsMessage, Masks, Reading, Value,
    acknowledgement::outcome,
    control::{self, Family},
    datagram::{self, Messages},
};
use estats_spec::{
    Id,
    endpoint::Profile,
    sets::V124B,
    wire::{FAMILY_ID, cmd, errno},
};

use super::{
    Fake,
    fake::{NOW, OWNER, measured, tuple},
};
use crate::server::{
    Caller, Limits, Owner,
    exchange::{Exchange, Turn},
    hub::Hub,
    session::Session,
};

/// What a client may say that it takes, and how long a datagram may then be.
pub(super) const ROOMS: [(Option<u32>, usize); 5] = [
    (None, 3776),
    (Some(0), 3776),
    (Some(10_000), 10_000),
    (Some(65_536), 65_536),
    (Some(u32::MAX), 65_536),
];

pub(crate) const ROOT: Caller = Caller {
    uid: 0,
    gid: 0,
    admin: true,
    port: 0,
};

/// Requests of a caller over a Unix socket, with notices of its own.
pub(super) fn session(caller: Caller) -> Session {
    let hub = Hub::new(Limits::default());
    let subscription = Some(hub.subscription(caller));
    Session {
        caller,
        dialect: Rc::new(Cell::new(Profile::DEFAULT.into())),
        hub,
        subscription,
    }
}

/// Everything that is answered to `datagram`.
pub(super) fn answers(datagram: Vec<u8>, caller: Caller, connections: &mut Fake) -> Vec<Vec<u8>> {
    answers_in(session(caller), datagram, connections)
}

/// Likewise, in a session that may know more of the client.
pub(super) fn answers_in(session: Session, datagram: Vec<u8>, connections: &mut Fake) -> Vec<Vec<u8>> {
    let mut exchange = Exchange::new(datagram, false, session);
    let mut datagrams = Vec::new();
    loop {
        match exchange.next(connections) {
            Turn::Send(datagram) => datagrams.push(datagram),
            Turn::Pause => {}
            Turn::Over => return datagrams,
        }
    }
}

pub(super) fn request(message: EstatsMessage) -> Vec<u8> {
    datagram::request(FAMILY_ID, 77, message)
}

/// The error number of a datagram, if it is an acknowledgement or a refusal of the request 77.
pub(super) fn ending(datagram: &[u8]) -> Option<i32> {
    let message = Messages::new(datagram).next().expect("a message");
    let errno = outcome(&message).unwrap()?;
    assert_eq!(message.header.sequence_number, 77);
    Some(errno)
}

fn messages(datagram: &[u8]) -> Vec<EstatsMessage> {
    Messages::new(datagram)
        .map(|message| message.estats().unwrap())
        .collect()
}

fn cids(datagram: &[u8]) -> Vec<u32> {
    messages(datagram)
        .iter()
        .map(|message| message.cid().unwrap())
        .collect()
}

fn sizes(datagrams: &[Vec<u8>]) -> Vec<usize> {
    datagrams.iter().map(Vec::len).collect()
}

#[test]
fn the_family_is_introduced_in_two_datagrams() {
    let answers = answers(
        control::family_request(77),
        Caller { port: 9, ..ROOT },
        &mut Fake::default(),
    );
    assert_eq!(answers.len(), 2);
    let reply = Messages::new(&answers[0]).next().unwrap();
    assert_eq!((reply.header.message_type, reply.header.port_number), (16, 9));
    assert_eq!(Family::parse(&reply).unwrap().id, Some(1024));
    assert_eq!((answers[1].len(), ending(&answers[1])), (36, Some(0)));
}

#[test]
fn a_page_has_39_connections_at_most() {
    let mut fake = Fake::new(1..=100);
    let page = answers(request(EstatsMessage::list(0, None)), ROOT, &mut fake);
    assert_eq!(sizes(&page), [39 * 96, 36]);
    assert_eq!(cids(&page[0]), (1..=39).collect::<Vec<_>>());
    let page = answers(request(EstatsMessage::list(79, None)), ROOT, &mut fake);
    assert_eq!(cids(&page[0]), (79..=100).collect::<Vec<_>>());
    let page = answers(request(EstatsMessage::list(101, None)), ROOT, &mut fake);
    assert_eq!(sizes(&page), [36]);
}

#[test]
fn a_client_that_does_not_page_gets_everything() {
    let mut fake = Fake::new(1..=100);
    let old = EstatsMessage {
        command: cmd::LIST_CONNS,
        attributes: Vec::new(),
    };
    let request = request(old);
    assert_eq!(request.len(), 20);
    let all = answers(request, ROOT, &mut fake);
    assert_eq!(sizes(&all), [39 * 96, 39 * 96, 22 * 96, 36]);
    let listed: Vec<u32> = all[..3].iter().flat_map(|datagram| cids(datagram)).collect();
    assert_eq!(listed, (1..=100).collect::<Vec<_>>());
}

#[test]
fn nothing_is_made_before_it_is_asked_for() {
    let mut fake = Fake::new(1..=100_000);
    let everything = EstatsMessage {
        command: cmd::LIST_CONNS,
        attributes: Vec::new(),
    };
    let mut exchange = Exchange::new(request(everything), false, session(ROOT));
    assert_eq!(fake.pages, 0);
    for number in 1..=3 {
        assert!(matches!(exchange.next(&mut fake), Turn::Send(_)));
        assert_eq!(fake.pages, number);
    }
}

#[test]
fn everybody_sees_every_connection_in_a_list() {
    let stranger = Caller::new(5, 5, 0);
    let page = answers(request(EstatsMessage::list(0, None)), stranger, &mut Fake::new([3, 4]));
    assert_eq!(cids(&page[0]), [3, 4]);
    assert_eq!(messages(&page[0])[0], EstatsMessage::listed(&tuple(3)));
}

#[test]
fn a_token_selects_the_connections_active_since() {
    let mut fake = Fake::new(1..=4);
    fake.active = [(1, NOW - 500), (2, NOW - 100), (3, NOW - 101)].into();
    let page = answers(request(EstatsMessage::list(0, Some(NOW - 100))), ROOT, &mut fake);
    assert_eq!(cids(&page[0]), [2, 4]);
}

#[test]
fn the_token_of_a_moment() {
    let answers = answers(request(EstatsMessage::timestamp(250)), ROOT, &mut Fake::default());
    assert_eq!(sizes(&answers), [44, 36]);
    assert_eq!(messages(&answers[0]), [EstatsMessage::moment(NOW - 250)]);
}

#[test]
fn the_variables_are_described() {
    let answers = answers(request(EstatsMessage::init()), ROOT, &mut Fake::default());
    assert_eq!(sizes(&answers), [3688, 36]);
}

#[test]
fn a_reading_has_what_is_measured_and_asked_for() {
    let mut fake = Fake::new([5]);
    let masks = Masks([Some(0b11), None, Some(0), None, None, None]);
    let answers = answers(request(EstatsMessage::read_vars(5, &masks)), ROOT, &mut fake);
    assert_eq!(answers.len(), 2);
    assert_eq!(ending(&answers[1]), Some(0));
    let reading = Reading::decode(&Messages::new(&answers[0]).next().unwrap(), &V124B).unwrap();
    assert_eq!(reading.tuple, tuple(5));
    assert_eq!((reading.time.sec, reading.time.usec), (7, 8));
    for (position, (variable, value)) in reading.values.iter().enumerate() {
        let (table, index) = V124B.table_index(position).unwrap();
        let asked = match table {
            0 => index < 2,
            2 => false,
            _ => true,
        };
        let expected = (asked && measured(variable.id)).then(|| Value::U64(variable.id as u64).cast(variable.wire));
        assert_eq!(value, expected, "{}", variable.name);
    }
}

#[test]
fn owners_users_and_groups_may_read_and_owners_may_write() {
    let errno = |message: EstatsMessage, uid, gid| {
        let answers = answers(request(message), Caller::new(uid, gid, 0), &mut Fake::new([5]));
        ending(answers.last().unwrap()).unwrap()
    };
    for (uid, gid, read, write) in [
        (0, 0, 0, 0),
        (OWNER.uid, 1, 0, 0),
        (1, OWNER.gid, 0, errno::EACCES),
        (1, 1, errno::EACCES, errno::EACCES),
    ] {
        assert_eq!(
            errno(EstatsMessage::read_vars(5, &Masks::ALL), uid, gid),
            read,
            "{uid}:{gid}"
        );
        assert_eq!(
            errno(EstatsMessage::write_var(5, "LimCwnd", 1), uid, gid),
            write,
            "{uid}:{gid}"
        );
    }
}

#[test]
fn a_write_is_acknowledged_in_one_datagram_and_done() {
    let mut fake = Fake::new([5]);
    for (name, value) in [("limcwnd", 14_600), ("LimRwin", 65_535)] {
        let answers = answers(request(EstatsMessage::write_var(5, name, value)), ROOT, &mut fake);
        assert_eq!(sizes(&answers), [36]);
    }
    assert_eq!(fake.written, [(5, Id::LimCwnd, 14_600), (5, Id::LimRwin, 65_535)]);
}

#[test]
fn all_readings_come_three_by_three_under_their_own_ids() {
    let mut fake = Fake::new(1..=10);
    fake.complete = true;
    let mut from = 0;
    let mut seen = Vec::new();
    loop {
        let page = answers(request(EstatsMessage::read_all(from, None)), ROOT, &mut fake);
        assert_eq!(ending(page.last().unwrap()), Some(0));
        if page.len() == 1 {
            break;
        }
        let cids = cids(&page[0]);
        assert_eq!(sizes(&page), [cids.len() * 1156, 36]);
        assert!(cids.len() == 3 || cids == [10]);
        from = cids.last().unwrap() + 1;
        seen.extend(cids);
    }
    assert_eq!(seen, (1..=10).collect::<Vec<_>>());
}

#[test]
fn unreadable_connections_are_left_out_however_many() {
    let mut fake = Fake::new(1..=500);
    let other = Owner { uid: 7, gid: 7 };
    fake.owners.extend([(300, other), (450, other), (499, other)]);
    fake.dying = vec![450];
    let caller = Caller::new(7, 1, 0);
    let page = answers(request(EstatsMessage::read_all(0, None)), caller, &mut fake);
    // Whatever the size of a page, an empty one would mean the end to the client.
    assert_eq!(cids(&page[0])[0], 300);
    let page = answers(request(EstatsMessage::read_all(301, None)), caller, &mut fake);
    assert_eq!(cids(&page[0])[0], 499);
    let page = answers(request(EstatsMessage::read_all(500, None)), caller, &mut fake);
    assert_eq!(sizes(&page), [36]);
}

#[test]
fn a_long_search_lets_others_have_their_turn() {
    let mut fake = Fake::new(1..=1000);
    let stranger = Caller::new(1, 1, 0);
    let mut exchange = Exchange::new(request(EstatsMessage::read_all(0, None)), false, session(stranger));
    assert_eq!(exchange.next(&mut fake), Turn::Pause);
    assert_eq!(fake.pages, 1);
}

#[test]
fn all_readings_without_paging() {
    let everything = EstatsMessage {
        command: cmd::READ_ALL,
        attributes: Vec::new(),
    };
    let all = answers(request(everything), ROOT, &mut Fake::new(1..=100));
    assert_eq!(ending(all.last().unwrap()), Some(0));
    assert!(all.iter().all(|datagram| datagram.len() <= 3776));
    let seen: Vec<u32> = all[..all.len() - 1]
        .iter()
        .flat_map(|datagram| cids(datagram))
        .collect();
    assert_eq!(seen, (1..=100).collect::<Vec<_>>());
}

#[test]
fn requests_behind_each_other_are_answered_in_turn() {
    let datagram = [
        request(EstatsMessage::write_var(5, "LimCwnd", 1)),
        request(EstatsMessage::read_vars(6, &Masks::ALL)),
        request(EstatsMessage::list(0, None)),
    ];
    let answers = answers(datagram.concat(), ROOT, &mut Fake::new([5]));
    let endings: Vec<Option<i32>> = answers.iter().map(|datagram| ending(datagram)).collect();
    assert_eq!(endings, [Some(0), Some(errno::EINVAL), None, Some(0)]);
}

#[test]
fn who_wants_no_acknowledgement_gets_none() {
    let mut list = request(EstatsMessage::list(0, None));
    list[6] = 1; // NLM_F_REQUEST alone
    assert_eq!(sizes(&answers(list, ROOT, &mut Fake::new([5]))), [96]);
    let mut unknown = request(EstatsMessage::read_vars(6, &Masks::ALL));
    unknown[6] = 1;
    assert_eq!(
        ending(&answers(unknown, ROOT, &mut Fake::new([5]))[0]),
        Some(errno::EINVAL)
    );
}

#[test]
fn acknowledgements_are_addressed_to_the_port() {
    let caller = Caller { port: 4711, ..ROOT };
    let answers = answers(request(EstatsMessage::list(0, None)), caller, &mut Fake::default());
    assert_eq!(answers[0][12..16], 4711_u32.to_ne_bytes());
}
