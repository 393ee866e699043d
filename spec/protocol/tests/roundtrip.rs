//! Any message comes back as it went out, and any bytes are survived.

use estats_protocol::{
    EstatsMessage, Instruments, ListenerTuple, Masks, Origin, Reading, Row, Scalars, Time, Tuple, Value,
    attribute::EstatsAttr,
    datagram::{self, Messages},
    extension::{Event, ListenerAttr, Notice, OriginAttr},
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
    let origin = prop_oneof![
        any::<u64>().prop_map(OriginAttr::Cookie),
        any::<u32>().prop_map(OriginAttr::Netns),
        any::<u64>().prop_map(OriginAttr::Cgroup),
        any::<u32>().prop_map(OriginAttr::Uid),
        any::<u32>().prop_map(OriginAttr::Gid),
        any::<u32>().prop_map(OriginAttr::Pid),
        "[^\\x00]{0,15}".prop_map(OriginAttr::Comm),
        Just(OriginAttr::Adopted),
        Just(OriginAttr::Closed),
        other().prop_map(OriginAttr::Other),
    ];
    let listener = prop_oneof![
        any::<u32>().prop_map(ListenerAttr::Id),
        any::<[u8; 16]>().prop_map(ListenerAttr::Address),
        any::<u16>().prop_map(ListenerAttr::Port),
        any::<u8>().prop_map(ListenerAttr::AddressType),
        other().prop_map(ListenerAttr::Other),
    ];
    let numbered = || {
        vec(
            (0..200_u16, value()).prop_map(|(index, value)| TableAttr::Value { index, value }),
            0..20,
        )
    };
    prop_oneof![
        numbered().prop_map(EstatsAttr::Row),
        numbered().prop_map(EstatsAttr::Scalars),
        vec(origin, 0..10).prop_map(EstatsAttr::Origin),
        vec(listener, 0..6).prop_map(EstatsAttr::Listener),
        any::<u32>().prop_map(EstatsAttr::Events),
        any::<u32>().prop_map(EstatsAttr::Buffer),
        any::<u64>().prop_map(EstatsAttr::Missed),
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

fn origin() -> impl Strategy<Value = Origin> {
    let ids = (any::<Option<u32>>(), any::<Option<u32>>(), any::<Option<u32>>());
    let comm = proptest::option::of("[^\\x00]{0,15}");
    let flags = (any::<bool>(), any::<bool>());
    (any::<(u64, u32, Option<u64>)>(), ids, comm, flags).prop_map(
        |((cookie, netns, cgroup), (uid, gid, pid), comm, (adopted, closed))| Origin {
            cookie,
            netns,
            cgroup,
            uid,
            gid,
            pid,
            comm,
            adopted,
            closed,
        },
    )
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
            let mut in_one_go = datagram::reply(77, EstatsMessage::values_of(2, time, &tuple));
            table::append(&mut in_one_go, set, &masks, 6, measured);
            prop_assert_eq!(&bytes, &in_one_go);
            let message = Messages::new(&bytes).next().expect("a message");
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
    fn every_row_comes_back(numbers in vec(any::<Option<u64>>(), Id::ALL.len()), origin in origin(), missed: u64) {
        let tuple = Tuple::new(4, ([127, 0, 0, 1].into(), 1), ([127, 0, 0, 1].into(), 2));
        let time = Time { sec: 5, usec: 6 };
        let mut sent = Instruments::new();
        let mut expected = Instruments::new();
        for id in Id::ALL {
            if let Some(number) = numbers[id as usize] {
                sent.set(id, Value::U64(number));
                expected.set(id, Value::U64(number).cast(id.info().wire));
            }
        }
        let message = EstatsMessage::closed(time, &tuple, &origin, &sent).after_missing(missed);
        let bytes = datagram::reply(77, message);
        let message = Messages::new(&bytes).next().expect("a message").estats().expect("what was encoded");
        let row = Row { time, tuple, origin, instruments: expected };
        prop_assert_eq!(Notice::decode(&message).expect("a notice"), Notice { missed, event: Event::Closed(row) });
    }

    #[test]
    fn every_listener_comes_back(id: u32, address: std::net::IpAddr, port: u16) {
        let tuple = ListenerTuple { id, local: (address.to_canonical(), port) };
        prop_assert_eq!(ListenerTuple::from_attributes(&tuple.attributes()).expect("all members"), tuple);
    }

    #[test]
    fn all_scalars_come_back(switches: [bool; 5], conn_table_latency: u32, listener_table_last_change: u32, events_lost: u64) {
        let [control_path, control_stack, control_app, control_tune, control_notify] = switches;
        let scalars = Scalars {
            control_path,
            control_stack,
            control_app,
            control_tune,
            control_notify,
            conn_table_latency,
            listener_table_last_change,
            events_lost,
        };
        prop_assert_eq!(Scalars::from_attributes(&scalars.attributes()).expect("all scalars"), scalars);
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
