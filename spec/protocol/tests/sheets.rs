//! Sheets: octet by octet, as they are made, and broken.

use estats_protocol::{
    EstatsMessage, Instruments, Time, Tuple, Value,
    datagram::{self, Messages},
    extension::{Sheet, SheetWriter},
};
use estats_spec::{Id, WireType};

const FAMILY: u16 = 1024;

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + value.len()).unwrap();
    let mut octets = [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat();
    octets.resize(octets.len().next_multiple_of(4), 0);
    octets
}

fn column(member: u16, width: u16) -> Vec<u8> {
    [member.to_ne_bytes(), width.to_ne_bytes()].concat()
}

/// The data of an answer to `READ_SHEETS` with these columns and rows.
fn message(columns: &[Vec<u8>], rows: &[u8]) -> Vec<u8> {
    let attributes = [attribute(74, &columns.concat()), attribute(75, rows)].concat();
    let length = u32::try_from(20 + attributes.len()).unwrap();
    [
        &length.to_ne_bytes()[..],
        &FAMILY.to_ne_bytes(),
        &[0; 10],
        &[74, 1, 0, 0],
        &attributes,
    ]
    .concat()
}

fn decoded(datagram: &[u8]) -> EstatsMessage {
    Messages::new(datagram).next().expect("a message").estats().unwrap()
}

fn refusal(datagram: &[u8]) -> String {
    let message = decoded(datagram);
    let sheet = Sheet::decode(&message);
    match sheet.map(|sheet| sheet.rows().find_map(Result::err)) {
        Err(error) | Ok(Some(error)) => error.to_string(),
        Ok(None) => panic!("it is accepted"),
    }
}

/// What a row begins with: an IPv4 connection with id 9.
fn head(kind: u8) -> Vec<u8> {
    let mut local = [0; 16];
    local[..4].copy_from_slice(&[10, 0, 0, 1]);
    let mut remote = [0; 16];
    remote[..4].copy_from_slice(&[10, 0, 0, 2]);
    [
        &7_u32.to_ne_bytes()[..],
        &8_u32.to_ne_bytes(),
        &9_u32.to_ne_bytes(),
        &443_u16.to_ne_bytes(),
        &50_000_u16.to_ne_bytes(),
        &local,
        &remote,
        &[kind],
    ]
    .concat()
}

fn tuple() -> Tuple {
    Tuple::new(9, ([10, 0, 0, 1].into(), 443), ([10, 0, 0, 2].into(), 50_000))
}

fn member(id: Id) -> u16 {
    u16::try_from(Id::ALL.iter().position(|other| *other == id).unwrap()).unwrap() + 1
}

#[test]
fn a_row_is_read_by_its_columns_and_what_is_not_measured_is_no_zero() {
    // Nine columns: the presence takes two octets. One is of an instrument that nobody knows yet.
    let unsigned: Vec<Id> = Id::ALL
        .into_iter()
        .filter(|id| id.info().wire == WireType::U32)
        .take(6)
        .collect();
    let mut columns = vec![column(member(Id::HCDataOctetsOut), 8), column(9000, 3)];
    columns.extend(unsigned.iter().map(|id| column(member(*id), 4)));
    columns.push(column(member(Id::WinScaleSent), 4));
    let mut row = head(1);
    row.extend([0b0000_0111, 0b0000_0001]);
    row.extend((1_u64 << 40).to_ne_bytes());
    row.extend([1, 2, 3]);
    row.extend([0; 6 * 4]);
    row.extend((-1_i32).to_ne_bytes());
    let message = decoded(&message(&columns, &row.repeat(2)));
    let sheet = Sheet::decode(&message).unwrap();
    let rows: Vec<_> = sheet.rows().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), 2);
    for row in rows {
        assert_eq!((row.time, row.tuple), (Time { sec: 7, usec: 8 }, tuple()));
        assert_eq!(row.value(Id::HCDataOctetsOut), Some(Value::U64(1 << 40)));
        assert_eq!(row.value(unsigned[0]), Some(Value::U32(0)), "measured, and nothing");
        assert_eq!(row.value(unsigned[1]), None, "not measured");
        assert_eq!(row.value(Id::WinScaleSent), Some(Value::S32(-1)));
        assert_eq!(row.instruments().iter().count(), 3);
    }
}

#[test]
fn what_is_written_is_read_again() {
    let v6 = |last: u16| ([0xfd00, 0, 0, 0, 0, 0, 0, last].into(), 80);
    let tuples = [tuple(), Tuple::new(10, v6(1), v6(2))];
    for share in 1..=3 {
        let mut instruments = Instruments::new();
        for (number, id) in (1_u64..).zip(Id::ALL) {
            if number.is_multiple_of(share) && id >= Id::ConnectIndex {
                instruments.set(id, Value::U64(number * 0x0123_4567_89ab).cast(id.info().wire));
            }
        }
        let mut writer = SheetWriter::new(FAMILY, 65_536);
        let times = [1, 2].map(|sec| Time { sec, usec: 999_999 });
        for (time, tuple) in times.iter().zip(&tuples) {
            assert!(writer.has_room());
            writer.push(*time, tuple, &instruments);
        }
        let message = decoded(&writer.datagram());
        let sheet = Sheet::decode(&message).unwrap();
        let rows: Vec<_> = sheet.rows().collect::<Result<_, _>>().unwrap();
        assert_eq!(rows.iter().map(|row| row.tuple).collect::<Vec<_>>(), tuples);
        assert_eq!(rows.iter().map(|row| row.time).collect::<Vec<_>>(), times);
        for row in rows {
            assert_eq!(row.instruments(), instruments);
        }
    }
}

#[test]
fn a_datagram_is_as_long_as_there_is_room_and_empty_without_rows() {
    assert!(SheetWriter::new(FAMILY, 3776).datagram().is_empty());
    let length = |rows: usize| {
        let mut writer = SheetWriter::new(FAMILY, 65_536);
        for _ in 0..rows {
            writer.push(Time { sec: 1, usec: 2 }, &tuple(), &Instruments::new());
        }
        writer.datagram().len()
    };
    let row = length(5) - length(1);
    assert_eq!(row % 4, 0, "four rows fill up nothing");
    for room in [3776, 10_000, 65_536] {
        let mut writer = SheetWriter::new(FAMILY, room);
        let mut rows = 0;
        while writer.has_room() {
            writer.push(Time { sec: 1, usec: 2 }, &tuple(), &Instruments::new());
            rows += 1;
        }
        let datagram = writer.datagram();
        assert!(rows >= 1 && datagram.len() <= room, "{rows} rows in {room} octets");
        assert!(
            datagram.len() + row.div_ceil(4) + 4 > room,
            "one more would have fitted {room}"
        );
        let message = decoded(&datagram);
        assert_eq!(Sheet::decode(&message).unwrap().rows().count(), rows);
    }
}

#[test]
fn a_sheet_that_is_not_whole_is_refused() {
    let columns = [column(member(Id::HCDataOctetsOut), 8)];
    let row = [head(1), vec![1], vec![0; 8]].concat();
    for length in 1..row.len() {
        let text = refusal(&message(&columns, &row[..length]));
        assert!(text.contains("row"), "{length} octets: {text}");
        let text = refusal(&message(&columns, &[&row[..], &row[..length]].concat()));
        assert!(text.contains("row"), "a row and {length} octets: {text}");
    }
    for length in 1..4 {
        let cut = [columns[0].clone(), columns[0][..length].to_vec()];
        assert!(refusal(&message(&cut, &row)).contains("column"));
    }
    for kind in [0, 3, 255] {
        let row = [head(kind), vec![1], vec![0; 8]].concat();
        assert!(refusal(&message(&columns, &row)).contains("address type"));
    }
    for width in [0, 4, 9, u16::MAX] {
        let narrow = [column(member(Id::HCDataOctetsOut), width)];
        assert!(refusal(&message(&narrow, &row)).contains("HCDataOctetsOut"));
    }
    let twice = [columns[0].clone(), columns[0].clone()];
    assert!(refusal(&message(&twice, &[])).contains("two columns"));
    for missing in [74, 75] {
        let mut whole = decoded(&message(&columns, &row));
        whole.attributes.remove(missing - 74);
        assert!(refusal(&datagram::reply(FAMILY, whole)).contains("has no"));
    }
}

/// A sheet may have no columns and no rows.
#[test]
fn an_empty_sheet_is_a_sheet() {
    let message = decoded(&message(&[], &[]));
    assert_eq!(Sheet::decode(&message).unwrap().rows().count(), 0);
}
