//! The extension, as the client sees it.

use std::time::Duration;

use estats_protocol::{
    Details, EstatsMessage, Events, Instruments, ListenerReading, ListenerTuple, Origin, Row, Scalar, Scalars, Time,
    Value,
    acknowledgement::{acknowledge, refuse},
    client::Error,
    datagram::{self, RawMessage},
    extension::{Event, Notice, SheetWriter},
};
use estats_spec::{
    Id,
    wire::{errno, extension::cmd},
};
use nix::errno::Errno;

use super::{FAMILY, client, connection, page};

fn origin(cid: u32) -> Origin {
    Origin {
        cookie: u64::from(cid) + 100,
        netns: 7,
        uid: Some(1000),
        adopted: cid.is_multiple_of(2),
        ..Origin::default()
    }
}

fn details(cid: u32) -> Details {
    Details {
        tuple: connection(cid),
        origin: origin(cid),
    }
}

fn row(cid: u32) -> Row {
    let mut instruments = Instruments::new();
    instruments.set(Id::CurRetxQueue, Value::U32(cid));
    instruments.set(Id::WinScaleSent, Value::S32(-1));
    Row {
        time: Time { sec: 3, usec: 4 },
        tuple: connection(cid),
        origin: origin(cid),
        instruments,
    }
}

fn listener(id: u32) -> ListenerReading {
    let Row {
        time,
        origin,
        instruments,
        ..
    } = row(id);
    ListenerReading {
        tuple: ListenerTuple {
            id,
            local: ("::".parse().unwrap(), 80),
        },
        origin,
        time,
        instruments,
    }
}

fn encoded(command: u8, row: &Row) -> Vec<u8> {
    let message = EstatsMessage::row(command, row.time, &row.tuple, &row.origin, &row.instruments);
    datagram::reply(FAMILY, message)
}

fn established(cid: u32, missed: u64) -> Vec<u8> {
    let Details { tuple, origin } = details(cid);
    datagram::reply(
        FAMILY,
        EstatsMessage::established(&tuple, &origin).after_missing(missed),
    )
}

fn acknowledged(request: &RawMessage<'_>, data: Vec<u8>) -> Vec<Vec<u8>> {
    let mut answer = vec![acknowledge(request, 0)];
    if !data.is_empty() {
        answer.insert(0, data);
    }
    answer
}

/// Pages of at most seven of twenty entries.
fn pages(request: &RawMessage<'_>, entry: impl Fn(u32) -> Vec<u8>) -> Vec<Vec<u8>> {
    let asked = request.estats().unwrap();
    let from = asked.cid().or(asked.listener_id()).unwrap();
    let entries = (1..=20).filter(|number| *number >= from).take(7).flat_map(entry);
    acknowledged(request, entries.collect())
}

#[test]
fn lists_and_rows_are_asked_for_page_by_page() {
    let mut client = client(|request| match request.estats().unwrap().command {
        cmd::LIST_DETAILS => pages(request, |cid| {
            let Details { tuple, origin } = details(cid);
            datagram::reply(FAMILY, EstatsMessage::detailed(&tuple, &origin))
        }),
        cmd::READ_ROWS => {
            assert_eq!(request.estats().unwrap().buffer(), Some(65_536));
            pages(request, |cid| encoded(cmd::READ_ROWS, &row(cid)))
        }
        cmd::LIST_LISTENERS => {
            assert_eq!(request.estats().unwrap().buffer(), Some(65_536));
            pages(request, |id| {
                datagram::reply(FAMILY, EstatsMessage::listed_listener(&listener(id)))
            })
        }
        other => panic!("command {other} is not asked for"),
    });
    assert_eq!(client.details().unwrap(), (1..=20).map(details).collect::<Vec<_>>());
    assert_eq!(client.read_rows().unwrap(), (1..=20).map(row).collect::<Vec<_>>());
    assert_eq!(client.listeners().unwrap(), (1..=20).map(listener).collect::<Vec<_>>());
}

#[test]
fn a_datagram_may_be_as_long_as_was_asked_for() {
    let count = 65_536 / encoded(cmd::READ_ROWS, &row(2)).len();
    let mut client = client(move |request| {
        let from = request.estats().unwrap().cid().unwrap();
        let cids = from.max(1)..=u32::try_from(count).unwrap();
        acknowledged(
            request,
            cids.flat_map(|cid| encoded(cmd::READ_ROWS, &row(cid))).collect(),
        )
    });
    assert_eq!(client.read_rows().unwrap().len(), count);
}

fn sheet(cids: impl IntoIterator<Item = u32>) -> Vec<u8> {
    let mut sheet = SheetWriter::new(FAMILY, 65_536);
    for row in cids.into_iter().map(row) {
        sheet.push(row.time, &row.tuple, &row.instruments);
    }
    sheet.datagram()
}

#[test]
fn sheets_come_one_after_the_other() {
    let mut client = client(|request| {
        let asked = request.estats().unwrap();
        assert_eq!((asked.command, asked.cid()), (cmd::READ_SHEETS, Some(0)));
        assert_eq!(asked.buffer(), Some(65_536));
        let notice = established(50, 0);
        vec![
            sheet(1..=7),
            notice,
            sheet([8]),
            sheet(11..=20),
            acknowledge(request, 0),
        ]
    });
    let mut rows = Vec::new();
    client
        .read_sheets(|row| rows.push((row.time, row.tuple, row.instruments())))
        .unwrap();
    let expected = (1..=8).chain(11..=20).map(row);
    assert_eq!(
        rows,
        expected
            .map(|row| (row.time, row.tuple, row.instruments))
            .collect::<Vec<_>>()
    );
    let kept = client.next_notice(Duration::ZERO).unwrap();
    assert!(kept.is_some(), "what came between them is kept");
}

#[test]
fn sheets_that_are_not_in_order_or_not_whole_are_an_error() {
    for answer in [sheet([7, 7]), sheet([7, 3]), sheet([0])] {
        let mut client = client(move |request| acknowledged(request, answer.clone()));
        let error = client.read_sheets(|_| ()).unwrap_err();
        assert!(
            matches!(&error, Error::Malformed(text) if text.contains("ascend")),
            "{error}"
        );
    }
    let mut client = client(|request| {
        let mut cut = sheet([7]);
        // The last octet of the row, and with it the length of the attribute and of the message.
        cut.pop();
        let length = u32::try_from(cut.len()).unwrap();
        cut[..4].copy_from_slice(&length.to_ne_bytes());
        acknowledged(request, cut)
    });
    assert!(matches!(client.read_sheets(|_| ()), Err(Error::Malformed(_))));
}

#[test]
fn a_daemon_without_sheets_refuses() {
    let mut client = client(|request| vec![refuse(request, 0, errno::EOPNOTSUPP)]);
    let error = client.read_sheets(|_| ()).unwrap_err();
    assert_eq!(error.refusal(), Some(Errno::EOPNOTSUPP));
}

#[test]
fn one_row() {
    let mut client = client(|request| acknowledged(request, encoded(cmd::READ_ROW, &row(5))));
    assert_eq!(client.read_row(5).unwrap(), row(5));
    assert!(matches!(client.read_row(6), Err(Error::Malformed(text)) if text.contains("another")));
}

#[test]
fn an_answer_that_lacks_something_is_none() {
    // Neither origin nor values.
    let mut client = client(|request| {
        let message = EstatsMessage {
            command: cmd::READ_ROW,
            ..EstatsMessage::listed(&connection(5))
        };
        acknowledged(request, datagram::reply(FAMILY, message))
    });
    assert!(matches!(client.read_row(5), Err(Error::Malformed(text)) if text.contains("is missing")));
}

#[test]
fn a_value_of_another_width_is_no_answer() {
    let mut client = client(|request| {
        let mut data = encoded(cmd::READ_ROW, &row(5));
        // The last member is CurRetxQueue: its four octets become two.
        let length = data.len() - 8;
        data[length..length + 2].copy_from_slice(&6_u16.to_ne_bytes());
        acknowledged(request, data)
    });
    assert!(matches!(client.read_row(5), Err(Error::Malformed(text)) if text.contains("CurRetxQueue")));
}

#[test]
fn scalars_are_read_and_set() {
    let scalars = Scalars {
        control_notify: true,
        conn_table_latency: 60,
        events_lost: 3,
        ..Scalars::default()
    };
    let mut client = client(move |request| {
        let asked = request.estats().unwrap();
        match asked.command {
            cmd::READ_SCALARS => acknowledged(request, datagram::reply(FAMILY, EstatsMessage::scalars_are(&scalars))),
            _ if asked.scalars() == Some(&[Scalar::ControlNotify(false).attribute()]) => {
                acknowledged(request, Vec::new())
            }
            _ => vec![refuse(request, 0, errno::EACCES)],
        }
    });
    assert_eq!(client.scalars().unwrap(), scalars);
    client.set_scalar(Scalar::ControlNotify(false)).unwrap();
    let refused = client.set_scalar(Scalar::ConnTableLatency(1)).unwrap_err();
    assert_eq!(refused.refusal(), Some(Errno::EACCES));
}

#[test]
fn a_daemon_without_the_extension_says_so() {
    let mut client = client(|request| vec![refuse(request, 0, errno::EOPNOTSUPP)]);
    assert_eq!(client.details().unwrap_err().refusal(), Some(Errno::EOPNOTSUPP));
    assert_eq!(
        client.subscribe(Events::ALL).unwrap_err().refusal(),
        Some(Errno::EOPNOTSUPP)
    );
}

/// Notices before, within and behind the answers to what is asked meanwhile.
#[test]
fn notices_come_in_their_order_whatever_is_asked_meanwhile() {
    let mut client = client(|request| {
        let asked = request.estats().unwrap();
        if asked.command == cmd::SUBSCRIBE {
            assert_eq!(asked.events(), Some(3));
            return vec![acknowledge(request, 0), established(1, 0)];
        }
        let mut answer = page(request, [1].into_iter());
        answer.insert(0, [established(2, 0), encoded(cmd::CLOSED, &row(1))].concat());
        answer.push(established(3, 5));
        answer
    });
    client.subscribe(Events::ALL).unwrap();
    assert_eq!(client.list().unwrap(), [connection(1)]);
    let established = |cid, missed| Notice {
        missed,
        event: Event::Established(details(cid)),
    };
    let closed = Notice {
        missed: 0,
        event: Event::Closed(row(1)),
    };
    let notices: Vec<Notice> = client.notices().take(4).map(Result::unwrap).collect();
    // The list ends with an empty page, which brings the last three once more.
    assert_eq!(
        notices,
        [established(1, 0), established(2, 0), closed.clone(), established(3, 5)]
    );
    let next = |client: &mut estats_protocol::Client| client.next_notice(Duration::from_secs(10)).unwrap();
    assert_eq!(next(&mut client), Some(established(2, 0)));
    assert_eq!(next(&mut client), Some(closed));
    assert_eq!(next(&mut client), Some(established(3, 5)));
    assert_eq!(client.next_notice(Duration::from_millis(20)).unwrap(), None);
}

#[test]
fn the_end_of_the_daemon_ends_the_notices() {
    let mut client = client(|request| match request.estats().unwrap().command {
        cmd::SUBSCRIBE => vec![acknowledge(request, 0), established(1, 0)],
        _ => Vec::new(),
    });
    client.subscribe(Events::ALL).unwrap();
    assert!(matches!(client.list(), Err(Error::ConnectionLost)));
    let mut notices = client.notices();
    assert!(matches!(notices.next(), Some(Ok(_))));
    assert!(matches!(notices.next(), Some(Err(Error::ConnectionLost))));
    assert!(notices.next().is_none());
}

#[test]
fn what_is_no_notice_ends_the_notices() {
    let mut client = client(|request| {
        vec![
            acknowledge(request, 0),
            datagram::reply(FAMILY, EstatsMessage::moment(1)),
        ]
    });
    client.subscribe(Events::ALL).unwrap();
    assert!(matches!(client.notices().next(), Some(Err(Error::Malformed(_)))));
    assert!(matches!(client.list(), Err(Error::ConnectionLost)));
}
