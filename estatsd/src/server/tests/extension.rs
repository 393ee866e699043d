//! Good requests of the extension and their answers.

use estats_protocol::{
    Details, EstatsMessage, Events, ListenerReading, Row, Scalar, Scalars, Value, datagram::Messages,
};
use estats_spec::{Id, wire::extension::BUFFER_MAX};

use super::{
    Fake,
    exchange::{ROOMS, ROOT, answers, ending, request},
    fake::{OWNER, measured, tuple},
    notices,
};
use crate::server::{Caller, Owner};

const STRANGER: (u32, u32) = (5, 5);

fn stranger() -> Caller {
    Caller::new(STRANGER.0, STRANGER.1, 0)
}

/// The data of the answer, which has to end well.
fn data(message: EstatsMessage, caller: Caller, fake: &mut Fake) -> Vec<Vec<u8>> {
    let mut answers = answers(request(message), caller, fake);
    assert_eq!(ending(&answers.pop().unwrap()), Some(0));
    answers
}

fn messages(datagrams: &[Vec<u8>]) -> Vec<EstatsMessage> {
    datagrams
        .iter()
        .flat_map(|datagram| Messages::new(datagram))
        .map(|message| message.estats().unwrap())
        .collect()
}

/// All entries of a list, page by page, as `decode` makes them with their id.
fn all<T>(
    page: impl Fn(u32) -> EstatsMessage,
    decode: impl Fn(&EstatsMessage) -> (u32, T),
    room: usize,
    caller: Caller,
    fake: &mut Fake,
) -> Vec<T> {
    let (mut from, mut entries) = (0, Vec::new());
    loop {
        let datagrams = data(page(from), caller, fake);
        assert!(datagrams.len() <= 1, "a page is one datagram");
        let Some(datagram) = datagrams.first() else {
            return entries;
        };
        assert!(datagram.len() <= room, "{} octets", datagram.len());
        for message in messages(&datagrams) {
            let (id, entry) = decode(&message);
            assert!(id >= from);
            from = id + 1;
            entries.push(entry);
        }
    }
}

#[test]
fn everybody_sees_connections_and_only_some_their_processes() {
    let mut fake = Fake::new(1..=500);
    fake.owners.insert(300, Owner { uid: 7, gid: 7 });
    let mut listed = |caller, buffer, room| {
        all(
            |from| EstatsMessage::details(from, buffer),
            |message| {
                let details = Details::decode(message).unwrap();
                (details.tuple.cid, details)
            },
            room,
            caller,
            &mut fake,
        )
    };
    let whole = |cid: u32| {
        let mut origin = notices::origin(cid);
        if cid == 300 {
            (origin.uid, origin.gid) = (Some(7), Some(7));
        }
        Details {
            tuple: tuple(cid),
            origin,
        }
    };
    let all: Vec<Details> = (1..=500).map(whole).collect();
    assert_eq!(listed(ROOT, None, 3776), all);
    assert_eq!(listed(ROOT, Some(BUFFER_MAX), 65_536), all);
    let seen_by = |sees: fn(u32) -> bool| -> Vec<Details> {
        let see = |cid| {
            let mut details = whole(cid);
            if !sees(cid) {
                details.origin = details.origin.public();
            }
            details
        };
        (1..=500).map(see).collect()
    };
    assert_eq!(listed(stranger(), None, 3776), seen_by(|_| false));
    assert_eq!(listed(Caller::new(7, 1, 0), None, 3776), seen_by(|cid| cid == 300));
    assert_eq!(
        listed(Caller::new(1, OWNER.gid, 0), None, 3776),
        seen_by(|cid| cid != 300)
    );
}

#[test]
fn a_row_has_everything_that_is_measured() {
    for caller in [ROOT, Caller::new(OWNER.uid, 1, 0), Caller::new(1, OWNER.gid, 0)] {
        let mut fake = Fake::new([5]);
        let answer = messages(&data(EstatsMessage::read_row(5), caller, &mut fake));
        assert_eq!(answer.len(), 1);
        let row = Row::decode(&answer[0]).unwrap();
        assert_eq!((row.tuple, row.origin), (tuple(5), notices::origin(5)));
        assert_eq!((row.time.sec, row.time.usec), (7, 8));
        for id in Id::ALL {
            let expected = measured(id).then(|| Value::U64(id as u64).cast(id.info().wire));
            assert_eq!(row.instruments[id], expected, "{id}");
        }
    }
}

fn rows(caller: Caller, buffer: Option<u32>, room: usize, fake: &mut Fake) -> Vec<u32> {
    let decode = |message: &EstatsMessage| {
        let row = Row::decode(message).unwrap();
        (row.tuple.cid, row.tuple.cid)
    };
    all(
        |from| EstatsMessage::read_rows(from, buffer),
        decode,
        room,
        caller,
        fake,
    )
}

#[test]
fn rows_of_all_fill_the_datagrams_that_the_client_takes() {
    let mut fake = Fake::new(1..=200);
    fake.complete = true;
    let everything: Vec<u32> = (1..=200).collect();
    for (buffer, room) in ROOMS {
        fake.pages = 0;
        assert_eq!(rows(ROOT, buffer, room, &mut fake), everything);
        let whole = data(EstatsMessage::read_row(1), ROOT, &mut fake)[0].len();
        assert!(whole <= 3776, "one fits in any case");
        // A page for as many rows as fit, and the last one, which is empty.
        let pages = 200_usize.div_ceil((room / whole).min(64)) + 1;
        assert_eq!(fake.pages, pages, "{room} octets");
    }
}

#[test]
fn pages_of_the_old_protocol_fill_the_datagrams_that_the_client_takes() {
    let pages: [fn(u32) -> EstatsMessage; 2] = [
        |from| EstatsMessage::list(from, None),
        |from| EstatsMessage::read_all(from, None),
    ];
    let mut fake = Fake::new(1..=1000);
    fake.complete = true;
    let everything: Vec<u32> = (1..=1000).collect();
    for page in pages {
        // The last one alone.
        let whole = data(page(1000), ROOT, &mut fake)[0].len();
        for room in [3776, 10_000, 65_536] {
            fake.pages = 0;
            let decode = |message: &EstatsMessage| (message.cid().unwrap(), message.cid().unwrap());
            let asked = |from| page(from).taking(u32::try_from(room).unwrap());
            assert_eq!(all(asked, decode, room, ROOT, &mut fake), everything);
            // Those that fit, and the last page, which is empty.
            assert_eq!(fake.pages, 1000_usize.div_ceil(room / whole) + 1, "{room} octets");
        }
    }
}

#[test]
fn unreadable_rows_are_left_out_however_many() {
    let mut fake = Fake::new(1..=500);
    let other = Owner { uid: 7, gid: 7 };
    fake.owners.extend([(300, other), (450, other), (499, other)]);
    fake.dying = vec![450];
    assert_eq!(rows(Caller::new(7, 1, 0), None, 3776, &mut fake), [300, 499]);
    assert_eq!(rows(stranger(), None, 3776, &mut fake), [0; 0]);
}

#[test]
fn everybody_sees_listening_sockets_and_only_some_their_processes() {
    let mut fake = Fake {
        listeners: (1..=300).map(|number| number * 2).collect(),
        ..Fake::default()
    };
    let mut listed = |caller, buffer, room| {
        all(
            |from| EstatsMessage::list_listeners(from, buffer),
            |message| {
                let listener = ListenerReading::decode(message).unwrap();
                (listener.tuple.id, listener)
            },
            room,
            caller,
            &mut fake,
        )
    };
    let expected = |sees: bool| -> Vec<ListenerReading> {
        let made_of = |number: u32| {
            let mut listener = notices::listener(number * 2);
            for id in Id::ALL {
                // What was set is of the width that the wire has.
                if let Some(value) = listener.instruments[id] {
                    listener.instruments.set(id, value.cast(id.info().wire));
                }
            }
            if !sees {
                listener.origin = listener.origin.public();
            }
            listener
        };
        (1..=300).map(made_of).collect()
    };
    assert_eq!(listed(ROOT, None, 3776), expected(true));
    assert_eq!(
        listed(Caller::new(OWNER.uid, 1, 0), Some(BUFFER_MAX), 65_536),
        expected(true)
    );
    assert_eq!(listed(stranger(), Some(9000), 9000), expected(false));
}

#[test]
fn scalars_are_read_by_all_and_set_by_root() {
    let mut fake = Fake::default();
    fake.scalars.events_lost = 5;
    for scalar in [
        Scalar::ControlPath(true),
        Scalar::ControlTune(true),
        Scalar::ControlTune(false),
        Scalar::ConnTableLatency(90),
    ] {
        assert_eq!(data(EstatsMessage::write_scalar(scalar), ROOT, &mut fake).len(), 0);
    }
    let expected = Scalars {
        control_path: true,
        conn_table_latency: 90,
        events_lost: 5,
        ..Scalars::default()
    };
    let answer = messages(&data(EstatsMessage::read_scalars(), stranger(), &mut fake));
    let scalars: Vec<Scalars> = answer
        .iter()
        .map(|message| Scalars::from_attributes(message.scalars().unwrap()).unwrap())
        .collect();
    assert_eq!(scalars, [expected]);
}

#[test]
fn only_what_somebody_wants_is_collected() {
    let mut fake = Fake::default();
    let session = super::exchange::session(ROOT);
    let say = |message, fake: &mut Fake| {
        use crate::server::exchange::{Exchange, Turn};
        let mut exchange = Exchange::new(request(message), false, session.clone());
        let Turn::Send(answer) = exchange.next(fake) else {
            panic!("it is answered");
        };
        assert_eq!(ending(&answer), Some(0));
        fake.happenings.wanted()
    };
    let closed = Events {
        closed: true,
        ..Events::NONE
    };
    assert_eq!(say(EstatsMessage::subscribe(closed, None), &mut fake), closed);
    // The multicast group wants everything.
    assert_eq!(
        say(EstatsMessage::write_scalar(Scalar::ControlNotify(true)), &mut fake),
        Events::ALL
    );
    assert_eq!(
        say(EstatsMessage::subscribe(Events::NONE, None), &mut fake),
        Events::ALL
    );
    assert_eq!(
        say(EstatsMessage::write_scalar(Scalar::ControlNotify(false)), &mut fake),
        Events::NONE
    );
}
