//! The extension, byte by byte.

use estats_protocol::{
    EstatsMessage, Events, Instruments, ListenerReading, ListenerTuple, Origin, Scalar, Scalars, Time, Tuple, Value,
    datagram,
};
use estats_spec::Id;

use super::{FAMILY, nest, nlattr, nlmsghdr, v4};

fn u32_attribute(kind: u16, value: u32) -> Vec<u8> {
    [nlattr(8, kind), value.to_ne_bytes().to_vec()].concat()
}

fn u64_attribute(kind: u16, value: u64) -> Vec<u8> {
    [nlattr(12, kind), value.to_ne_bytes().to_vec()].concat()
}

/// The 4TUPLE nest of a request.
fn cid(number: u32) -> Vec<u8> {
    [nest(12, 14), u32_attribute(6, number)].concat()
}

/// A request of the family from these attributes.
fn request(command: u8, attributes: &[Vec<u8>]) -> Vec<u8> {
    message(5, [command, 0, 0, 0], attributes)
}

/// A datagram from the daemon.
fn reply(command: u8, attributes: &[Vec<u8>]) -> Vec<u8> {
    message(0, [command, 1, 0, 0], attributes)
}

fn message(flags: u16, header: [u8; 4], attributes: &[Vec<u8>]) -> Vec<u8> {
    let attributes = attributes.concat();
    let length = u32::try_from(20 + attributes.len()).unwrap();
    let sequence = if flags == 0 { 0 } else { 7 };
    [
        nlmsghdr(length, FAMILY, flags, sequence, 0),
        header.to_vec(),
        attributes,
    ]
    .concat()
}

#[test]
fn requests() {
    let asked = |message| datagram::request(FAMILY, 7, message);
    assert_eq!(asked(EstatsMessage::details(40, None)), request(64, &[cid(40)]));
    assert_eq!(asked(EstatsMessage::read_row(40)), request(65, &[cid(40)]));
    assert_eq!(asked(EstatsMessage::read_rows(40, None)), request(66, &[cid(40)]));
    assert_eq!(
        asked(EstatsMessage::read_rows(40, Some(9000))),
        request(66, &[cid(40), u32_attribute(69, 9000)])
    );
    assert_eq!(
        asked(EstatsMessage::read_sheets(40, Some(9000))),
        request(74, &[cid(40), u32_attribute(69, 9000)])
    );
    assert_eq!(
        asked(EstatsMessage::read_sheets(40, Some(9000)).active_since(41)),
        request(74, &[u64_attribute(28, 41), cid(40), u32_attribute(69, 9000)])
    );
    let listener = [nest(12, 66), u32_attribute(1, 40)].concat();
    assert_eq!(
        asked(EstatsMessage::list_listeners(40, Some(9000))),
        request(67, &[listener, u32_attribute(69, 9000)])
    );
    assert_eq!(asked(EstatsMessage::read_scalars()), request(68, &[]));
    let events = Events {
        established: false,
        closed: true,
    };
    assert_eq!(
        asked(EstatsMessage::subscribe(events, None)),
        request(70, &[u32_attribute(68, 2)])
    );
}

#[test]
fn a_scalar_is_set_by_its_member() {
    for (scalar, member, value) in [
        (Scalar::ControlPath(true), 1, 1),
        (Scalar::ControlStack(false), 2, 2),
        (Scalar::ControlApp(true), 3, 1),
        (Scalar::ControlTune(false), 4, 2),
        (Scalar::ControlNotify(true), 5, 1),
        (Scalar::ConnTableLatency(300), 6, 300),
    ] {
        let expected = [nest(12, 67), u32_attribute(member, value)].concat();
        assert_eq!(
            datagram::request(FAMILY, 7, EstatsMessage::write_scalar(scalar)),
            request(69, &[expected])
        );
        assert_eq!(Scalar::from_member(member, value), Some(scalar));
    }
    for neither in [0, 3, u32::MAX] {
        assert_eq!(Scalar::from_member(1, neither), None);
    }
    for not_writable in [0, 7, 8, 9] {
        assert_eq!(Scalar::from_member(not_writable, 1), None);
    }
}

#[test]
fn the_scalars() {
    let scalars = Scalars {
        control_app: true,
        conn_table_latency: 30,
        listener_table_last_change: 700,
        events_lost: 1 << 40,
        ..Scalars::default()
    };
    let members = [
        u32_attribute(1, 2),
        u32_attribute(2, 2),
        u32_attribute(3, 1),
        u32_attribute(4, 2),
        u32_attribute(5, 2),
        u32_attribute(6, 30),
        u32_attribute(7, 700),
        u64_attribute(8, 1 << 40),
    ];
    let expected = [nest(4 + 7 * 8 + 12, 67), members.concat()].concat();
    assert_eq!(
        datagram::reply(FAMILY, EstatsMessage::scalars_are(&scalars)),
        reply(68, &[expected])
    );
}

fn origin() -> Origin {
    Origin {
        cookie: 0x0102_0304_0506_0708,
        netns: 0xf000_0001,
        cgroup: Some(0x0a0b_0c0d_0e0f_1011),
        uid: Some(1000),
        gid: Some(100),
        pid: Some(4711),
        comm: Some("curl".to_owned()),
        adopted: true,
        closed: true,
    }
}

fn origin_members() -> [Vec<u8>; 9] {
    [
        u64_attribute(1, 0x0102_0304_0506_0708),
        u32_attribute(2, 0xf000_0001),
        u64_attribute(3, 0x0a0b_0c0d_0e0f_1011),
        u32_attribute(4, 1000),
        u32_attribute(5, 100),
        u32_attribute(6, 4711),
        [nlattr(9, 7), b"curl\0\0\0\0".to_vec()].concat(),
        nlattr(4, 8),
        nlattr(4, 9),
    ]
}

fn origin_nest() -> Vec<u8> {
    [nest(4 + 2 * 12 + 4 * 8 + 12 + 8, 65), origin_members().concat()].concat()
}

fn tuple() -> Tuple {
    Tuple::new(9, v4(1, 5001), v4(2, 80))
}

/// The 4TUPLE nest of that connection, as in a list of the old protocol.
fn tuple_nest() -> Vec<u8> {
    datagram::reply(FAMILY, EstatsMessage::listed(&tuple()))[20..].to_vec()
}

fn time_nest() -> Vec<u8> {
    [nest(20, 16), u32_attribute(1, 3), u32_attribute(2, 4)].concat()
}

#[test]
fn a_connection_with_its_origin() {
    assert_eq!(
        datagram::reply(FAMILY, EstatsMessage::detailed(&tuple(), &origin())),
        reply(64, &[tuple_nest(), origin_nest()])
    );
}

#[test]
fn of_an_origin_only_what_is_known_goes_out() {
    let known = Origin {
        cookie: 5,
        netns: 6,
        ..Origin::default()
    };
    let nest = [nest(4 + 12 + 8, 65), u64_attribute(1, 5), u32_attribute(2, 6)].concat();
    assert_eq!(
        datagram::reply(FAMILY, EstatsMessage::detailed(&tuple(), &known)),
        reply(64, &[tuple_nest(), nest])
    );
}

#[test]
fn the_public_part_of_an_origin_is_without_group_process_and_name() {
    let [cookie, netns, cgroup, uid, _, _, _, adopted, closed] = origin_members();
    let members = [cookie, netns, cgroup, uid, adopted, closed].concat();
    let nest = [nest(4 + 12 + 8 + 12 + 8 + 8, 65), members].concat();
    assert_eq!(
        datagram::reply(FAMILY, EstatsMessage::established(&tuple(), &origin().public())),
        reply(71, &[tuple_nest(), nest])
    );
}

/// The member of an instrument is one more than its place in the list of all. The numbers are part of the protocol: an instrument
/// that is added later goes to the end.
#[test]
fn a_row_has_each_value_in_the_width_of_its_instrument() {
    let mut instruments = Instruments::new();
    instruments.set(Id::ListenerStartTime, Value::U64(1));
    instruments.set(Id::SegsOut, Value::U64(0x1_0000_0002));
    instruments.set(Id::HCDataOctetsOut, Value::U32(3));
    instruments.set(Id::WinScaleSent, Value::S32(-1));
    instruments.set(Id::IpTosIn, Value::U32(0x104));
    let member = |id: Id| u16::try_from(Id::ALL.iter().position(|other| *other == id).unwrap()).unwrap() + 1;
    assert_eq!((member(Id::ListenerStartTime), member(Id::SegsOut)), (1, 17));
    let members = [
        u32_attribute(1, 1),
        u32_attribute(17, 2),
        u64_attribute(member(Id::HCDataOctetsOut), 3),
        [nlattr(5, member(Id::IpTosIn)), vec![4, 0, 0, 0]].concat(),
        u32_attribute(member(Id::WinScaleSent), u32::MAX),
    ];
    let row = [nest(4 + 8 + 8 + 12 + 8 + 8, 64), members.concat()].concat();
    let time = Time { sec: 3, usec: 4 };
    let contents = [time_nest(), tuple_nest(), origin_nest(), row];
    for command in [65, 66] {
        let message = EstatsMessage::row(command, time, &tuple(), &origin(), &instruments);
        assert_eq!(datagram::reply(FAMILY, message), reply(command, &contents));
    }
    let closed = EstatsMessage::closed(time, &tuple(), &origin(), &instruments);
    assert_eq!(datagram::reply(FAMILY, closed.clone()), reply(72, &contents));
    assert_eq!(
        datagram::reply(FAMILY, closed.clone().after_missing(0)),
        reply(72, &contents)
    );
    let [time, tuple, origin, row] = contents;
    assert_eq!(
        datagram::reply(FAMILY, closed.after_missing(5)),
        reply(72, &[time, tuple, origin, row, u64_attribute(70, 5)])
    );
}

#[test]
fn a_listening_socket() {
    let mut instruments = Instruments::new();
    instruments.set(Id::ListenerMaxBacklog, Value::U32(128));
    let reading = |address: &str| ListenerReading {
        tuple: ListenerTuple {
            id: 3,
            local: (address.parse().unwrap(), 8080),
        },
        origin: origin(),
        time: Time { sec: 3, usec: 4 },
        instruments: instruments.clone(),
    };
    let row = [nest(12, 64), u32_attribute(13, 128)].concat();
    let expected = |octets: [u8; 16], kind: u8| {
        let members = [
            u32_attribute(1, 3),
            [nlattr(20, 2), octets.to_vec()].concat(),
            [nlattr(6, 3), 8080_u16.to_ne_bytes().to_vec(), vec![0, 0]].concat(),
            [nlattr(5, 4), vec![kind, 0, 0, 0]].concat(),
        ];
        let listener = [nest(4 + 8 + 20 + 8 + 8, 66), members.concat()].concat();
        reply(67, &[time_nest(), listener, origin_nest(), row.clone()])
    };
    let sent = |address| datagram::reply(FAMILY, EstatsMessage::listed_listener(&reading(address)));
    let mut v4 = [0; 16];
    v4[..4].copy_from_slice(&[192, 0, 2, 1]);
    assert_eq!(sent("192.0.2.1"), expected(v4, 1));
    assert_eq!(sent("0.0.0.0"), expected([0; 16], 1));
    assert_eq!(sent("::"), expected([0; 16], 2));
    let mut v6 = [0; 16];
    v6[0] = 0x20;
    v6[15] = 1;
    assert_eq!(sent("2000::1"), expected(v6, 2));
}
