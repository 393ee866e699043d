//! Bad requests of the extension.

use estats_spec::sets::V117;
use estats_spec::wire::errno::{EACCES, EINVAL, ENOBUFS, EOPNOTSUPP, EPERM};

use super::{super::Fake, attribute, cid, command, errno};
use crate::server::{
    Caller, Limits,
    exchange::{Exchange, Turn},
    hub::Hub,
    session::Session,
    tests::{
        ROOT,
        exchange::{answers, ending, session},
    },
};

/// The LISTENER nest with an id.
fn listener(number: u32) -> Vec<u8> {
    attribute(66, &attribute(1, &number.to_ne_bytes()))
}

fn scalar(member: u16, value: u32) -> Vec<u8> {
    attribute(67, &attribute(member, &value.to_ne_bytes()))
}

fn errno_for(caller: Caller, datagram: Vec<u8>) -> i32 {
    let answers = answers(datagram, caller, &mut Fake::new([5]));
    ending(answers.last().unwrap()).expect("an ending")
}

#[test]
fn lists_and_rows_of_all() {
    for number in [64, 66, 74] {
        assert_eq!(errno(command(number, &[])), EINVAL, "no 4TUPLE");
        assert_eq!(errno(command(number, &[attribute(14, &[])])), EINVAL, "no id");
        assert_eq!(errno(command(number, &[cid(0x8000_0000)])), EINVAL, "negative id");
        assert_eq!(errno(command(number, &[attribute(14, &[9, 0])])), EINVAL, "bad nest");
        assert_eq!(
            errno(command(number, &[cid(1), attribute(69, &[1])])),
            EINVAL,
            "bad length"
        );
        assert_eq!(errno(command(number, &[cid(7)])), 0, "an id behind the last one");
    }
}

#[test]
fn rows() {
    assert_eq!(errno(command(65, &[])), EINVAL, "no 4TUPLE");
    for number in [0, 0x8000_0005, u32::MAX, 4] {
        assert_eq!(errno(command(65, &[cid(number)])), EINVAL, "id {number}");
    }
    assert_eq!(errno(command(65, &[cid(6)])), EINVAL, "dying");
    assert_eq!(errno_for(Caller::new(1, 1, 0), command(65, &[cid(5)])), EACCES);
    assert_eq!(errno_for(Caller::new(1, 1, 0), command(65, &[cid(4)])), EINVAL);
}

#[test]
fn lists_of_listeners() {
    assert_eq!(errno(command(67, &[])), EINVAL, "no LISTENER");
    assert_eq!(errno(command(67, &[attribute(66, &[])])), EINVAL, "no id");
    assert_eq!(errno(command(67, &[listener(0x8000_0000)])), EINVAL, "negative id");
    assert_eq!(errno(command(67, &[attribute(66, &attribute(1, &[1]))])), EINVAL);
    assert_eq!(errno(command(67, &[listener(7)])), 0, "an id behind the last one");
}

#[test]
fn scalars_in_the_order_of_their_checks() {
    let stranger = Caller::new(1000, 100, 0);
    assert_eq!(errno(command(69, &[])), EINVAL, "no SCALARS");
    assert_eq!(errno(command(69, &[attribute(67, &[])])), EINVAL, "none");
    let two = [attribute(1, &[1, 0, 0, 0]), attribute(2, &[1, 0, 0, 0])].concat();
    assert_eq!(errno(command(69, &[attribute(67, &two)])), EINVAL, "two");
    assert_eq!(errno(command(69, &[scalar(9, 1)])), EINVAL, "unknown");
    assert_eq!(
        errno(command(69, &[attribute(67, &attribute(6, &[1]))])),
        EINVAL,
        "narrow"
    );
    assert_eq!(
        errno(command(69, &[attribute(67, &attribute(6, &[1, 0, 0]))])),
        EINVAL,
        "of no width"
    );
    for value in [0, 3] {
        assert_eq!(
            errno_for(stranger, command(69, &[scalar(1, value)])),
            EINVAL,
            "neither true nor false"
        );
    }
    for (member, value) in [(1, 1), (6, 1), (6, u32::MAX), (7, 1)] {
        assert_eq!(
            errno_for(stranger, command(69, &[scalar(member, value)])),
            EACCES,
            "member {member}"
        );
    }
    for member in [7, 8] {
        assert_eq!(errno(command(69, &[scalar(member, 1)])), EPERM, "member {member}");
    }
    assert_eq!(
        errno(command(69, &[scalar(6, u32::MAX)])),
        libc::ERANGE,
        "refused behind the checks"
    );
}

#[test]
fn subscriptions() {
    let events = |bits: u32| attribute(68, &bits.to_ne_bytes());
    assert_eq!(errno(command(70, &[])), EINVAL, "no EVENTS");
    assert_eq!(errno(command(70, &[attribute(68, &[1])])), EINVAL, "narrow");
    for bits in [4, 7, u32::MAX] {
        assert_eq!(errno(command(70, &[events(bits)])), EINVAL, "bits {bits}");
    }
    assert_eq!(
        errno(command(70, &[events(3), attribute(69, &[1])])),
        EINVAL,
        "bad length"
    );
    for bits in 0..=3 {
        assert_eq!(errno(command(70, &[events(bits)])), 0);
    }

    let over_netlink = Session {
        subscription: None,
        ..session(ROOT)
    };
    let mut exchange = Exchange::new(command(70, &[events(3)]), false, over_netlink);
    let Turn::Send(refusal) = exchange.next(&mut Fake::default()) else {
        panic!("it is refused");
    };
    assert_eq!(ending(&refusal), Some(EOPNOTSUPP));
}

#[test]
fn there_is_room_for_so_many_subscribers_and_for_root() {
    let hub = Hub::new(Limits {
        subscribers: 2,
        ..Limits::default()
    });
    let subscribe = |caller: Caller, bits: u32, kept: Option<&Session>| {
        let session = kept.cloned().unwrap_or_else(|| Session {
            hub: hub.clone(),
            subscription: Some(hub.subscription(caller)),
            ..session(caller)
        });
        let request = command(70, &[attribute(68, &bits.to_ne_bytes())]);
        let mut exchange = Exchange::new(request, false, session.clone());
        let Turn::Send(answer) = exchange.next(&mut Fake::default()) else {
            panic!("it is answered");
        };
        (ending(&answer).unwrap(), session)
    };
    let user = Caller::new(5, 5, 0);
    let (first, second) = (subscribe(user, 1, None), subscribe(user, 1, None));
    assert_eq!((first.0, second.0), (0, 0));
    assert_eq!(subscribe(user, 1, None).0, ENOBUFS);
    assert_eq!(subscribe(ROOT, 1, None).0, 0);
    assert_eq!(
        subscribe(user, 2, Some(&second.1)).0,
        0,
        "who is in may change its mind"
    );
    assert_eq!(subscribe(user, 0, Some(&first.1)).0, 0);
    let third = subscribe(user, 1, None);
    assert_eq!(third.0, 0, "one has left");
    assert_eq!(subscribe(user, 1, Some(&first.1)).0, ENOBUFS);
    drop(second);
    assert_eq!(subscribe(user, 1, Some(&first.1)).0, 0, "one has gone away");
}

/// The WIRE and VARIABLES attributes: every variable is stored in the width that its set says.
fn spoken(wire: &str, names: impl IntoIterator<Item = (u16, &'static str)>) -> [Vec<u8>; 2] {
    let text = |text: &str| [text.as_bytes(), b"\0"].concat();
    let members: Vec<u8> = names
        .into_iter()
        .flat_map(|(kind, name)| attribute(kind, &text(name)))
        .collect();
    [attribute(71, &text(wire)), attribute(72, &members)]
}

#[test]
fn introductions() {
    let known = || V117.iter().map(|variable| (variable.wire as u16 + 1, variable.name));
    let introduce = |attributes: &[Vec<u8>]| errno(command(73, attributes));
    assert_eq!(introduce(&[]), 0, "nothing to say");
    assert_eq!(introduce(&[attribute(73, &7_u32.to_ne_bytes())]), 0, "a port");
    assert_eq!(introduce(&[attribute(73, &[7, 0])]), EINVAL, "half a port");

    let [wire, variables] = spoken("W1", known());
    assert_eq!(introduce(&[wire.clone(), variables.clone()]), 0);
    assert_eq!(introduce(&[wire]), EINVAL, "no VARIABLES");
    assert_eq!(introduce(&[variables]), EINVAL, "no WIRE");
    assert_eq!(introduce(&spoken("W4", known())), EINVAL, "no such generation");
    assert_eq!(introduce(&spoken("w1", known())), EINVAL, "in another case");
    assert_eq!(introduce(&spoken("W1", known().skip(1))), EINVAL, "one is missing");
    assert_eq!(
        introduce(&spoken("W1", known().collect::<Vec<_>>().into_iter().rev())),
        EINVAL,
        "in another order"
    );
    assert_eq!(introduce(&spoken("W1", [])), EINVAL, "no variables");
    let strange = known().map(|(_, name)| (6, name));
    assert_eq!(introduce(&spoken("W1", strange)), EINVAL, "stored in no known way");
}
