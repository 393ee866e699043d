//! Values of connections that have lasted, or that nobody has seen begin.

use estats_protocol::Value;
use estats_spec::Id;
use estatsd_ebpf::{Field, Layout, Record};

use super::View;
use crate::kernel::{Clock, Connection, Socket};

/// More than a counter of 32 bits holds.
const GIBIBYTES_5: u64 = 5 << 30;

/// A layout in which every wanted field has its place.
fn layout() -> Layout {
    let mut fields = [Field::default(); Layout::COUNT];
    let mut offset = 0;
    for (field, wanted) in fields.iter_mut().zip(Layout::WANTED) {
        *field = Field {
            offset,
            size: wanted.size,
            present: 1,
            ..Field::default()
        };
        offset += u32::from(wanted.size);
    }
    Layout::from_fields(&fields)
}

/// A socket whose fields have these values, all others being zero, and its record.
struct Given {
    layout: Layout,
    image: Vec<u8>,
    record: Record,
}

impl Given {
    fn new(record: &Record, values: impl Fn(&Layout) -> Vec<(Field, u64)>) -> Given {
        let layout = layout();
        let mut image = vec![0; 4096];
        for (field, value) in values(&layout) {
            let (at, size) = (field.offset as usize, usize::from(field.size));
            image[at..at + size].copy_from_slice(&value.to_ne_bytes()[..size]);
        }
        Given {
            layout,
            image,
            record: *record,
        }
    }

    fn value(&self, id: Id) -> Option<Value> {
        let socket = Socket::new(&self.image, &self.layout);
        let sample = socket.sample(0, 0);
        let connection = Connection {
            record: self.record,
            socket,
            sample,
            closed: false,
            owner: None,
        };
        View::new(&connection, Clock { hz: 250 }, 1, 1).value(id)
    }
}

/// Each counter of 32 bits is the low half of its twin.
#[test]
fn a_counter_and_its_twin_agree_beyond_four_gibibytes() {
    let mut record = Record::default();
    record.header.data_octets_in = GIBIBYTES_5 + 1;
    record.rtt.sum_us = (GIBIBYTES_5 + 2) * 1000;
    let given = Given::new(&record, |l| {
        vec![
            (l.bytes_sent, GIBIBYTES_5 + 3),
            (l.bytes_acked, GIBIBYTES_5 + 4),
            (l.bytes_received, GIBIBYTES_5 + 5),
        ]
    });
    let twins = [
        (Id::DataOctetsIn, Id::HCDataOctetsIn, 1),
        (Id::SumRTT, Id::HCSumRTT, 2),
        (Id::DataOctetsOut, Id::HCDataOctetsOut, 3),
        (Id::ThruOctetsAcked, Id::HCThruOctetsAcked, 4),
        (Id::ThruOctetsReceived, Id::HCThruOctetsReceived, 5),
    ];
    for (id, twin, more) in twins {
        assert_eq!(given.value(twin), Some(Value::U64(GIBIBYTES_5 + more)), "{twin}");
        let low = u32::try_from(GIBIBYTES_5 % (1 << 32) + more).unwrap();
        assert_eq!(given.value(id), Some(Value::U32(low)), "{id}");
    }
}

/// An adopted connection after so many octets, of which some are out, some were repeated and some wait; its end is half closed or
/// not.
fn adopted(active: bool, state: u8, octets: u64) -> Given {
    const ISS: u32 = 0xffff_ff00;
    const IRS: u32 = 7;
    const FIN_WAIT1: u8 = 4;
    const FIN_WAIT2: u8 = 5;
    let record = Record {
        flags: Record::ADOPTED,
        ..Record::default()
    };
    // All that was written is sent, and acknowledged in FIN-WAIT-2; otherwise 3000 octets are out.
    let fin = u64::from(matches!(state, FIN_WAIT1 | FIN_WAIT2));
    let out = if state == FIN_WAIT2 { 0 } else { 3000 };
    let acked_fin = if state == FIN_WAIT2 { fin } else { 0 };
    let low = |number: u64| number & 0xffff_ffff;
    let end = u64::from(ISS) + 1 + octets;
    let una = end - out + acked_fin;
    let acked = octets - out + acked_fin + u64::from(active);
    Given::new(&record, |l| {
        vec![
            (l.skc_state, state.into()),
            (l.snd_una, low(una)),
            (l.snd_nxt, low(end + fin)),
            (l.write_seq, low(end + fin)),
            (l.bytes_acked, acked),
            (l.bytes_sent, octets + 777),
            (l.bytes_retrans, 777),
            (l.rcv_nxt, low(u64::from(IRS) + 1 + octets)),
            (l.bytes_received, octets),
        ]
    })
}

#[test]
fn who_opened_an_old_connection_follows_from_its_octets() {
    const ESTABLISHED: u8 = 1;
    for octets in [3000, 1_000_000, GIBIBYTES_5, 3 * GIBIBYTES_5 + 99] {
        for state in [ESTABLISHED, 4, 5] {
            for active in [true, false] {
                let given = adopted(active, state, octets);
                let what = format!("{octets} octets, state {state}, active: {active}");
                assert_eq!(
                    given.value(Id::ActiveOpen),
                    Some(Value::S32(if active { 1 } else { 2 })),
                    "{what}"
                );
                assert_eq!(given.value(Id::SndInitial), Some(Value::U32(0xffff_ff00)), "{what}");
                assert_eq!(given.value(Id::RecInitial), Some(Value::U32(7)), "{what}");
            }
        }
    }
}

/// A socket whose numbers were set by hand (`TCP_REPAIR`) has counters that say nothing of them.
#[test]
fn who_opened_a_connection_is_absent_where_its_octets_contradict_each_other() {
    let record = Record {
        flags: Record::ADOPTED,
        ..Record::default()
    };
    let given = Given::new(&record, |l| {
        vec![
            (l.skc_state, 1),
            (l.snd_una, 5000),
            (l.snd_nxt, 9000),
            (l.write_seq, 9000),
        ]
    });
    assert_eq!(given.value(Id::ActiveOpen), None);
    assert_eq!(given.value(Id::SndInitial), None);
}
