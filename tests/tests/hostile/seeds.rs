//! What a client of a generation may ask, in the generation's own numbers: requests with nothing wrong in them.

use estats_protocol::{EstatsMessage, Events, Scalar, control, datagram};
use estats_spec::endpoint::Profile;
use estats_spec::wire::errno::{EACCES, EOPNOTSUPP};
use estats_spec::wire::{FAMILY_ID, Generation, cmd, mask_member, write_member};
use estats_tests::octets::{attribute, message, nest};

use crate::raw::Way;

/// Requests, and that they want to be acknowledged.
const FLAGS: u16 = 5;

/// A request, and what the owner of the connection that it is about hears of it.
pub(crate) struct Seed {
    pub(crate) request: Vec<u8>,
    /// The number of the error with which it is refused; 0 if it is not.
    pub(crate) errno: i32,
}

impl Seed {
    fn answered(request: Vec<u8>) -> Self {
        Self { request, errno: 0 }
    }

    /// A request of the old protocol, which kernels of the generation had or had not.
    fn old(generation: &Generation, command: u8, attributes: &[Vec<u8>]) -> Self {
        // READ_ALL had its number from the beginning, and came with paging.
        let has = command <= generation.cmd_max && (command != cmd::READ_ALL || generation.paged);
        Self {
            request: message(FLAGS, command, 0, &attributes.concat()),
            errno: if has { 0 } else { EOPNOTSUPP },
        }
    }

    /// A request that has one form in all generations.
    fn new(message: EstatsMessage, errno: i32) -> Self {
        Self {
            request: datagram::request(FAMILY_ID, 0, message),
            errno,
        }
    }
}

/// Requests of a client that has the library `profile`, about `cid` where they are about a connection; each with a sequence number of
/// its own, from 2 on.
pub(crate) fn seeds(profile: &Profile, cid: u32, way: Way) -> Vec<Seed> {
    let mut seeds = old(profile.generation, cid);
    if profile.generation.paged {
        seeds.extend(
            [EstatsMessage::list(cid, Some(7)), EstatsMessage::timestamp(100)].map(|message| Seed::new(message, 0)),
        );
    }
    seeds.extend(extension(profile, cid, way));
    seeds.push(Seed::answered(control::family_request(0)));
    for (sequence, seed) in (2_u32..).zip(&mut seeds) {
        seed.request[8..12].copy_from_slice(&sequence.to_ne_bytes());
    }
    seeds
}

/// Requests of the old protocol.
fn old(generation: &Generation, cid: u32) -> Vec<Seed> {
    let number = |kind, number: u32| attribute(kind, &number.to_ne_bytes());
    let connection = || nest(generation.tuple, &[number(generation.tuple_form.cid, cid)]);
    let mask = |table, mask: u64| attribute(mask_member::FIRST + table, &mask.to_ne_bytes());
    let masks = |members: &[Vec<u8>]| nest(generation.mask, members);
    let few = [mask(0, 0x1008), mask(1, 1), mask(2, 7), mask(4, 0)];
    let limit = [
        attribute(write_member::VAR, b"LimCwnd\0"),
        number(write_member::VAL, 1 << 20),
    ];
    let requests = [
        (cmd::LIST_CONNS, vec![]),
        (cmd::LIST_CONNS, vec![connection()]),
        (cmd::READ_ALL, vec![connection()]),
        (cmd::READ_VARS, vec![connection()]),
        (cmd::READ_VARS, vec![connection(), masks(&[])]),
        (cmd::READ_VARS, vec![connection(), masks(&few)]),
        (cmd::WRITE_VAR, vec![connection(), nest(generation.write, &limit)]),
        (cmd::INIT, vec![]),
        (cmd::TIMESTAMP, vec![]),
    ];
    requests
        .map(|(command, attributes)| Seed::old(generation, command, &attributes))
        .into()
}

/// What no program of the time asked.
fn extension(profile: &Profile, cid: u32, way: Way) -> [Seed; 10] {
    let subscription = match way {
        Way::Unix => 0,
        Way::Netlink => EOPNOTSUPP,
    };
    [
        Seed::new(EstatsMessage::introduce(Some(profile), None), 0),
        Seed::new(EstatsMessage::introduce(None, Some(7)), 0),
        Seed::new(EstatsMessage::read_row(cid), 0),
        Seed::new(EstatsMessage::read_rows(cid, Some(9000)), 0),
        Seed::new(EstatsMessage::read_sheets(cid, Some(9000)), 0),
        Seed::new(EstatsMessage::details(cid, None), 0),
        Seed::new(EstatsMessage::list_listeners(2, None), 0),
        Seed::new(EstatsMessage::read_scalars(), 0),
        Seed::new(EstatsMessage::write_scalar(Scalar::ConnTableLatency(3)), EACCES),
        Seed::new(EstatsMessage::subscribe(Events::ALL, Some(9000)), subscription),
    ]
}
