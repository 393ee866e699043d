//! What comes in broken: refused or ignored as the kernel did, never a panic.

use estats_protocol::{
    EstatsMessage, Events, Masks, Origin, Scalars, Value,
    attribute::EstatsAttr,
    control::Family,
    datagram::{Messages, RawMessage},
    table::TableAttr,
    tuple::TupleAttr,
};

/// A `READ_VARS` request with these attributes behind its headers.
fn request(attributes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(20 + attributes.len()).unwrap();
    [
        &length.to_ne_bytes()[..],
        &0x400_u16.to_ne_bytes(),
        &5_u16.to_ne_bytes(),
        &[0; 8],
        &[2, 0, 0, 0],
        attributes,
    ]
    .concat()
}

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + value.len()).unwrap();
    let mut bytes = [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn decode(attributes: &[u8]) -> Result<EstatsMessage, String> {
    let bytes = request(attributes);
    let message = Messages::new(&bytes).next().expect("a message");
    message.estats().map_err(|error| error.to_string())
}

#[test]
fn a_datagram_without_a_whole_message_has_none() {
    let whole = request(&[]);
    for length in 0..whole.len() {
        assert_eq!(Messages::new(&whole[..length]).next(), None, "{length} bytes");
    }
    for length in [0_u32, 15, u32::MAX] {
        let mut bytes = whole.clone();
        bytes[..4].copy_from_slice(&length.to_ne_bytes());
        assert_eq!(Messages::new(&bytes).next(), None, "length field {length}");
    }
}

#[test]
fn messages_behind_each_other_are_aligned() {
    let mut first = request(&[1]);
    assert_eq!(first.len(), 21);
    first.extend([0; 3]);
    let second = request(&[]);
    let datagram = [first, second.clone()].concat();
    let lengths: Vec<usize> = Messages::new(&datagram).map(|message| message.bytes.len()).collect();
    assert_eq!(lengths, [21, 20]);
    // The last one needs no padding.
    let datagram = [second, request(&[1])].concat();
    let mut messages = Messages::new(&datagram);
    assert_eq!(messages.by_ref().count(), 2);
    assert!(messages.rest().is_empty());
}

#[test]
fn a_message_without_the_generic_header_is_refused() {
    for length in 16_u8..20 {
        let mut bytes = request(&[]);
        bytes.truncate(length.into());
        bytes[..4].copy_from_slice(&u32::from(length).to_ne_bytes());
        let message = Messages::new(&bytes).next().expect("a message");
        assert!(message.genl_header().is_err() && message.estats().is_err());
        assert!(message.attributes().is_empty());
    }
}

#[test]
fn an_attribute_that_points_outside_is_refused() {
    let good = attribute(14, &attribute(6, &5_u32.to_ne_bytes()));
    assert_eq!(decode(&good).unwrap().cid(), Some(5));
    for length in [0_u16, 1, 3, 13, 0xffff] {
        let mut bad = good.clone();
        bad[..2].copy_from_slice(&length.to_ne_bytes());
        assert!(decode(&bad).is_err(), "outer length {length}");
    }
    for length in [0_u16, 1, 3, 9, 0xffff] {
        let mut bad = good.clone();
        bad[4..6].copy_from_slice(&length.to_ne_bytes());
        assert!(decode(&bad).is_err(), "inner length {length}");
    }
}

#[test]
fn a_member_of_another_width_is_refused() {
    let members: [(u16, u16, &[usize]); 12] = [
        (14, 1, &[0, 4, 15, 17]), // addresses have 16 bytes; 17 had they before 2013
        (14, 2, &[0, 1, 4]),
        (14, 3, &[0, 4, 15, 17]),
        (14, 4, &[0, 1, 4]),
        (14, 5, &[0, 2, 4]),
        (14, 6, &[0, 2, 3, 8]),
        (13, 1, &[0, 4, 7, 9]),
        (13, 6, &[0, 4, 7, 9]),
        (15, 2, &[0, 3, 8]),
        (16, 1, &[0, 8]),
        (16, 2, &[0, 8]),
        (17, 0, &[1, 4]), // no nest: the member makes the value too long
    ];
    for (nest, member, widths) in members {
        for &width in widths {
            let bad = attribute(nest, &attribute(member, &vec![0; width]));
            assert!(decode(&bad).is_err(), "nest {nest}, member {member}, {width} bytes");
        }
    }
}

#[test]
fn a_name_that_is_no_text_is_refused() {
    assert!(decode(&attribute(15, &attribute(1, &[0xff, 0xfe]))).is_err());
}

#[test]
fn flags_of_the_attribute_number_do_not_matter() {
    let cid = |nest: u16, member: u16| {
        decode(&attribute(nest, &attribute(member, &5_u32.to_ne_bytes())))
            .unwrap()
            .cid()
    };
    for flags in [0, 0x8000, 0x4000, 0xc000] {
        assert_eq!(cid(0x0e | flags, 6), Some(5));
        assert_eq!(cid(0x0e, 6 | flags), Some(5));
    }
}

#[test]
fn unknown_attributes_are_kept() {
    let unknown = attribute(300, b"what");
    let message = decode(&[unknown.clone(), attribute(14, &attribute(99, &[1, 2, 3]))].concat()).unwrap();
    assert!(matches!(message.attributes[0], EstatsAttr::Other(_)));
    assert!(matches!(message.tuple(), Some([TupleAttr::Other(_)])));
    let again = estats_protocol::datagram::request(0x400, 0, message);
    assert_eq!(again[20..28], unknown[..]);
    assert_eq!(again[32..40], attribute(99, &[1, 2, 3])[..]);
}

#[test]
fn of_two_the_later_one_counts() {
    let tuple = |cid: u32| attribute(14, &attribute(6, &cid.to_ne_bytes()));
    assert_eq!(decode(&[tuple(1), tuple(2)].concat()).unwrap().cid(), Some(2));
    let mask = |bits: u64| attribute(1, &bits.to_ne_bytes());
    let message = decode(&attribute(13, &[mask(1), mask(2)].concat())).unwrap();
    assert_eq!(message.masks(), Masks([Some(2), None, None, None, None, None]));
}

#[test]
fn an_older_generation_has_no_connection() {
    // In W1 attribute 12 is the 4-tuple and member 5 the id.
    let message = decode(&attribute(12, &attribute(5, &5_u32.to_ne_bytes()))).unwrap();
    assert_eq!((message.tuple(), message.cid()), (None, None));
}

#[test]
fn the_age_is_told_from_the_token_by_its_width() {
    let age = |kind| decode(&attribute(kind, &250_u32.to_ne_bytes())).unwrap();
    assert_eq!((age(26).age(), age(26).since()), (Some(250), None));
    assert_eq!((age(27).age(), age(27).since()), (Some(250), None));
    assert_eq!((age(28).age(), age(28).since()), (None, None));
    let token = |kind| decode(&attribute(kind, &250_u64.to_ne_bytes())).unwrap();
    assert_eq!((token(26).age(), token(26).since()), (None, None));
    assert_eq!((token(27).age(), token(27).since()), (None, Some(250)));
    assert_eq!((token(28).age(), token(28).since()), (None, Some(250)));
}

#[test]
fn a_family_is_found_among_attributes_of_newer_kernels() {
    // CTRL_ATTR_POLICY (8) without its content, and one from the future.
    let bytes = request(
        &[
            attribute(8, &[]),
            attribute(77, &[1]),
            attribute(2, b"tcp_estats\0"),
            attribute(1, &21_u16.to_ne_bytes()),
        ]
        .concat(),
    );
    let message: RawMessage<'_> = Messages::new(&bytes).next().unwrap();
    let family = Family::parse(&message).unwrap();
    assert_eq!((family.name.as_deref(), family.id), (Some("tcp_estats"), Some(21)));
}

#[test]
fn members_of_the_extension_have_their_widths() {
    for (kind, width) in [(68, 4), (69, 4), (70, 8)] {
        for length in 0..12 {
            assert_eq!(
                decode(&attribute(kind, &vec![0; length])).is_ok(),
                length == width,
                "attribute {kind} of {length} octets"
            );
        }
    }
    for (nest, member, width) in [
        (65, 1, 8),
        (65, 2, 4),
        (65, 3, 8),
        (65, 4, 4),
        (65, 5, 4),
        (65, 6, 4),
        (65, 8, 0),
        (65, 9, 0),
        (66, 1, 4),
        (66, 2, 16),
        (66, 3, 2),
        (66, 4, 1),
    ] {
        for length in 0..20 {
            assert_eq!(
                decode(&attribute(nest, &attribute(member, &vec![0; length]))).is_ok(),
                length == width,
                "member {member} of attribute {nest} of {length} octets"
            );
        }
    }
    assert!(
        decode(&attribute(65, &attribute(7, &[0xff, 0xfe, 0]))).is_err(),
        "no text"
    );
    for nest in [64, 65, 66, 67] {
        assert!(decode(&attribute(nest, &[9, 0, 1])).is_err(), "points outside");
        assert!(decode(&attribute(nest, &attribute(99, &[1, 2, 3]))).is_ok(), "unknown");
    }
}

#[test]
fn an_origin_needs_cookie_and_namespace() {
    let complete = Origin {
        cookie: 1,
        netns: 2,
        ..Origin::default()
    };
    let members = complete.attributes();
    assert_eq!(Origin::from_attributes(&members).unwrap(), complete);
    for left_out in 0..members.len() {
        let mut rest = members.clone();
        rest.remove(left_out);
        assert!(Origin::from_attributes(&rest).is_err());
    }
}

#[test]
fn scalars_are_all_there_and_switches_are_on_or_off() {
    let members = Scalars::default().attributes();
    for left_out in 0..members.len() {
        let mut rest = members.clone();
        rest.remove(left_out);
        assert!(Scalars::from_attributes(&rest).is_err(), "without {left_out}");
    }
    let neither = TableAttr::Value {
        index: 3,
        value: Value::U32(3),
    };
    assert!(Scalars::from_attributes(&[members.clone(), vec![neither]].concat()).is_err());
    let narrow = TableAttr::Value {
        index: 6,
        value: Value::U16(3),
    };
    assert!(Scalars::from_attributes(&[members, vec![narrow]].concat()).is_err());
}

#[test]
fn events_that_do_not_exist_are_no_events() {
    assert_eq!(Events::from_bits(0), Some(Events::NONE));
    assert_eq!(Events::from_bits(3), Some(Events::ALL));
    for bits in [4, 7, 1 << 31] {
        assert_eq!(Events::from_bits(bits), None);
    }
}
