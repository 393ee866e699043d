//! Half-broken requests in great number: each exchange ends, and says nothing that a client could not take.

use estats_protocol::{EstatsMessage, Events, Masks, Scalar, acknowledgement::outcome, control, datagram::Messages};
use estats_spec::wire::{GENL_ID_CTRL, extension::BUFFER_MAX};

use super::{
    Fake,
    exchange::{ROOT, request, session},
};
use crate::server::exchange::{Exchange, Turn};

/// Xorshift: the same inputs every time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }

    /// Some bytes of `datagram` changed, cut off, doubled or added.
    fn mutate(&mut self, datagram: &mut Vec<u8>) {
        for _ in 0..=self.below(4) {
            let position = self.below(datagram.len().max(1));
            match self.below(6) {
                0 => datagram.truncate(position),
                1 => datagram.insert(position.min(datagram.len()), self.byte()),
                2 => datagram.extend_from_within(position.min(datagram.len())..),
                // Lengths and numbers are small: so are most changes.
                _ if !datagram.is_empty() => datagram[position] = [self.byte(), 0, 1, 4, 8, 255][self.below(6)],
                _ => datagram.push(self.byte()),
            }
        }
    }
}

#[test]
fn every_exchange_ends_in_datagrams_that_clients_take() {
    let mut fake = Fake::new((1..=50).map(|number| number * 2));
    fake.listeners = (1..=30).collect();
    let seeds = [
        control::family_request(1),
        request(EstatsMessage::list(0, None)),
        request(EstatsMessage::list(3, Some(7))),
        request(EstatsMessage::read_all(90, None)),
        request(EstatsMessage::read_vars(4, &Masks::ALL)),
        request(EstatsMessage::read_vars(
            4,
            &Masks([Some(1), None, Some(7), None, None, Some(0)]),
        )),
        request(EstatsMessage::write_var(4, "LimCwnd", 5)),
        request(EstatsMessage::init()),
        request(EstatsMessage::timestamp(100)),
        request(EstatsMessage::details(3, None)),
        request(EstatsMessage::read_row(4)),
        request(EstatsMessage::read_rows(4, Some(9000))),
        request(EstatsMessage::read_sheets(4, Some(9000))),
        request(EstatsMessage::list_listeners(2, None)),
        request(EstatsMessage::read_scalars()),
        request(EstatsMessage::write_scalar(Scalar::ConnTableLatency(3))),
        request(EstatsMessage::subscribe(Events::ALL, Some(9000))),
    ];
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    for number in 0..50_000 {
        let mut datagram = seeds[number % seeds.len()].clone();
        random.mutate(&mut datagram);
        let requests = datagram.len() / 16;
        let mut exchange = Exchange::new(datagram, false, session(ROOT));
        let mut endings = 0;
        for turn in 0.. {
            assert!(turn < 1000, "input {number} is answered without end");
            match exchange.next(&mut fake) {
                Turn::Send(answer) => endings += check(&answer),
                Turn::Pause => {}
                Turn::Over => break,
            }
        }
        assert!(endings <= requests, "input {number} has {endings} endings");
    }
}

/// The number of endings in a datagram that holds whole messages of known kinds.
fn check(datagram: &[u8]) -> usize {
    assert!(datagram.len() <= BUFFER_MAX as usize);
    let mut messages = Messages::new(datagram);
    let mut endings = 0;
    for message in messages.by_ref() {
        if outcome(&message).unwrap().is_some() {
            endings += 1;
        } else if message.header.message_type != GENL_ID_CTRL {
            message.estats().expect("an answer is well-formed");
        }
    }
    assert!(messages.rest().is_empty());
    endings
}
