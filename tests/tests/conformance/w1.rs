//! W1, the `libtcpe` of 2012, and W1t, the `libestats` of 2013: addresses of 17 octets.

use crate::client::{Client, WAYS, Way};
use crate::sets::V117;
use estats_tests::octets::hex;

/// Both connections of a list.
const LISTED: &str = "
    60000000 00040000 00000000 00000000 00010000
      4c000c80
        15000100 c0000209 000000000000000000000000 01000000
        06000200 409c0000
        15000300 0a000001 000000000000000000000000 01000000
        06000400 50000000
        08000500 07000000
    60000000 00040000 00000000 00000000 00010000
      4c000c80
        15000100 20010db8000000000000000000000002 02000000
        06000200 50c30000
        15000300 20010db8000000000000000000000001 02000000
        06000400 bb010000
        08000500 02010000";

/// Some values of connection 7: those of the tables, from W1 on, and what comes before them from W1t on.
const VALUES: &str = "
      18000180 0c000300 8877665544332211 05000c00 f6000000
      14000280 08000400 19000000 05000e00 2e000000
      0c000380 08000300 ffffffff
      04000480
      0c000580 08000100 ffffff7f";
const TIME_AND_TUPLE: &str = "
      14000e80 08000100 0100005f 08000200 0c0b0a00
      4c000c80
        15000100 c0000209 000000000000000000000000 01000000
        06000200 409c0000
        15000300 0a000001 000000000000000000000000 01000000
        06000400 50000000
        08000500 07000000";

/// A request for them: masks for all five tables.
const READ: &str = "
    60000000 00040500 01000000 00000000 02000000
      0c000c80 08000500 07000000
      40000b80
        0c000100 0810000000000000
        0c000200 1040000000000000
        0c000300 0800000000000000
        0c000400 0000000000000000
        0c000500 0200000000000000";

fn clients() -> impl Iterator<Item = (Way, &'static str, Client)> {
    WAYS.into_iter()
        .flat_map(|way| ["W1", "W1t"].map(|wire| (way, wire, Client::introduced(way, wire, V117))))
}

#[test]
fn list() {
    for (_, _, client) in clients() {
        let request = hex("14000000 00040500 01000000 00000000 00000000");
        assert_eq!(client.exchange(&request), [hex(LISTED)]);
    }
}

#[test]
fn read() {
    for (way, wire, client) in clients() {
        let expected = match wire {
            "W1" => hex(&format!("5c000000 00040000 00000000 00000000 02010000 {VALUES}")),
            _ => hex(&format!(
                "bc000000 00040000 00000000 00000000 02010000 {TIME_AND_TUPLE} {VALUES}"
            )),
        };
        assert_eq!(client.exchange(&hex(READ)), [expected], "{way:?} {wire}");
    }
}

#[test]
fn an_empty_nest_of_masks_asks_for_all() {
    for (_, wire, client) in clients() {
        let request = hex("24000000 00040500 01000000 00000000 02000000  0c000c80 08000500 07000000 04000b80");
        let length = if wire == "W1" { 996 } else { 996 + 20 + 76 };
        assert_eq!(
            client.exchange(&request).iter().map(Vec::len).collect::<Vec<_>>(),
            [length]
        );
    }
}

#[test]
fn write() {
    for (_, _, client) in clients() {
        let request = "38000000 00040500 01000000 00000000 03000000
            0c000c80 08000500 07000000
            18000d80 0b000100 4c696d43776e6400 08000200 00100000";
        assert_eq!(client.exchange(&hex(request)), Vec::<Vec<u8>>::new());
        // SegsOut cannot be written.
        let request = "38000000 00040500 01000000 00000000 03000000
            0c000c80 08000500 07000000
            18000d80 0b000100 536567734f757400 08000200 00100000";
        client.refused(&hex(request), 1);
    }
}

#[test]
fn what_is_refused() {
    for (_, _, client) in clients() {
        for (request, errno) in [
            // READ_ALL, INIT, TIMESTAMP: later ones.
            ("14000000 00040500 01000000 00000000 01000000", 95),
            ("14000000 00040500 01000000 00000000 04000000", 95),
            ("14000000 00040500 01000000 00000000 05000000", 95),
            // No connection; an id in the number of W2; id 0; one that is not there; half an id.
            ("14000000 00040500 01000000 00000000 02000000", 22),
            (
                "20000000 00040500 01000000 00000000 02000000 0c000e80 08000600 07000000",
                22,
            ),
            (
                "20000000 00040500 01000000 00000000 02000000 0c000c80 08000600 07000000",
                22,
            ),
            (
                "20000000 00040500 01000000 00000000 02000000 0c000c80 08000500 00000000",
                22,
            ),
            (
                "20000000 00040500 01000000 00000000 02000000 0c000c80 08000500 08000000",
                22,
            ),
            (
                "20000000 00040500 01000000 00000000 02000000 0c000c80 06000500 07000000",
                22,
            ),
            // Nothing to write; no such variable: NoCwnd.
            (
                "20000000 00040500 01000000 00000000 03000000 0c000c80 08000500 07000000",
                22,
            ),
            (
                "38000000 00040500 01000000 00000000 03000000 0c000c80 08000500 07000000
                 18000d80 0a000100 4e6f43776e640000 08000200 00100000",
                22,
            ),
        ] {
            client.refused(&hex(request), errno);
        }
    }
}
