//! W3, the `libestats` of spring 2014: INIT, of which [`crate::sets`] has the rest.

use crate::client::{Client, WAYS};
use crate::sets::V123;
use crate::w2::{LISTED, TIME_AND_TUPLE, WRITE};
use estats_tests::octets::hex;

#[test]
fn list_and_write_are_those_of_w2() {
    for way in WAYS {
        let client = Client::introduced(way, "W3", V123);
        let request = hex("14000000 00040500 01000000 00000000 00000000");
        assert_eq!(client.exchange(&request), [hex(LISTED)]);
        assert_eq!(client.exchange(&hex(WRITE)), Vec::<Vec<u8>>::new());
    }
}

#[test]
fn read() {
    for way in WAYS {
        let client = Client::introduced(way, "W3", V123);
        // EXTRAS has a mask, too.
        let request = "
            6c000000 00040500 01000000 00000000 02000000
              0c000e80 08000600 07000000
              4c000d80
                0c000100 0010000000000000
                0c000200 0000000000000000
                0c000300 0000000000000000
                0c000400 0000000000000000
                0c000500 0000000000000000
                0c000600 0000000000000000";
        let expected = format!(
            "94000000 00040000 00000000 00000000 02010000 {TIME_AND_TUPLE}
              0c000180 05000c00 f6000000
              04000280 04000380 04000480 04000580 04000680"
        );
        assert_eq!(client.exchange(&hex(request)), [hex(&expected)]);
    }
}

#[test]
fn init_begins_with_the_numbers_of_tables_and_variables() {
    for way in WAYS {
        let client = Client::introduced(way, "W3", V123);
        let answers = client.exchange(&hex("14000000 00040500 01000000 00000000 04000000"));
        let head = hex("00040000 00000000 00000000 04010000  08001100 06000000 08001200 7b000000");
        assert_eq!(answers[0][4..36], head);
        // The first entry of the first table: SegsOut, of type 2.
        let first = hex("18001980 0c000100 536567734f757400 08000200 02000000");
        assert_eq!(
            (answers[0][38..40].to_vec(), &answers[0][40..64]),
            (hex("1380"), &first[..])
        );
    }
}

#[test]
fn what_is_refused() {
    for way in WAYS {
        let client = Client::introduced(way, "W3", V123);
        client.refused(&hex("14000000 00040500 01000000 00000000 01000000"), 95);
        client.refused(&hex("14000000 00040500 01000000 00000000 05000000"), 95);
    }
}
