//! Every kind of bad request and the error number it gets. The bytes are written out here.

use estats_protocol::datagram::Messages;
use estats_spec::wire::errno::{EINVAL, ENOENT, EOPNOTSUPP, EPERM};

use super::{
    Fake,
    exchange::{ROOT, answers, ending, session},
};
use crate::server::exchange::{Exchange, Turn};

mod extension;

const FAMILY: u16 = 1024;
const REQUEST_ACK: u16 = 5;

fn message(kind: u16, flags: u16, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + payload.len()).unwrap();
    [
        &length.to_ne_bytes()[..],
        &kind.to_ne_bytes(),
        &flags.to_ne_bytes(),
        &77_u32.to_ne_bytes(),
        &0_u32.to_ne_bytes(),
        payload,
    ]
    .concat()
}

pub(super) fn command(number: u8, attributes: &[Vec<u8>]) -> Vec<u8> {
    message(
        FAMILY,
        REQUEST_ACK,
        &[vec![number, 0, 0, 0], attributes.concat()].concat(),
    )
}

pub(super) fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + value.len()).unwrap();
    let mut bytes = [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// The 4TUPLE nest with an id.
fn cid(number: u32) -> Vec<u8> {
    attribute(14, &attribute(6, &number.to_ne_bytes()))
}

/// The WRITE nest.
fn write(name: Option<&str>, value: Option<u32>) -> Vec<u8> {
    let name = name.map(|name| attribute(1, name.as_bytes()));
    let value = value.map(|value| attribute(2, &value.to_ne_bytes()));
    attribute(15, &[name.unwrap_or_default(), value.unwrap_or_default()].concat())
}

/// The error number that the one answer to `datagram` carries.
fn errno(datagram: Vec<u8>) -> i32 {
    let mut fake = Fake::new([5, 6]);
    fake.dying = vec![6];
    let answers = answers(datagram, ROOT, &mut fake);
    assert_eq!(answers.len(), 1);
    assert_eq!(fake.written, []);
    ending(&answers[0]).expect("an ending")
}

#[test]
fn lists_and_readings_of_all() {
    for number in [0, 1] {
        assert_eq!(errno(command(number, &[attribute(14, &[])])), EINVAL, "no id");
        assert_eq!(errno(command(number, &[cid(0x8000_0000)])), EINVAL, "negative id");
        assert_eq!(errno(command(number, &[cid(u32::MAX)])), EINVAL, "negative id");
        assert_eq!(errno(command(number, &[attribute(14, &[8, 0])])), EINVAL, "bad nest");
        assert_eq!(
            errno(command(number, &[cid(7)])),
            0,
            "an id behind the last one is no error"
        );
    }
}

#[test]
fn readings() {
    assert_eq!(errno(command(2, &[])), EINVAL, "no 4TUPLE");
    assert_eq!(errno(command(2, &[attribute(14, &[])])), EINVAL, "no id");
    assert_eq!(
        errno(command(2, &[attribute(14, &attribute(6, &[5, 0]))])),
        EINVAL,
        "short id"
    );
    assert_eq!(errno(command(2, &[attribute(14, &[9, 0, 6])])), EINVAL, "bad nest");
    assert_eq!(
        errno(command(2, &[cid(5), attribute(13, &attribute(1, &[1]))])),
        EINVAL,
        "bad mask"
    );
    for number in [0, 0x8000_0005, u32::MAX, 4] {
        assert_eq!(errno(command(2, &[cid(number)])), EINVAL, "id {number}");
    }
    assert_eq!(errno(command(2, &[cid(6)])), EINVAL, "dying");
}

#[test]
fn a_reading_needs_no_mask() {
    assert_eq!(answers(command(2, &[cid(5)]), ROOT, &mut Fake::new([5])).len(), 2);
}

#[test]
fn writes_in_the_order_of_their_checks() {
    let good = || write(Some("LimCwnd"), Some(1));
    assert_eq!(errno(command(3, &[good()])), EINVAL, "no 4TUPLE");
    assert_eq!(errno(command(3, &[cid(0), good()])), EINVAL, "id 0");
    assert_eq!(errno(command(3, &[cid(5)])), EINVAL, "no WRITE");
    assert_eq!(errno(command(3, &[cid(5), write(None, Some(1))])), EINVAL, "no name");
    assert_eq!(
        errno(command(3, &[cid(5), write(Some("Nonsense"), Some(1))])),
        EINVAL,
        "unknown name"
    );
    assert_eq!(
        errno(command(3, &[cid(5), write(Some(&"L".repeat(21)), Some(1))])),
        EINVAL,
        "long name"
    );
    assert_eq!(
        errno(command(3, &[cid(5), write(Some("LimCwnd"), None)])),
        EINVAL,
        "no value"
    );
    assert_eq!(errno(command(3, &[cid(4), good()])), EINVAL, "unknown id");
    assert_eq!(errno(command(3, &[cid(6), good()])), EINVAL, "dying");
    // What is wrong with the request comes before what is wrong with the variable.
    assert_eq!(errno(command(3, &[cid(5), write(Some("SegsOut"), None)])), EINVAL);
    assert_eq!(errno(command(3, &[cid(4), write(Some("SegsOut"), Some(1))])), EINVAL);
    for name in ["SegsOut", "LimMSS", "Priority", "segsout"] {
        assert_eq!(
            errno(command(3, &[cid(5), write(Some(name), Some(1))])),
            EPERM,
            "{name}"
        );
    }
    let refused_by_the_kernel = command(3, &[cid(5), write(Some("LimCwnd"), Some(u32::MAX))]);
    assert_eq!(errno(refused_by_the_kernel), libc::ENOBUFS);
}

#[test]
fn names_may_end_in_nul() {
    let mut fake = Fake::new([5]);
    answers(
        command(3, &[cid(5), write(Some("LimCwnd\0"), Some(1))]),
        ROOT,
        &mut fake,
    );
    assert_eq!(fake.written.len(), 1);
}

#[test]
fn the_moment_of_a_token_is_optional_and_has_two_numbers() {
    let token = |attributes: &[Vec<u8>]| {
        let answers = answers(command(5, attributes), ROOT, &mut Fake::default());
        u64::from_ne_bytes(answers[0][24..32].try_into().unwrap())
    };
    let now = token(&[]);
    for kind in [26, 27] {
        assert_eq!(token(&[attribute(kind, &250_u32.to_ne_bytes())]), now - 250);
    }
}

#[test]
fn families_and_commands() {
    let genl = |number: u8| [number, 0, 0, 0];
    assert_eq!(
        errno(message(FAMILY + 1, REQUEST_ACK, &genl(0))),
        ENOENT,
        "another family"
    );
    assert_eq!(
        errno(message(17, REQUEST_ACK, &[])),
        ENOENT,
        "before the length is looked at"
    );
    for number in [6, 7, 63, 71, 72, 75, 255] {
        assert_eq!(errno(command(number, &[])), EOPNOTSUPP, "command {number}");
        // Even if its attributes make no sense.
        assert_eq!(
            errno(command(number, &[vec![1, 0, 0, 0]])),
            EOPNOTSUPP,
            "command {number}"
        );
    }
    assert_eq!(
        errno(message(FAMILY, REQUEST_ACK | 0x300, &genl(0))),
        EOPNOTSUPP,
        "dump"
    );
    for length in 0..4 {
        assert_eq!(
            errno(message(FAMILY, REQUEST_ACK, &genl(0)[..length])),
            EINVAL,
            "half a header"
        );
        assert_eq!(
            errno(message(16, REQUEST_ACK, &genl(3)[..length])),
            EINVAL,
            "half a header"
        );
    }
}

#[test]
fn looking_up_families() {
    let get = |attributes: &[Vec<u8>]| message(16, REQUEST_ACK, &[vec![3, 1, 0, 0], attributes.concat()].concat());
    assert_eq!(errno(get(&[attribute(2, b"nl80211\0")])), ENOENT);
    assert_eq!(errno(get(&[attribute(2, b"\0")])), ENOENT);
    assert_eq!(
        errno(get(&[attribute(1, &FAMILY.wrapping_add(1).to_ne_bytes())])),
        ENOENT
    );
    assert_eq!(errno(get(&[])), EINVAL, "neither name nor id");
    assert_eq!(errno(get(&[attribute(2, &[0xff, 0xfe, 0])])), EINVAL, "no text");
    assert_eq!(errno(get(&[vec![200, 0, 2, 0]])), EINVAL, "points outside");
    assert_eq!(
        errno(message(16, REQUEST_ACK, &[10, 1, 0, 0])),
        EOPNOTSUPP,
        "another command"
    );
    let by_id = get(&[attribute(1, &FAMILY.to_ne_bytes())]);
    assert_eq!(answers(by_id, ROOT, &mut Fake::default()).len(), 2);
}

#[test]
fn messages_of_netlink_itself_are_acknowledged() {
    // What a client sends that was told no family: its commands have type 0.
    for kind in 0..16 {
        assert_eq!(errno(message(kind, REQUEST_ACK, &[2, 0, 0, 0])), 0, "type {kind}");
    }
    // Without the flag of a request it is none, whatever it holds.
    assert_eq!(errno(message(FAMILY, 4, &[99, 0, 0, 0])), 0);
}

#[test]
fn older_generations() {
    // W1: the 4-tuple is attribute 12, the id its member 5.
    assert_eq!(
        errno(command(2, &[attribute(12, &attribute(5, &5_u32.to_ne_bytes()))])),
        EINVAL
    );
    // W1: WRITE is attribute 13, which is a mask now.
    let write = attribute(13, &attribute(1, b"LimCwnd"));
    assert_eq!(
        errno(command(3, &[attribute(12, &attribute(5, &5_u32.to_ne_bytes())), write])),
        EINVAL
    );
}

#[test]
fn lengths_that_cannot_be_right() {
    let whole = command(2, &[cid(5)]);
    for length in [0_u32, 15, 33, u32::MAX] {
        let mut bytes = whole.clone();
        bytes[..4].copy_from_slice(&length.to_ne_bytes());
        assert_eq!(errno(bytes), EINVAL, "length {length}");
    }
    // Too short to know whom to answer.
    for length in 0..16 {
        assert_eq!(
            answers(whole[..length].to_vec(), ROOT, &mut Fake::default()),
            Vec::<Vec<u8>>::new()
        );
    }
}

#[test]
fn a_request_longer_than_the_buffer_is_named_so() {
    let mut long = command(2, &[attribute(300, &[0; 8000])]);
    long.truncate(4096);
    let mut exchange = Exchange::new(long, true, session(ROOT));
    let Turn::Send(refusal) = exchange.next(&mut Fake::default()) else {
        panic!("it is refused");
    };
    assert_eq!((refusal.len(), ending(&refusal)), (36, Some(libc::EMSGSIZE)));
    assert_eq!(exchange.next(&mut Fake::default()), Turn::Over);
}

#[test]
fn a_refusal_repeats_the_request() {
    let request = command(2, &[cid(4)]);
    let answers = answers(request.clone(), ROOT, &mut Fake::default());
    assert_eq!(answers[0].len(), 20 + request.len());
    let refusal = Messages::new(&answers[0]).next().unwrap();
    assert_eq!(refusal.payload()[4..], request);
}
