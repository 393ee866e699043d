//! The client against a scripted peer: what it makes of good, bad and missing answers.

mod extension;

use std::{
    net::Ipv4Addr,
    os::fd::{AsRawFd, OwnedFd},
    path::Path,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use estats_protocol::{
    Client, EstatsMessage, Masks, Time, Tuple, Value,
    acknowledgement::{acknowledge, refuse},
    client::Error,
    control,
    datagram::{self, Messages, RawMessage},
    table,
};
use estats_spec::{
    Id,
    sets::{V124B, VarSet},
    wire::{cmd, errno},
};
use nix::{
    errno::Errno,
    sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, recv, send, socketpair},
};

const FAMILY: u16 = 1024;

/// Serves one client: introduces the family, then sends for every request the datagrams that `script` gives, until that
/// gives none.
fn peer(script: impl Fn(&RawMessage<'_>) -> Vec<Vec<u8>> + Send + 'static) -> (OwnedFd, JoinHandle<()>) {
    let (client, server) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC).unwrap();
    let thread = thread::spawn(move || {
        let mut buffer = [0; 4096];
        loop {
            let length = recv(server.as_raw_fd(), &mut buffer, MsgFlags::empty()).unwrap_or(0);
            let Some(request) = Messages::new(&buffer[..length]).next() else {
                return;
            };
            let answers = if request.header.message_type == 16 {
                vec![control::family_reply(&request, 0, 0), acknowledge(&request, 0)]
            } else {
                script(&request)
            };
            if answers.is_empty() {
                return;
            }
            for answer in answers {
                send(server.as_raw_fd(), &answer, MsgFlags::MSG_NOSIGNAL).unwrap();
            }
        }
    });
    (client, thread)
}

fn client(script: impl Fn(&RawMessage<'_>) -> Vec<Vec<u8>> + Send + 'static) -> Client {
    Client::over(peer(script).0).expect("the family is introduced")
}

fn connection(cid: u32) -> Tuple {
    let address = Ipv4Addr::LOCALHOST.into();
    Tuple::new(cid, (address, 1000), (address, 2000))
}

/// A page of the connections that `cids` names, in one datagram.
fn page(request: &RawMessage<'_>, cids: impl Iterator<Item = u32>) -> Vec<Vec<u8>> {
    let from = request.estats().unwrap().cid().unwrap();
    let entries: Vec<u8> = cids
        .filter(|cid| *cid >= from)
        .take(39)
        .flat_map(|cid| datagram::reply(FAMILY, EstatsMessage::listed(&connection(cid))))
        .collect();
    let mut answer = vec![acknowledge(request, 0)];
    if !entries.is_empty() {
        answer.insert(0, entries);
    }
    answer
}

fn reading(request: &RawMessage<'_>, set: &VarSet, value: impl Fn(Id) -> Option<Value>) -> Vec<Vec<u8>> {
    let asked = request.estats().unwrap();
    let tables = table::tables(set, &asked.masks(), value);
    let time = Time { sec: 3, usec: 4 };
    let data = EstatsMessage::values(asked.command, time, &connection(asked.cid().unwrap()), tables);
    vec![datagram::reply(FAMILY, data), acknowledge(request, 0)]
}

#[test]
fn a_list_is_asked_for_page_by_page() {
    let mut client = client(|request| page(request, (1..=100).map(|number| number * 3)));
    let cids: Vec<u32> = client.list().unwrap().iter().map(|tuple| tuple.cid).collect();
    assert_eq!(cids, (1..=100).map(|number| number * 3).collect::<Vec<_>>());
}

#[test]
fn a_list_that_does_not_ascend_is_no_answer() {
    let mut client = client(|request| page(request, [7, 5].into_iter()));
    assert!(matches!(client.list(), Err(Error::Malformed(_))));
}

#[test]
fn a_list_ends_at_the_largest_id() {
    let largest = i32::MAX.unsigned_abs();
    let mut client = client(move |request| page(request, [largest].into_iter()));
    assert_eq!(client.list().unwrap(), [connection(largest)]);
}

#[test]
fn values_come_out_by_name_and_the_rest_is_absent() {
    let mut client = client(|request| {
        reading(request, &V124B, |id| match id {
            Id::SegsOut => Some(Value::U32(12)),
            Id::WinScaleSent => Some(Value::S32(-1)),
            Id::IpTosIn => Some(Value::U8(0x10)),
            _ => None,
        })
    });
    let reading = client.read_vars(5, &Masks::ALL).unwrap();
    assert_eq!((reading.time, reading.tuple), (Time { sec: 3, usec: 4 }, connection(5)));
    assert_eq!(reading.values.get(Id::SegsOut), Some(Value::U32(12)));
    assert_eq!(reading.values.get(Id::WinScaleSent), Some(Value::S32(-1)));
    assert_eq!(reading.values.get(Id::IpTosIn), Some(Value::U8(0x10)));
    assert_eq!(reading.values.iter().filter(|(_, value)| value.is_some()).count(), 3);
    // SegsOut is variable 0 of PERF.
    let masks = Masks([Some(!1), None, None, None, None, None]);
    assert_eq!(client.read_vars(5, &masks).unwrap().values.get(Id::SegsOut), None);
}

#[test]
fn a_value_of_another_width_is_no_answer() {
    let mut client = client(|request| {
        // As the oldest set has it: StartTimeStamp in one byte.
        reading(request, &estats_spec::sets::V117, |id| {
            (id == Id::StartTimeStamp).then_some(Value::U8(1))
        })
    });
    assert!(matches!(client.read_vars(5, &Masks::ALL), Err(Error::Malformed(text)) if text.contains("StartTimeStamp")));
}

#[test]
fn the_description_and_the_token_come_out() {
    let mut client = client(|request| {
        let data = match request.estats().unwrap() {
            asked if asked.command == cmd::INIT => EstatsMessage::mib(&V124B),
            asked => EstatsMessage::moment(10_000 - u64::from(asked.age().unwrap())),
        };
        vec![datagram::reply(FAMILY, data), acknowledge(request, 0)]
    });
    let mib = client.mib().unwrap();
    assert_eq!((mib.num_tables, mib.num_vars), (6, 124));
    assert_eq!(
        mib.tables.iter().map(Vec::len).collect::<Vec<_>>(),
        [41, 26, 41, 12, 3, 1]
    );
    assert_eq!(mib.tables[5][0].name, "Priority");
    assert_eq!(client.timestamp(Duration::from_millis(250)).unwrap(), 9750);
}

#[test]
fn a_refusal_leaves_the_connection_usable() {
    let mut client = client(|request| match request.estats().unwrap() {
        asked if asked.command == cmd::WRITE_VAR => vec![refuse(request, 0, errno::EPERM)],
        _ => page(request, [1].into_iter()),
    });
    let error = client.write_var(1, "SegsOut", 5).unwrap_err();
    assert_eq!(error.refusal(), Some(Errno::EPERM));
    assert_eq!(client.list().unwrap(), [connection(1)]);
}

#[test]
fn a_peer_that_goes_away_is_noticed() {
    let (socket, peer) = peer(|_| Vec::new());
    let mut client = Client::over(socket).unwrap();
    assert!(matches!(client.list(), Err(Error::ConnectionLost)));
    peer.join().unwrap();
    assert!(matches!(client.list(), Err(Error::ConnectionLost)));
}

#[test]
fn a_peer_that_says_nothing_is_not_waited_for() {
    let mut client = client(|request| match request.estats().unwrap() {
        // Part of an answer, never the end of it.
        asked if asked.command == cmd::LIST_CONNS => page(request, [1].into_iter()).drain(..1).collect(),
        _ => page(request, [1].into_iter()),
    });
    client.set_timeout(Duration::from_millis(50)).unwrap();
    let start = Instant::now();
    assert!(matches!(client.list(), Err(Error::Timeout(_))));
    assert!(start.elapsed() < Duration::from_secs(5));
    // The rest of that answer could still come: nothing is asked any more.
    assert!(matches!(client.timestamp(Duration::ZERO), Err(Error::ConnectionLost)));
}

#[test]
fn nonsense_is_no_answer() {
    type Script = fn(&RawMessage<'_>) -> Vec<Vec<u8>>;
    let scripts: [(&str, Script); 6] = [
        ("a message cut short", |request| {
            vec![acknowledge(request, 0)[..30].to_vec()]
        }),
        ("an attribute that points outside", |request| {
            let mut entry = page(request, [1].into_iter()).remove(0);
            entry[20] = 200;
            vec![entry]
        }),
        ("another command", |request| {
            vec![
                datagram::reply(FAMILY, EstatsMessage::moment(1)),
                acknowledge(request, 0),
            ]
        }),
        ("another family", |_| {
            vec![datagram::reply(FAMILY + 1, EstatsMessage::listed(&connection(1)))]
        }),
        ("the acknowledgement of another request", |request| {
            let mut other = acknowledge(request, 0);
            other[8] ^= 1;
            vec![other]
        }),
        ("an endless datagram", |_| vec![vec![0; 70_000]]),
    ];
    for (what, script) in scripts {
        let mut client = client(script);
        assert!(matches!(client.list(), Err(Error::Malformed(_))), "{what}");
        assert!(matches!(client.list(), Err(Error::ConnectionLost)), "after {what}");
    }
}

#[test]
fn a_reading_of_another_connection_is_no_answer() {
    let mut client = client(|request| {
        let tables = table::tables(&V124B, &Masks::ALL, |_| None);
        let data = EstatsMessage::values(cmd::READ_VARS, Time { sec: 0, usec: 0 }, &connection(6), tables);
        vec![datagram::reply(FAMILY, data), acknowledge(request, 0)]
    });
    assert!(matches!(client.read_vars(5, &Masks::ALL), Err(Error::Malformed(_))));
}

#[test]
fn a_daemon_that_is_not_there_is_named() {
    let error = Client::connect(Path::new("/nonexistent/estats.sock")).unwrap_err();
    assert!(matches!(error, Error::NotRunning { .. }));
    let text = error.to_string();
    assert!(
        text.contains("/nonexistent/estats.sock") && text.contains("start estatsd"),
        "{text}"
    );
}
