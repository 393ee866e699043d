//! W3p, the `libestats` from September 2014 to the end: lists by the page, `READ_ALL`, TIMESTAMP. It is also what a client gets that
//! says nothing of itself.

use crate::client::{Client, WAYS};
use crate::sets::V124B;
use crate::w2::{LISTED, READ, TIME_AND_TUPLE, WRITE};
use estats_tests::octets::hex;

fn clients() -> impl Iterator<Item = Client> {
    WAYS.into_iter()
        .flat_map(|way| [Client::introduced(way, "W3p", V124B), Client::new(way)])
}

/// Some values of a connection, from the tables on.
const VALUES: &str = "
      1c000180 0c000300 8877665544332211 0c000c00 f6e5d4c3b2a10500
      14000280 08000400 19000000 05000e00 2e000000
      0c000380 08000300 ffffffff
      04000480
      0c000580 08000100 ffffff3f
      0c000680 08000000 06000000";

/// Headers and connection 258 ahead of its values.
const TIME_AND_TUPLE_258: &str = "
      14001080 08000100 0100005f 08000200 0c0b0a00
      4c000e80
        14000100 20010db8000000000000000000000002
        06000200 50c30000
        14000300 20010db8000000000000000000000001
        06000400 bb010000
        05000500 02000000
        08000600 02010000";

#[test]
fn get_family() {
    for client in clients() {
        let request = hex("24000000 10000500 01000000 00000000 03000000  0f000200 7463705f6573746174730000");
        assert_eq!(request.len(), 36);
        let answers = client.exchange(&request);
        let [answer] = &answers[..] else {
            panic!("{} datagrams", answers.len());
        };
        // The name first, so that the id is at octet 36, and every attribute that old clients know, and no others.
        let head = "
            01020000
              0f000200 7463705f6573746174730000
              06000100 00040000
              08000300 01000000
              08000400 00000000
              08000500 1c000000";
        assert_eq!(answer[4..6], [16, 0]);
        assert_eq!(answer[8..12], request[8..12]);
        assert_eq!(answer[16..68], hex(head)[..]);
        // Six commands, each with its number and flags.
        let mut commands = hex("7c000680");
        for (number, command) in (1_u8..).zip(0_u8..6) {
            commands.extend(hex(&format!(
                "1400{number:02x}80 08000100 {command:02x}000000 08000200 0a000000"
            )));
        }
        assert_eq!(commands.len(), 124);
        let flagless = |octets: &[u8]| octets.iter().map(|octet| octet & 0x7f).collect::<Vec<_>>();
        assert_eq!(flagless(&answer[68..192]), flagless(&commands));
        assert_eq!(
            u16::from_le_bytes([answer[194], answer[195]]) & 0x3fff,
            7,
            "the multicast group"
        );
        assert_eq!(192 + usize::from(answer[192]), answer.len(), "and nothing else");
    }
}

#[test]
fn lists_by_the_page() {
    let listed = hex(LISTED);
    for client in clients() {
        for (from, expected) in [("00000000", &listed[..]), ("08000000", &listed[96..])] {
            let request = format!("20000000 00040500 01000000 00000000 00000000 0c000e80 08000600 {from}");
            assert_eq!(client.exchange(&hex(&request)), [expected]);
        }
        let request = "20000000 00040500 01000000 00000000 00000000 0c000e80 08000600 03010000";
        assert_eq!(client.exchange(&hex(request)), Vec::<Vec<u8>>::new());
        // Without a page, everything.
        let request = hex("14000000 00040500 01000000 00000000 00000000");
        assert_eq!(client.exchange(&request), [&listed[..]]);
    }
}

#[test]
fn lists_of_what_was_active() {
    let listed = hex(LISTED);
    for client in clients() {
        // The token 999,900, under the library's number and under the kernel module's.
        for kind in ["1c00", "1b00"] {
            let request = format!(
                "2c000000 00040500 01000000 00000000 00000000
                   0c00{kind} dc410f0000000000 0c000e80 08000600 00000000"
            );
            assert_eq!(client.exchange(&hex(&request)), [&listed[96..]]);
        }
    }
}

#[test]
fn read() {
    for client in clients() {
        let expected = format!("cc000000 00040000 00000000 00000000 02010000 {TIME_AND_TUPLE} {VALUES}");
        assert_eq!(client.exchange(&hex(READ)), [hex(&expected)]);
    }
}

#[test]
fn read_all() {
    for client in clients() {
        let request = "
            60000000 00040500 01000000 00000000 01000000
              0c000e80 08000600 00000000
              40000d80
                0c000100 0810000000000000
                0c000200 1040000000000000
                0c000300 0800000000000000
                0c000400 0000000000000000
                0c000500 0200000000000000";
        let head = "cc000000 00040000 00000000 00000000 01010000";
        let expected = format!("{head} {TIME_AND_TUPLE} {VALUES} {head} {TIME_AND_TUPLE_258} {VALUES}");
        assert_eq!(client.exchange(&hex(request)), [hex(&expected)]);
        let behind = request.replacen("08000600 00000000", "08000600 03010000", 1);
        assert_eq!(client.exchange(&hex(&behind)), Vec::<Vec<u8>>::new());
    }
}

#[test]
fn write() {
    for client in clients() {
        assert_eq!(client.exchange(&hex(WRITE)), Vec::<Vec<u8>>::new());
    }
}

#[test]
fn timestamp() {
    for client in clients() {
        // 250 milliseconds ago, under the library's number and under the kernel module's; and now.
        for kind in ["1b00", "1a00"] {
            let request = format!("1c000000 00040500 01000000 00000000 05000000 0800{kind} fa000000");
            let expected = "
                2c000000 00040000 00000000 00000000 05010000
                  0c001b00 46410f0000000000 0c001c00 46410f0000000000";
            assert_eq!(client.exchange(&hex(&request)), [hex(expected)]);
        }
        let expected = "
            2c000000 00040000 00000000 00000000 05010000
              0c001b00 40420f0000000000 0c001c00 40420f0000000000";
        assert_eq!(
            client.exchange(&hex("14000000 00040500 01000000 00000000 05000000")),
            [hex(expected)]
        );
    }
}

#[test]
fn what_is_refused() {
    for client in clients() {
        for (request, errno) in [
            // No id; a negative one.
            ("18000000 00040500 01000000 00000000 00000000 04000e80", 22),
            (
                "20000000 00040500 01000000 00000000 00000000 0c000e80 08000600 ffffffff",
                22,
            ),
            (
                "20000000 00040500 01000000 00000000 02000000 0c000e80 08000600 00000000",
                22,
            ),
            (
                "20000000 00040500 01000000 00000000 02000000 0c000e80 08000600 08000000",
                22,
            ),
            // A command that never was; a dump; a family that is not there; another family by name.
            ("14000000 00040500 01000000 00000000 06000000", 95),
            ("14000000 00040503 01000000 00000000 00000000", 95),
            ("14000000 01040500 01000000 00000000 00000000", 2),
            (
                "24000000 10000500 01000000 00000000 03000000 0f000200 7463705f6573746174650000",
                2,
            ),
        ] {
            client.refused(&hex(request), errno);
        }
    }
}
