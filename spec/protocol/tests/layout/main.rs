//! What goes out, byte by byte: every expectation is written out here, none comes from the encoder or from the number tables.

mod extension;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use estats_protocol::{
    EstatsMessage, Masks, Time, Tuple, Value,
    acknowledgement::{acknowledge, refuse},
    control,
    datagram::{self, Messages, RawMessage},
    table,
};
use estats_spec::sets::{V117, V121, V122, V124A, V124B, VarSet};

const FAMILY: u16 = 0x1c;

/// `nlmsghdr` of the given values.
fn nlmsghdr(length: u32, kind: u16, flags: u16, sequence: u32, port: u32) -> Vec<u8> {
    let mut bytes = length.to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(flags.to_ne_bytes());
    bytes.extend(sequence.to_ne_bytes());
    bytes.extend(port.to_ne_bytes());
    bytes
}

/// Header of an attribute; the length counts it and the value, not the padding.
fn nlattr(length: u16, kind: u16) -> Vec<u8> {
    [length.to_ne_bytes(), kind.to_ne_bytes()].concat()
}

/// Header of an attribute that holds attributes.
fn nest(length: u16, kind: u16) -> Vec<u8> {
    const NLA_F_NESTED: u16 = 0x8000;
    nlattr(length, kind | NLA_F_NESTED)
}

fn only(datagram: &[u8]) -> RawMessage<'_> {
    let mut messages = Messages::new(datagram);
    let message = messages.next().expect("a message");
    assert!(messages.rest().is_empty());
    message
}

fn v4(last: u8, port: u16) -> (IpAddr, u16) {
    (Ipv4Addr::new(192, 0, 2, last).into(), port)
}

#[test]
fn a_list_request_has_32_bytes() {
    let expected = [
        nlmsghdr(32, FAMILY, 5, 7, 0),
        vec![0, 0, 0, 0],
        nest(12, 14),
        nlattr(8, 6),
        40_u32.to_ne_bytes().to_vec(),
    ];
    assert_eq!(
        datagram::request(FAMILY, 7, EstatsMessage::list(40, None)),
        expected.concat()
    );
}

#[test]
fn a_list_request_with_a_token_has_44_bytes_and_an_unaligned_one() {
    let expected = [
        nlmsghdr(44, FAMILY, 5, 7, 0),
        vec![1, 0, 0, 0],
        nlattr(12, 28),
        0x0102_0304_0506_0708_u64.to_ne_bytes().to_vec(),
        nest(12, 14),
        nlattr(8, 6),
        0_u32.to_ne_bytes().to_vec(),
    ];
    let message = EstatsMessage::read_all(0, Some(0x0102_0304_0506_0708));
    assert_eq!(datagram::request(FAMILY, 7, message), expected.concat());
}

#[test]
fn a_read_request_has_36_bytes_and_12_more_for_a_mask() {
    let mut expected = [
        nlmsghdr(36, FAMILY, 5, 1, 0),
        vec![2, 0, 0, 0],
        nest(12, 14),
        nlattr(8, 6),
        5_u32.to_ne_bytes().to_vec(),
        nest(4, 13),
    ]
    .concat();
    assert_eq!(
        datagram::request(FAMILY, 1, EstatsMessage::read_vars(5, &Masks::ALL)),
        expected
    );

    expected[0] = 48;
    let mask = expected.len() - 4;
    expected[mask..mask + 2].copy_from_slice(&16_u16.to_ne_bytes());
    expected.extend(nlattr(12, 3));
    expected.extend((1_u64 << 40).to_ne_bytes());
    let masks = Masks([None, None, Some(1 << 40), None, None, None]);
    assert_eq!(
        datagram::request(FAMILY, 1, EstatsMessage::read_vars(5, &masks)),
        expected
    );
}

#[test]
fn a_write_request_has_the_name_without_nul() {
    let expected = [
        nlmsghdr(56, FAMILY, 5, 1, 0),
        vec![3, 0, 0, 0],
        nest(12, 14),
        nlattr(8, 6),
        5_u32.to_ne_bytes().to_vec(),
        nest(24, 15),
        nlattr(11, 1),
        b"LimCwnd\0".to_vec(),
        nlattr(8, 2),
        14_600_u32.to_ne_bytes().to_vec(),
    ];
    assert_eq!(
        datagram::request(FAMILY, 1, EstatsMessage::write_var(5, "LimCwnd", 14_600)),
        expected.concat()
    );
}

#[test]
fn init_and_timestamp_requests() {
    assert_eq!(
        datagram::request(FAMILY, 1, EstatsMessage::init()),
        [nlmsghdr(20, FAMILY, 5, 1, 0), vec![4, 0, 0, 0]].concat()
    );
    assert_eq!(
        datagram::request(FAMILY, 1, EstatsMessage::timestamp(250)),
        [
            nlmsghdr(28, FAMILY, 5, 1, 0),
            vec![5, 0, 0, 0],
            nlattr(8, 27),
            250_u32.to_ne_bytes().to_vec()
        ]
        .concat()
    );
}

#[test]
fn a_listed_connection_has_96_bytes_and_every_member() {
    let tuple = Tuple::new(9, v4(1, 5001), v4(2, 80));
    let expected = [
        nlmsghdr(96, FAMILY, 0, 0, 0),
        vec![0, 1, 0, 0],
        nest(76, 14),
        nlattr(20, 1),
        vec![192, 0, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        nlattr(6, 2),
        80_u16.to_ne_bytes().to_vec(),
        vec![0, 0],
        nlattr(20, 3),
        vec![192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        nlattr(6, 4),
        5001_u16.to_ne_bytes().to_vec(),
        vec![0, 0],
        nlattr(5, 5),
        vec![1, 0, 0, 0],
        nlattr(8, 6),
        9_u32.to_ne_bytes().to_vec(),
    ];
    assert_eq!(
        datagram::reply(FAMILY, EstatsMessage::listed(&tuple)),
        expected.concat()
    );
}

#[test]
fn a_v4_mapped_connection_is_listed_as_ipv4() {
    let mapped = |last| Ipv4Addr::new(192, 0, 2, last).to_ipv6_mapped().into();
    // Also when the fields are set one by one.
    let tuple = Tuple {
        cid: 9,
        local: (mapped(1), 5001),
        remote: (mapped(2), 80),
    };
    let plain = Tuple::new(9, v4(1, 5001), v4(2, 80));
    assert_eq!(Tuple::new(9, tuple.local, tuple.remote), plain);
    assert_eq!(
        datagram::reply(FAMILY, EstatsMessage::listed(&tuple)),
        datagram::reply(FAMILY, EstatsMessage::listed(&plain))
    );
}

#[test]
fn an_ipv6_connection_has_type_2_and_whole_addresses() {
    let local: Ipv6Addr = "2001:db8::1".parse().unwrap();
    let remote: Ipv6Addr = "2001:db8::2:0:0:2".parse().unwrap();
    let bytes = datagram::reply(
        FAMILY,
        EstatsMessage::listed(&Tuple::new(1, (local.into(), 1), (remote.into(), 2))),
    );
    assert_eq!(&bytes[28..44], &remote.octets());
    assert_eq!(&bytes[56..72], &local.octets());
    assert_eq!(&bytes[80..88], &[5, 0, 5, 0, 2, 0, 0, 0]);
}

fn complete_reading(set: &VarSet) -> Vec<u8> {
    let tables = table::tables(set, &Masks::ALL, |_| Some(Value::U32(1)));
    let tuple = Tuple::new(9, v4(1, 5001), v4(2, 80));
    let time = Time { sec: 3, usec: 4 };
    datagram::reply(FAMILY, EstatsMessage::values(2, time, &tuple, tables))
}

#[test]
fn a_complete_reading_has_the_size_its_client_expects() {
    // This set has no EXTRAS; its modules left their nest out, which is sent empty here.
    assert_eq!(complete_reading(&V121).len(), 1124 + 4);
    assert_eq!(complete_reading(&V122).len(), 1140);
    assert_eq!(complete_reading(&V124A).len(), 1156);
    assert_eq!(complete_reading(&V124B).len(), 1156);
}

#[test]
fn a_reading_starts_with_time_and_tuple_and_has_six_nests() {
    let nothing = table::tables(&V124B, &Masks::ALL, |_| None);
    let tuple = Tuple::new(9, v4(1, 5001), v4(2, 80));
    let bytes = datagram::reply(
        FAMILY,
        EstatsMessage::values(2, Time { sec: 3, usec: 4 }, &tuple, nothing),
    );
    let time = [
        nest(20, 16),
        nlattr(8, 1),
        3_u32.to_ne_bytes().to_vec(),
        nlattr(8, 2),
        4_u32.to_ne_bytes().to_vec(),
    ];
    assert_eq!(&bytes[16..20], &[2, 1, 0, 0]);
    assert_eq!(&bytes[20..40], &time.concat());
    assert_eq!(&bytes[40..44], &nest(76, 14));
    let nests: Vec<u8> = (1..=6).flat_map(|table| nest(4, table)).collect();
    assert_eq!(&bytes[116..], &nests);
}

#[test]
fn values_stand_at_their_index_in_the_width_of_their_set() {
    // StartTimeStamp is PERF 12: one byte in the oldest set, eight in the newest.
    let stamp =
        |id: estats_spec::Id| (id == estats_spec::Id::StartTimeStamp).then_some(Value::U64(0x0102_0304_0506_0708));
    let first_table = |set| {
        let tuple = Tuple::new(9, v4(1, 5001), v4(2, 80));
        let tables = table::tables(set, &Masks::ALL, stamp);
        let bytes = datagram::reply(
            FAMILY,
            EstatsMessage::values(2, Time { sec: 3, usec: 4 }, &tuple, tables),
        );
        bytes[116..].to_vec()
    };
    let wide = [
        nest(16, 1),
        nlattr(12, 12),
        0x0102_0304_0506_0708_u64.to_ne_bytes().to_vec(),
    ]
    .concat();
    assert_eq!(first_table(&V124B)[..16], wide);
    let narrow = [nest(12, 1), nlattr(5, 12), vec![8, 0, 0, 0]].concat();
    assert_eq!(first_table(&V117)[..12], narrow);
}

#[test]
fn the_description_of_the_variables_has_its_known_sizes() {
    let size = |set| datagram::reply(FAMILY, EstatsMessage::mib(set)).len();
    assert_eq!(size(&V124B), 3688);
    assert_eq!(size(&V124A), 3692);
    assert_eq!(size(&V122), 3624);
}

#[test]
fn the_description_starts_with_the_counts_and_the_first_variable() {
    let bytes = datagram::reply(FAMILY, EstatsMessage::mib(&V124B));
    let counts = [
        vec![4, 1, 0, 0],
        nlattr(8, 17),
        6_u32.to_ne_bytes().to_vec(),
        nlattr(8, 18),
        124_u32.to_ne_bytes().to_vec(),
    ];
    assert_eq!(&bytes[16..36], &counts.concat());
    assert_eq!(&bytes[38..40], &nest(0, 19)[2..]);
    let first = [
        nest(24, 25),
        nlattr(12, 1),
        b"SegsOut\0".to_vec(),
        nlattr(8, 2),
        2_u32.to_ne_bytes().to_vec(),
    ];
    assert_eq!(&bytes[40..64], &first.concat());
}

#[test]
fn a_token_goes_out_under_both_numbers() {
    let token = 0x1122_3344_5566_7788_u64;
    let expected = [
        nlmsghdr(44, FAMILY, 0, 0, 0),
        vec![5, 1, 0, 0],
        nlattr(12, 27),
        token.to_ne_bytes().to_vec(),
        nlattr(12, 28),
        token.to_ne_bytes().to_vec(),
    ];
    assert_eq!(datagram::reply(FAMILY, EstatsMessage::moment(token)), expected.concat());
}

#[test]
fn the_family_request_is_what_legacy_clients_send() {
    let expected = [
        nlmsghdr(36, 16, 5, 99, 0),
        vec![3, 0, 0, 0],
        nlattr(15, 2),
        b"tcp_estats\0\0".to_vec(),
    ];
    assert_eq!(control::family_request(99), expected.concat());
}

#[test]
fn the_family_id_survives_the_acknowledgement() {
    let request = control::family_request(99);
    let reply = control::family_reply(&only(&request), 0, 0);
    let start = [
        nlmsghdr(u32::try_from(reply.len()).unwrap(), 16, 0, 99, 0),
        vec![1, 2, 0, 0],
        nlattr(15, 2),
        b"tcp_estats\0\0".to_vec(),
        nlattr(6, 1),
        1024_u16.to_ne_bytes().to_vec(),
        vec![0, 0],
        nlattr(8, 3),
        1_u32.to_ne_bytes().to_vec(),
        nlattr(8, 4),
        0_u32.to_ne_bytes().to_vec(),
        nlattr(8, 5),
        28_u32.to_ne_bytes().to_vec(),
    ]
    .concat();
    assert_eq!(reply[..start.len()], start);
    // Behind them only what a client of that age knows: six commands, and the multicast group.
    let rest = &reply[start.len()..];
    assert_eq!(rest[..4], nlattr(4 + 6 * 20, 6)[..]);
    assert_eq!(rest[4..12], [nlattr(20, 1), nlattr(8, 1)].concat()[..]);
    assert_eq!(rest[124..128], nlattr(4 + 4 + 8 + 20, 7)[..]);
    assert_eq!(rest.len(), 124 + 36);
    assert_eq!(
        rest[132..140],
        [nlattr(8, 2), vec![0; 4]].concat()[..],
        "no group to join"
    );
    // The id stands at 36, where the acknowledgement ends.
    assert_eq!(acknowledge(&only(&request), 0).len(), 36);
    assert_eq!(reply[36..40], nlattr(6, 1)[..]);
}

#[test]
fn over_netlink_the_family_names_its_group() {
    let request = control::family_request(99);
    let unix = control::family_reply(&only(&request), 0, 0);
    let mut netlink = control::family_reply(&only(&request), 77, 31);
    let group = netlink.len() - 36 + 12;
    assert_eq!(netlink[group..group + 4], 31_u32.to_ne_bytes());
    // That and the port are all that differs.
    netlink[group..group + 4].fill(0);
    netlink[12..16].fill(0);
    assert_eq!(netlink, unix);
}

#[test]
fn an_acknowledgement_repeats_the_header_and_nothing_else() {
    let request = datagram::request(FAMILY, 0xdead_beef, EstatsMessage::read_vars(5, &Masks::ALL));
    let expected = [
        nlmsghdr(36, 2, 0, 0xdead_beef, 77),
        vec![0, 0, 0, 0],
        nlmsghdr(36, FAMILY, 5, 0xdead_beef, 0),
    ];
    assert_eq!(acknowledge(&only(&request), 77), expected.concat());
}

#[test]
fn a_refusal_repeats_the_request() {
    let request = datagram::request(FAMILY, 3, EstatsMessage::read_vars(5, &Masks::ALL));
    let expected = [
        nlmsghdr(20 + 36, 2, 0, 3, 0),
        (-22_i32).to_ne_bytes().to_vec(),
        request.clone(),
    ];
    assert_eq!(refuse(&only(&request), 0, 22), expected.concat());
}

#[test]
fn a_refusal_of_a_request_that_fits_no_datagram_repeats_the_header() {
    let mut request = [nlmsghdr(3760, FAMILY, 5, 3, 0), vec![9, 0, 0, 0]].concat();
    request.resize(3760, 0);
    let expected = [
        nlmsghdr(36, 2, 0x100, 3, 0),
        (-95_i32).to_ne_bytes().to_vec(),
        request[..16].to_vec(),
    ];
    assert_eq!(refuse(&only(&request), 0, 95), expected.concat());
}
