//! Record files of every generation, laid out by hand.

use estats_protocol::record_file::{Damage, Entry, Format, Order, fitting};
use estats_protocol::{Time, Value};
use estats_spec::libraries::{self, Library};
use estats_spec::{Id, WireType};

/// Every library with record files, with the bytes of a record: 44 (46 with typed addresses) and 16 for each variable.
const SIZES: [(&Library, usize); 11] = [
    (&libraries::L3_V124B, 44 + 124 * 16),
    (&libraries::L3_V122, 44 + 122 * 16),
    (&libraries::L3_V124A, 44 + 124 * 16),
    (&libraries::L3_V120, 44 + 120 * 16),
    (&libraries::L3_V116, 44 + 116 * 16),
    (&libraries::L3_V123, 44 + 123 * 16),
    (&libraries::L2X_V123, 44 + 123 * 16),
    (&libraries::L2I_V123G, 44 + 123 * 16),
    (&libraries::L2_V121, 44 + 121 * 16),
    (&libraries::L1_V117, 46 + 117 * 16),
    (&libraries::L1_V117_SO0, 46 + 117 * 16),
];

fn format(library: &Library) -> Format {
    Format::of(library).unwrap()
}

/// Number `n` in the writer's byte order.
fn number(big: bool, n: u64, width: usize) -> Vec<u8> {
    let mut bytes = n.to_be_bytes()[8 - width..].to_vec();
    if !big {
        bytes.reverse();
    }
    bytes
}

/// Internet checksum: 16-bit big-endian words, a zero byte behind an odd file.
fn word_sum(file: &[u8]) -> u64 {
    let mut sum: u64 = file
        .chunks(2)
        .map(|word| u64::from(word[0]) << 8 | u64::from(word.get(1).copied().unwrap_or(0)))
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum
}

/// Puts the checksum behind a file. All are odd, so its two bytes are swapped.
fn sealed(mut file: Vec<u8>) -> Vec<u8> {
    assert_eq!(file.len() % 2, 1);
    let [high, low] = u16::try_from(!word_sum(&file) & 0xffff).unwrap().to_be_bytes();
    file.extend([low, high]);
    file
}

/// A file with one record: of 10.0.0.1:5001 to 10.0.0.2:80 at 16909060.77. Variable `i` is `i + 1`, every fifth is masked.
fn by_hand(library: &Library, big: bool) -> Vec<u8> {
    let typed = library.set.name == "V117";
    let mut file = vec![u8::from(big), 0, 0];
    file.extend(number(big, 0x0102_0304, 4));
    file.extend(number(big, 77, 4));
    for last in [2, 1] {
        file.extend([10, 0, 0, last]);
        file.extend([0; 12]);
        file.extend(typed.then_some(1));
    }
    file.extend(number(big, 80, 2));
    file.extend(number(big, 5001, 2));
    for (index, variable) in (0..).zip(library.set.iter()) {
        file.extend(number(big, u64::from(index % 5 == 4), 8));
        let width = match variable.name {
            "HCDataOctetsOut"
            | "HCDataOctetsIn"
            | "StartTimeStamp"
            | "HCSumRTT"
            | "HCThruOctetsAcked"
            | "HCThruOctetsReceived" => 8,
            "IpTosIn" | "IpTosOut" => 1,
            _ => 4,
        };
        file.extend(number(big, index + 1, width));
        file.extend(vec![0; 8 - width]);
    }
    sealed(file)
}

fn assert_is_the_record(entry: &Entry, library: &Library) {
    let time = Time {
        sec: 0x0102_0304,
        usec: 77,
    };
    assert_eq!(entry.time, time);
    let (local, remote) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
    assert_eq!((entry.local.ip(), entry.local.port), (Some(local), 5001));
    assert_eq!((entry.remote.ip(), entry.remote.port), (Some(remote), 80));
    assert_eq!(entry.values.len(), library.set.len());
    for (index, stored) in (0..).zip(&entry.values) {
        assert_eq!((stored.masked, stored.value.as_u64()), (index % 5 == 4, index + 1));
    }
}

#[test]
fn every_layout_in_both_byte_orders() {
    for (library, size) in SIZES {
        assert_eq!(format(library).record_size(), size, "{}", library.generation);
        for (big, order) in [(false, Order::Little), (true, Order::Big)] {
            let file = by_hand(library, big);
            assert_eq!(file.len(), 3 + size + 2);
            let (read, entries) = format(library).read(&file).unwrap();
            assert_eq!((read, entries.len()), (order, 1));
            assert_is_the_record(&entries[0], library);
            assert_eq!(format(library).write(order, &entries), file, "{}", library.generation);
        }
    }
}

#[test]
fn libtcpe_has_no_record_files() {
    assert!(Format::of(&libraries::L0_V117).is_none());
}

#[test]
fn a_negative_value_keeps_its_sign() {
    let library = &libraries::L3_V124B;
    let mut file = by_hand(library, true);
    let index = library.set.iter().position(|variable| variable.id == Id::WinScaleSent);
    let index = index.unwrap();
    let at = 3 + 44 + 16 * index;
    file[at..at + 12].copy_from_slice(&[0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    file.truncate(file.len() - 2);
    let (_, entries) = format(library).read(&sealed(file)).unwrap();
    assert_eq!(entries[0].values[index].present(), Some(Value::S32(-1)));
    assert_eq!(entries[0].values[index].value.wire_type(), WireType::S32);
}

#[test]
fn an_address_that_does_not_say_its_type_is_ipv6_if_it_is_long() {
    let mut file = by_hand(&libraries::L3_V124B, false);
    file[3 + 8 + 15] = 1;
    file.truncate(file.len() - 2);
    let (_, entries) = format(&libraries::L3_V124B).read(&sealed(file)).unwrap();
    assert_eq!(entries[0].remote.ip(), Some("a00:2::1".parse().unwrap()));
    assert_eq!(entries[0].local.ip(), Some("a00:1::".parse().unwrap()));
}

#[test]
fn files_with_no_and_with_many_records() {
    let format = format(&libraries::L3_V122);
    let (_, mut entries) = format.read(&sealed(vec![0, 0, 0])).unwrap();
    assert!(entries.is_empty());
    let (_, one) = format.read(&by_hand(&libraries::L3_V122, false)).unwrap();
    for usec in 0..100 {
        entries.push(one[0].clone());
        entries.last_mut().unwrap().time.usec = usec;
    }
    let file = format.write(Order::Big, &entries);
    assert_eq!(word_sum(&file), 0xffff);
    assert_eq!(format.read(&file), Ok((Order::Big, entries)));
}

#[test]
fn damaged_files_and_the_reason() {
    let intact = by_hand(&libraries::L3_V124B, false);
    let format = format(&libraries::L3_V124B);
    let mut changed = intact.clone();
    changed[1000] ^= 1;
    let mut order = intact[..intact.len() - 2].to_vec();
    order[0] = 7;
    let mut header = vec![0, 0xe8, 3];
    header.extend([0; 100]);
    for (file, damage, legacy) in [
        (vec![], Damage::TooShort(0), "Checksum error"),
        (vec![0; 4], Damage::TooShort(4), "Checksum error"),
        (changed, Damage::Changed, "Checksum error"),
        (intact[..1000].to_vec(), Damage::Changed, "Checksum error"),
        (
            intact[..intact.len() - 2].to_vec(),
            Damage::NotCompleted,
            "Checksum error",
        ),
        (sealed(order), Damage::Order(7), "End of file"),
        (sealed(header), Damage::Header(1000), "End of file"),
    ] {
        assert_eq!(format.read(&file), Err(damage.clone()));
        assert_eq!(damage.legacy(), legacy);
    }
}

#[test]
fn a_file_of_another_generation_says_whose_it_can_be() {
    let file = by_hand(&libraries::L1_V117, false);
    let damage = Damage::Format {
        size: 44 + 124 * 16,
        beyond: 46 + 117 * 16,
        fitting: vec!["l1-v117"],
    };
    assert_eq!(format(&libraries::L3_V124B).read(&file), Err(damage));
    assert_eq!(fitting(44 + 124 * 16), ["l3-v124b", "l3-v124a"]);
}

/// Xorshift: the same files every time.
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 33).unwrap()
}

/// Whatever the bytes are, reading ends with records or with a reason; and what was read is what is written again, but for the
/// bytes that no reader looks at.
#[test]
fn any_bytes_are_survived() {
    let mut state = 0x9e37_79b9_7f4a_7c15;
    let (mut read, mut refused) = (0, 0);
    for round in 0..4_000 {
        let (library, _) = SIZES[round % SIZES.len()];
        let mut file = by_hand(library, round % 2 == 1);
        file.truncate(file.len() - 2);
        for _ in 0..=next(&mut state) % 6 {
            let at = next(&mut state) % (file.len() + 1);
            match next(&mut state) % 6 {
                0 => file.truncate(at),
                1 => file.extend_from_within(..at),
                // The first bytes say how the others are read.
                2 if file.len() > 3 => file[at % 3] = u8::try_from(next(&mut state) % 3).unwrap(),
                _ if at < file.len() => file[at] = u8::try_from(next(&mut state) % 256).unwrap(),
                _ => file.push(0),
            }
        }
        if file.len() % 2 == 1 {
            file = sealed(file);
        }
        for (library, _) in SIZES {
            let format = format(library);
            match format.read(&file) {
                Ok((order, entries)) => {
                    read += 1;
                    let again = format.write(order, &entries);
                    assert_eq!(format.read(&again), Ok((order, entries)));
                }
                Err(damage) => {
                    refused += 1;
                    assert!(!damage.to_string().is_empty());
                }
            }
        }
    }
    // Both were put to the test.
    assert!(read > 1_000 && refused > 1_000, "{read} read, {refused} refused");
}
