//! Every set of variables as a whole: each index, width and value, and what INIT says of them.

use crate::client::{Client, WAYS, columns};
use crate::connections::measured;
use estats_tests::octets::{attribute, hex, message, nest};

/// A library: the variables of its table, which were printed from the original; what it speaks; how many variables each table has,
/// EXTRAS always being there from W2 on; and how long a whole answer is.
struct Set {
    wire: &'static str,
    variables: &'static str,
    sizes: &'static [usize],
    reading: usize,
}

macro_rules! sets {
    ($($name:ident: $wire:literal $file:literal $sizes:expr, $reading:literal;)*) => {
        $(pub(crate) const $name: &str = include_str!(concat!("../generations/variables/", $file, ".txt"));)*
        const SETS: &[Set] = &[$(Set { wire: $wire, variables: $name, sizes: &$sizes, reading: $reading }),*];
    };
}

sets! {
    V117: "W1" "v117" [34, 26, 41, 12, 4], 996;
    V121: "W2" "v121" [36, 26, 43, 12, 4, 0], 1128;
    V123: "W3" "v123" [36, 26, 43, 12, 4, 2], 1144;
    V123G: "W3" "v123g" [38, 26, 43, 12, 4, 0], 1144;
    V116: "W3p" "v116" [36, 26, 37, 12, 4, 1], 1092;
    V120: "W3p" "v120" [36, 26, 41, 12, 4, 1], 1124;
    V124A: "W3p" "v124a" [40, 26, 41, 12, 3, 2], 1156;
    V122: "W3p" "v122" [40, 26, 40, 12, 3, 1], 1140;
    V124B: "W3p" "v124b" [41, 26, 41, 12, 3, 1], 1156;
}

/// The nests of all tables, with every variable.
fn tables(set: &Set) -> Vec<u8> {
    let mut variables = columns(set.variables);
    let mut octets = Vec::new();
    for (table, size) in (1..).zip(set.sizes) {
        let values: Vec<Vec<u8>> = (0..)
            .zip(variables.by_ref().take(*size))
            .map(|(index, (name, width))| {
                let length = match width {
                    "u64" => 8,
                    "u32" | "s32" => 4,
                    "u8" => 1,
                    _ => panic!("{width}"),
                };
                attribute(index, &measured(name).to_le_bytes()[..length])
            })
            .collect();
        octets.extend(nest(table, &values));
    }
    assert!(variables.next().is_none(), "the sizes are those of the table");
    octets
}

#[test]
fn every_variable_of_every_set_is_at_its_index() {
    for way in WAYS {
        for set in SETS {
            let client = Client::introduced(way, set.wire, set.variables);
            let old = set.wire == "W1";
            let request = if old {
                "20000000 00040500 01000000 00000000 02000000  0c000c80 08000500 07000000"
            } else {
                "20000000 00040500 01000000 00000000 02000000  0c000e80 08000600 07000000"
            };
            let answers = client.exchange(&hex(request));
            let [answer] = &answers[..] else {
                panic!("{} datagrams", answers.len());
            };
            assert_eq!(
                answer.len(),
                set.reading,
                "{} {}",
                set.wire,
                set.variables.lines().count()
            );
            // Headers; from W1t on also time and connection.
            let start = if old { 20 } else { 20 + 20 + 76 };
            assert!(answer[start..] == tables(set), "{way:?} {} {}", set.wire, set.variables);
        }
    }
}

#[test]
fn a_variable_of_another_width_is_left_out() {
    for way in WAYS {
        let narrow = V116.replace("StartTimeStamp u64", "StartTimeStamp u8");
        let client = Client::introduced(way, "W3p", &narrow);
        // The whole table, and that variable alone.
        for (mask, length) in [("", 1092 - 12), ("0c000100 0010000000000000", 1092 - 304 + 4)] {
            let mask = attribute(0x800d, &hex(mask));
            let attributes = [hex("0c000e80 08000600 07000000"), mask].concat();
            let answers = client.exchange(&message(5, 2, 0, &attributes));
            assert_eq!(answers.iter().map(Vec::len).collect::<Vec<_>>(), [length]);
        }
    }
}

const INIT: &str = "14000000 00040500 01000000 00000000 04000000";

#[test]
fn init_names_every_variable_of_the_set() {
    for way in WAYS {
        for (set, length) in [
            (V124B, 3688),
            (V124A, 3692),
            (V122, 3624),
            (V123, 0),
            (V123G, 0),
            (V116, 0),
            (V120, 0),
        ] {
            let description = SETS.iter().find(|other| other.variables == set).expect("a set");
            let client = Client::introduced(way, description.wire, set);
            let answers = client.exchange(&hex(INIT));
            let [answer] = &answers[..] else {
                panic!("{} datagrams", answers.len());
            };
            assert!(length == 0 || answer.len() == length, "{} octets", answer.len());
            let mut types = Types { answer };
            let mut variables = columns(set);
            let count = u32::try_from(set.lines().count()).expect("some hundred");
            let mut expected = [attribute(17, &6_u32.to_le_bytes()), attribute(18, &count.to_le_bytes())].concat();
            for table in 0..6 {
                let size = description.sizes.get(usize::from(table)).copied().unwrap_or(0);
                let entries: Vec<Vec<u8>> = variables
                    .by_ref()
                    .take(size)
                    .map(|(name, _)| {
                        let text = [name.as_bytes(), b"\0"].concat();
                        nest(25, &[attribute(1, &text), attribute(2, &types.of(name))])
                    })
                    .collect();
                expected.extend(nest(19 + table, &entries));
            }
            assert!(answer[20..] == expected, "{way:?} {set}");
        }
    }
}

/// The type numbers in an answer to INIT, which are not in the tables of the libraries.
struct Types<'a> {
    answer: &'a [u8],
}

impl Types<'_> {
    /// The four octets behind a name. They are one of the ten types, and for some those that were measured.
    fn of(&mut self, name: &str) -> [u8; 4] {
        let text = [name.as_bytes(), b"\0"].concat();
        let found = attribute(1, &text);
        let at = self
            .answer
            .windows(found.len())
            .position(|window| window == found)
            .unwrap_or_else(|| panic!("{name} is not there"));
        let header = at + found.len();
        let octets: [u8; 4] = self.answer[header + 4..header + 8].try_into().expect("four octets");
        let kind = u32::from_le_bytes(octets);
        let measured = match name {
            "StartTimeStamp" => Some(6),
            "SoftErrorReason" | "SegsOut" => Some(2),
            "Priority" => Some(4),
            "HCDataOctetsOut" => Some(5),
            "IpTosIn" => Some(9),
            _ => None,
        };
        assert!(
            kind <= 9 && measured.is_none_or(|measured| kind == measured),
            "{name} is of type {kind}"
        );
        octets
    }
}
