//! Everything that is measured of a connection, made into a message in one go.
//!
//! There may be tens of thousands of them in a second: notices of closed connections, or rows of a dump. A list of attributes, each
//! measured before it is written, takes several times as long as the values that are in it; what comes out is the same.

use estats_spec::wire::extension::{attr, cmd, row_member};
use netlink_packet_core::NLA_F_NESTED;

use super::{Instruments, Origin};
use crate::{attribute::EstatsAttr, datagram, message::EstatsMessage, nest, time::Time, tuple::Tuple, value::Value};

/// The datagram of [`EstatsMessage::closed`], with the number of notices before it that were lost.
#[must_use]
pub fn closing(family: u16, head: (Time, &Tuple, &Origin), instruments: &Instruments, missed: u64) -> Vec<u8> {
    let mut bytes = row(family, cmd::CLOSED, head, instruments);
    if missed != 0 {
        nest::append_number(attr::MISSED, Value::U64(missed), &mut bytes);
        datagram::note_length(&mut bytes);
    }
    bytes
}

/// The datagram of [`EstatsMessage::row`].
#[must_use]
pub fn row(
    family: u16,
    command: u8,
    (time, tuple, origin): (Time, &Tuple, &Origin),
    instruments: &Instruments,
) -> Vec<u8> {
    let head = EstatsMessage {
        command,
        attributes: vec![
            EstatsAttr::Time(time.attributes()),
            EstatsAttr::Tuple(tuple.attributes()),
            EstatsAttr::Origin(origin.attributes()),
        ],
    };
    let mut bytes = datagram::reply(family, head);
    bytes.reserve(nest::HEADER + estats_spec::Id::ALL.len() * nest::NUMBER + nest::NUMBER);
    nest::append_with(attr::ROW | NLA_F_NESTED, &mut bytes, |bytes| {
        for (id, value) in instruments.iter() {
            nest::append_number(row_member(id), value.cast(id.info().wire), bytes);
        }
    });
    datagram::note_length(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use estats_spec::Id;

    #[test]
    fn it_is_the_message_that_attributes_make() {
        let end = |last, port| ([127, 0, 0, last].into(), port);
        let tuple = Tuple::new(7, end(1, 80), end(2, 4711));
        let origin = Origin {
            cookie: 9,
            netns: 4,
            comm: Some("name".to_owned()),
            closed: true,
            ..Origin::default()
        };
        let time = Time::from(std::time::UNIX_EPOCH + std::time::Duration::from_micros(1_234_567));
        let mut instruments = Instruments::new();
        for present in [0, 3, 1] {
            // None, some, and all of them; values as wide as they come.
            for (number, id) in (1u64..).zip(Id::ALL) {
                if present != 0 && number % present == 0 {
                    instruments.set(id, Value::U64(number * 0x0123_4567_89ab));
                }
            }
            for missed in [0, 5] {
                let message = EstatsMessage::closed(time, &tuple, &origin, &instruments).after_missing(missed);
                let expected = datagram::reply(16, message);
                assert_eq!(closing(16, (time, &tuple, &origin), &instruments, missed), expected);
            }
            let message = EstatsMessage::row(cmd::READ_ROW, time, &tuple, &origin, &instruments);
            let made = row(16, cmd::READ_ROW, (time, &tuple, &origin), &instruments);
            assert_eq!(made, datagram::reply(16, message));
        }
    }
}
