//! W2, the `libestats` from July 2013 on: the EXTRAS table, and attribute numbers that stayed.

use crate::client::{Client, WAYS};
use crate::sets::V121;
use estats_tests::octets::hex;

/// Both connections of a list.
pub(crate) const LISTED: &str = "
    60000000 00040000 00000000 00000000 00010000
      4c000e80
        14000100 c0000209 000000000000000000000000
        06000200 409c0000
        14000300 0a000001 000000000000000000000000
        06000400 50000000
        05000500 01000000
        08000600 07000000
    60000000 00040000 00000000 00000000 00010000
      4c000e80
        14000100 20010db8000000000000000000000002
        06000200 50c30000
        14000300 20010db8000000000000000000000001
        06000400 bb010000
        05000500 02000000
        08000600 02010000";

/// Time and connection 7, ahead of values.
pub(crate) const TIME_AND_TUPLE: &str = "
      14001080 08000100 0100005f 08000200 0c0b0a00
      4c000e80
        14000100 c0000209 000000000000000000000000
        06000200 409c0000
        14000300 0a000001 000000000000000000000000
        06000400 50000000
        05000500 01000000
        08000600 07000000";

/// Asks for some values of connection 7: masks for five tables.
pub(crate) const READ: &str = "
    60000000 00040500 01000000 00000000 02000000
      0c000e80 08000600 07000000
      40000d80
        0c000100 0810000000000000
        0c000200 1040000000000000
        0c000300 0800000000000000
        0c000400 0000000000000000
        0c000500 0200000000000000";

/// Sets `LimCwnd` of connection 7 to 4,096 octets.
pub(crate) const WRITE: &str = "
    38000000 00040500 01000000 00000000 03000000
      0c000e80 08000600 07000000
      18000f80 0b000100 4c696d43776e6400 08000200 00100000";

#[test]
fn list() {
    for way in WAYS {
        let client = Client::introduced(way, "W2", V121);
        let request = hex("14000000 00040500 01000000 00000000 00000000");
        assert_eq!(client.exchange(&request), [hex(LISTED)]);
    }
}

#[test]
fn read() {
    for way in WAYS {
        let client = Client::introduced(way, "W2", V121);
        let expected = format!(
            "c0000000 00040000 00000000 00000000 02010000 {TIME_AND_TUPLE}
              18000180 0c000300 8877665544332211 05000c00 f6000000
              14000280 08000400 19000000 05000e00 2e000000
              0c000380 08000300 ffffffff
              04000480
              0c000580 08000100 ffffff7f
              04000680"
        );
        assert_eq!(client.exchange(&hex(READ)), [hex(&expected)]);
    }
}

#[test]
fn write() {
    for way in WAYS {
        let client = Client::introduced(way, "W2", V121);
        assert_eq!(client.exchange(&hex(WRITE)), Vec::<Vec<u8>>::new());
    }
}

#[test]
fn what_is_refused() {
    for way in WAYS {
        let client = Client::introduced(way, "W2", V121);
        for (request, errno) in [
            ("14000000 00040500 01000000 00000000 01000000", 95),
            ("14000000 00040500 01000000 00000000 04000000", 95),
            ("14000000 00040500 01000000 00000000 05000000", 95),
            ("14000000 00040500 01000000 00000000 02000000", 22),
            // As W1 asked.
            (
                "20000000 00040500 01000000 00000000 02000000 0c000c80 08000500 07000000",
                22,
            ),
            (
                "20000000 00040500 01000000 00000000 02000000 0c000e80 08000600 08000000",
                22,
            ),
            (
                "20000000 00040500 01000000 00000000 03000000 0c000e80 08000600 07000000",
                22,
            ),
        ] {
            client.refused(&hex(request), errno);
        }
    }
}
