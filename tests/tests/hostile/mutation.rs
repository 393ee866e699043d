//! Requests with something wrong in them.

use estats_spec::wire::HEADER_LEN;
use estats_tests::random::Random;

/// Longer than what the daemon takes, so that some are cut off.
const LONGEST: usize = 6000;

/// Values that lengths, numbers and ids have at their edges.
const EDGES: [u8; 8] = [0, 1, 3, 4, 8, 0x7f, 0x80, 0xff];

/// Changes, cuts, doubles or adds some octets of `datagram`.
pub(crate) fn mutate(random: &mut Random, datagram: &mut Vec<u8>) {
    for _ in 0..=random.between(0, 4) {
        let position = below(random, datagram.len());
        match random.between(0, 7) {
            0 => datagram.truncate(position),
            1 => datagram.insert(position, octet(random)),
            2 => datagram.extend_from_within(position..),
            3 => drop(datagram.splice(position.., random_octets(random))),
            _ if datagram.is_empty() => datagram.push(octet(random)),
            4 => datagram[position] = octet(random),
            5 => datagram[position] ^= 1 << random.between(0, 7),
            _ => datagram[position] = random.pick(&EDGES),
        }
    }
    datagram.truncate(LONGEST);
}

/// Has `message` say its own length, and fills it up, so that what is wrong with it is further in and others can follow it.
pub(crate) fn frame(message: &mut Vec<u8>) {
    message.resize(message.len().max(HEADER_LEN), 0);
    let length = u32::try_from(message.len()).expect("a short message");
    message[..4].copy_from_slice(&length.to_ne_bytes());
    message.resize(message.len().next_multiple_of(4), 0);
}

/// An index of what is so long; 0 if it is empty.
fn below(random: &mut Random, length: usize) -> usize {
    usize::try_from(random.between(0, length.max(1) as u64 - 1)).expect("less than a length")
}

fn octet(random: &mut Random) -> u8 {
    u8::try_from(random.between(0, 255)).expect("an octet")
}

fn random_octets(random: &mut Random) -> Vec<u8> {
    let count = random.between(0, 64);
    (0..count).map(|_| octet(random)).collect()
}
