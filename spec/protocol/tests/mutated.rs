//! The fuzz target's body on a fixed number of inputs: good messages of both directions, changed here and there.

use std::net::Ipv6Addr;

use estats_protocol::{
    EstatsMessage, Events, Instruments, ListenerReading, ListenerTuple, Masks, Origin, Scalar, Scalars, Time, Tuple,
    Value,
    acknowledgement::{acknowledge, refuse},
    control,
    datagram::{self, Messages},
    extension::SheetWriter,
    survival::survive,
    table,
};
use estats_spec::{
    Id,
    sets::{V117, V124B},
    wire::cmd,
};

const INPUTS: usize = 200_000;

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

    fn mutate(&mut self, datagram: &mut Vec<u8>) {
        for _ in 0..=self.below(5) {
            let position = self.below(datagram.len().max(1)).min(datagram.len());
            match self.below(8) {
                0 => datagram.truncate(position),
                1 => datagram.insert(position, self.byte()),
                2 => datagram.extend_from_within(position..),
                3 => drop(datagram.drain(position..(position + 4).min(datagram.len()))),
                // Lengths and numbers are small: so are most changes.
                _ if position < datagram.len() => {
                    datagram[position] = [self.byte(), self.byte() % 32, 0, 1, 3, 4, 8, 255][self.below(8)];
                }
                _ => datagram.push(self.byte()),
            }
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let lookup = control::family_request(1);
    let lookup_message = Messages::new(&lookup).next().unwrap();
    let address = Ipv6Addr::LOCALHOST.into();
    let tuple = Tuple::new(4, (address, 1), (address, 2));
    let values = |set| {
        let tables = table::tables(set, &Masks::ALL, |_| Some(Value::U32(5)));
        datagram::reply(
            20,
            EstatsMessage::values(cmd::READ_VARS, Time { sec: 1, usec: 2 }, &tuple, tables),
        )
    };
    let time = Time { sec: 1, usec: 2 };
    let origin = Origin {
        cookie: 1,
        netns: 2,
        cgroup: Some(3),
        pid: Some(4),
        comm: Some("curl".to_owned()),
        adopted: true,
        ..Origin::default()
    };
    let mut instruments = Instruments::new();
    instruments.set(Id::ListenerHCAccepted, Value::U64(5));
    instruments.set(Id::ListenerCurBacklog, Value::U32(5));
    let listener = ListenerReading {
        tuple: ListenerTuple {
            id: 4,
            local: (address, 80),
        },
        origin: origin.clone(),
        time,
        instruments: instruments.clone(),
    };
    for id in Id::ALL {
        instruments.set(id, Value::U32(5));
    }
    let masks = Masks([Some(1), None, Some(7), None, None, Some(0)]);
    let mut sheet = SheetWriter::new(20, 9000);
    sheet.push(time, &tuple, &instruments);
    vec![
        sheet.datagram(),
        datagram::request(20, 1, EstatsMessage::list(3, Some(7))),
        datagram::request(20, 1, EstatsMessage::read_vars(4, &masks)),
        datagram::request(20, 1, EstatsMessage::write_var(4, "LimCwnd", 5)),
        datagram::request(20, 1, EstatsMessage::timestamp(5)),
        datagram::request(20, 1, EstatsMessage::read_rows(4, Some(5))),
        datagram::request(20, 1, EstatsMessage::read_sheets(4, Some(5))),
        datagram::request(20, 1, EstatsMessage::list_listeners(4, None)),
        datagram::request(20, 1, EstatsMessage::write_scalar(Scalar::ConnTableLatency(5))),
        datagram::request(20, 1, EstatsMessage::subscribe(Events::ALL, Some(5))),
        datagram::reply(20, EstatsMessage::listed(&tuple)).repeat(3),
        datagram::reply(20, EstatsMessage::moment(5)),
        datagram::reply(20, EstatsMessage::established(&tuple, &origin).after_missing(5)),
        datagram::reply(20, EstatsMessage::listed_listener(&listener)),
        datagram::reply(20, EstatsMessage::scalars_are(&Scalars::default())),
        acknowledge(&lookup_message, 0),
        refuse(&lookup_message, 0, 22),
        control::family_reply(&lookup_message, 0, 0),
        lookup,
        values(&V124B),
        values(&V117),
        datagram::reply(20, EstatsMessage::mib(&V124B)),
        datagram::reply(20, EstatsMessage::closed(time, &tuple, &origin, &instruments)),
    ]
}

#[test]
fn changed_messages_are_survived() {
    let seeds = seeds();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for number in 0..INPUTS {
        // The long ones take a hundred times as long: one input in ten is enough for them.
        let choice = if number % 10 == 0 { seeds.len() } else { seeds.len() - 4 };
        let mut datagram = seeds[random.below(choice)].clone();
        random.mutate(&mut datagram);
        survive(&datagram);
    }
}
