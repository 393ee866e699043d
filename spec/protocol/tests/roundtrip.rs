//! Any message comes back as it went out, and any bytes are survived.

use estats_protocol::{
    EstatsMessage, Masks, Reading, Time, Tuple, Value,
    attribute::EstatsAttr,
    datagram::{self, Messages},
    masks::MaskAttr,
    mib::{MibAttr, VariableAttr},
    survival::survive,
    table::{self, TableAttr},
    time::TimeAttr,
    tuple::TupleAttr,
    write::WriteAttr,
};
use estats_spec::{Id, sets};
use netlink_packet_core::DefaultNla;
use proptest::{collection::vec, prelude::*};

fn value() -> impl Strategy<Value = Value> {
    // Not S32, which decoding alone yields as U32.
    prop_oneof![
        any::<u64>().prop_map(Value::U64),
        any::<u32>().prop_map(Value::U32),
        any::<u16>().prop_map(Value::U16),
        any::<u8>().prop_map(Value::U8),
    ]
}

/// An attribute with a number that nothing else has.
fn other() -> impl Strategy<Value = DefaultNla> {
    (100_u16..0x3fff, vec(any::<u8>(), 0..20)).prop_map(|(kind, bytes)| DefaultNla::new(kind, bytes))
}

fn tuple_member() -> impl Strategy<Value = TupleAttr> {
    prop_oneof![
        any::<[u8; 16]>().prop_map(TupleAttr::RemoteAddress),
        any::<u16>().prop_map(TupleAttr::RemotePort),
        any::<[u8; 16]>().prop_map(TupleAttr::LocalAddress),
        any::<u16>().prop_map(TupleAttr::LocalPort),
        any::<u8>().prop_map(TupleAttr::AddressType),
        any::<u32>().prop_map(TupleAttr::Cid),
        other().prop_map(TupleAttr::Other),
    ]
}

fn attribute() -> impl Strategy<Value = EstatsAttr> {
    let entry = prop_oneof![(0..70_u16, value()).prop_map(|(index, value)| TableAttr::Value { index, value })];
    let mask = prop_oneof![
        (1..=6_u16, any::<u64>()).prop_map(|(kind, mask)| MaskAttr::Table { kind, mask }),
        other().prop_map(MaskAttr::Other),
    ];
    let write = prop_oneof![
        "[a-zA-Z]{0,30}".prop_map(WriteAttr::Name),
        any::<u32>().prop_map(WriteAttr::Value),
        other().prop_map(WriteAttr::Other),
    ];
    let time = prop_oneof![
        any::<u32>().prop_map(TimeAttr::Seconds),
        any::<u32>().prop_map(TimeAttr::Microseconds),
        other().prop_map(TimeAttr::Other),
    ];
    let variable = prop_oneof![
        "[a-zA-Z]{0,30}".prop_map(VariableAttr::Name),
        any::<u32>().prop_map(VariableAttr::Type),
        other().prop_map(VariableAttr::Other),
    ];
    let described = prop_oneof![
        vec(variable, 0..4).prop_map(MibAttr::Variable),
        other().prop_map(MibAttr::Other),
    ];
    prop_oneof![
        (0..6_u16, vec(entry, 0..20)).prop_map(|(table, values)| EstatsAttr::Values { table, values }),
        vec(mask, 0..8).prop_map(EstatsAttr::Mask),
        vec(tuple_member(), 0..8).prop_map(EstatsAttr::Tuple),
        vec(write, 0..4).prop_map(EstatsAttr::Write),
        vec(time, 0..4).prop_map(EstatsAttr::Time),
        any::<u32>().prop_map(EstatsAttr::NumTables),
        any::<u32>().prop_map(EstatsAttr::NumVars),
        (0..6_u16, vec(described, 0..5)).prop_map(|(table, variables)| EstatsAttr::Vars { table, variables }),
        any::<u32>().prop_map(EstatsAttr::delta),
        any::<u64>().prop_map(EstatsAttr::token),
        any::<u64>().prop_map(EstatsAttr::module_token),
        other().prop_map(EstatsAttr::Other),
    ]
}

proptest! {
    #[test]
    fn every_message_comes_back(command: u8, attributes in vec(attribute(), 0..10), sequence: u32) {
        let sent = EstatsMessage { command, attributes };
        let bytes = datagram::request(77, sequence, sent.clone());
        let mut messages = Messages::new(&bytes);
        let message = messages.next().expect("a message");
        prop_assert!(messages.next().is_none() && messages.rest().is_empty());
        prop_assert_eq!((message.header.message_type, message.header.sequence_number), (77, sequence));
        prop_assert_eq!(message.estats().expect("what was encoded"), sent);
    }

    #[test]
    fn every_connection_comes_back(
        cid: u32, local: std::net::IpAddr, remote: std::net::IpAddr, local_port: u16, remote_port: u16,
    ) {
        // A connection has both ends in one family.
        let remote = if local.is_ipv4() == remote.is_ipv4() { remote } else { local };
        let tuple = Tuple::new(cid, (local, local_port), (remote, remote_port));
        prop_assert_eq!(Tuple::from_attributes(&tuple.attributes()).expect("all members"), tuple);
    }

    #[test]
    fn every_reading_comes_back(numbers in vec(any::<Option<u64>>(), Id::ALL.len()), masks: [Option<u64>; 6]) {
        let masks = Masks(masks);
        let tuple = Tuple::new(4, ([127, 0, 0, 1].into(), 1), ([127, 0, 0, 1].into(), 2));
        let time = Time { sec: 5, usec: 6 };
        for set in sets::ALL {
            let measured = |id: Id| numbers[id as usize].map(Value::U64);
            let message = EstatsMessage::values(2, time, &tuple, table::tables(set, &masks, measured));
            let bytes = datagram::reply(77, message);
            let message = Messages::new(&bytes).next().expect("a message").estats().expect("what was encoded");
            let reading = Reading::decode(&message, set).expect("a complete reading");
            prop_assert_eq!((reading.time, reading.tuple), (time, tuple));
            for (table, variables) in set.tables.iter().enumerate() {
                for (index, variable) in variables.iter().enumerate() {
                    let wanted = masks.0[table].is_none_or(|mask| mask & 1 << index != 0);
                    let expected = measured(variable.id).filter(|_| wanted).map(|value| value.cast(variable.wire));
                    let flat = set.flat_index(table, index).expect("a position of the set");
                    prop_assert_eq!(reading.values.as_slice()[flat], expected, "{} {}", set.name, variable.name);
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in vec(any::<u8>(), 0..300)) {
        survive(&bytes);
    }

    /// Random bytes seldom have a good header; these always do.
    #[test]
    fn any_attributes_are_survived(kind: u16, bytes in vec(any::<u8>(), 0..300)) {
        let length = u32::try_from(16 + bytes.len()).expect("a short message");
        let message = [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), &[5, 0], &[0; 8], &bytes].concat();
        survive(&message);
    }
}
