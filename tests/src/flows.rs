//! What the router of a [`Path`] saw of each connection: a count of segments and octets that neither end has a hand in.
//!
//! Counts are kept by the packet filter itself, one element of a set for each direction of a connection, so thousands of
//! connections cost no capture.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, Result};

use crate::path::Path;

/// Address family, source port and destination port: one direction of a connection, as long as no two use the same ports.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Direction {
    /// IPv6 rather than IPv4.
    pub ipv6: bool,
    /// Source port.
    pub from: u16,
    /// Destination port.
    pub to: u16,
}

/// Segments of one direction.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Flow {
    /// Came to the router.
    pub sent: Segments,
    /// Left it again, after its impairments.
    pub passed: Segments,
    /// SYNs, without ACK, that came to the router.
    pub sent_syn: i64,
    /// SYN-ACKs that came to the router. No connection sends them, but the listener does.
    pub sent_syn_ack: i64,
    /// SYN-ACKs that left it.
    pub passed_syn_ack: i64,
    /// SYNs, without ACK, that left it.
    pub passed_syn: i64,
    /// Packets that left it with the congestion mark.
    pub passed_ce: i64,
    /// Segments with ECE and without SYN that left it.
    pub passed_ece: i64,
}

/// Segments with and without payload.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Segments {
    /// With payload.
    pub full: i64,
    /// Without.
    pub bare: i64,
    /// Octets of payload.
    pub octets: i64,
}

impl Segments {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> i64 {
        self.full + self.bare
    }
}

/// Lengths of the two IP headers; neither has options here.
const IP_HEADERS: [(&str, i64); 2] = [("ipv4", 20), ("ipv6", 40)];
/// A TCP header has so many words.
const TCP_WORDS: std::ops::RangeInclusive<i64> = 5..=15;
/// What an element of a set is about. The length of the TCP header is part of it so that payload can be told from headers.
const KEY: &str = "meta nfproto . tcp sport . tcp dport . tcp doff";
/// As many elements as directions and header lengths of three thousand connections. Memory for all of them is taken at once.
const ROOM: u32 = 66_000;

/// Before (true) or after the impairments, the name of the set, and what is counted in it.
const COUNTED: [(bool, &str, &str); 6] = [
    (true, "sent_syn", "tcp flags & (syn | ack) == syn"),
    (true, "sent_syn_ack", "tcp flags & (syn | ack) == syn | ack"),
    (false, "passed_syn_ack", "tcp flags & (syn | ack) == syn | ack"),
    (false, "passed_syn", "tcp flags & (syn | ack) == syn"),
    (false, "passed_ce", "@ecn ce"),
    (false, "passed_ece", "tcp flags & (ecn | syn) == ecn"),
];
const SENT: [&str; 2] = ["sent_full", "sent_bare"];
const PASSED: [&str; 2] = ["passed_full", "passed_bare"];

/// What an element of a set adds to a flow.
type Add = fn(&mut Flow, Count);

impl Path {
    /// Counts the segments of each connection from now on.
    ///
    /// # Errors
    ///
    /// When `nft` is not installed, or the kernel lacks a feature used.
    pub fn count_flows(&self) -> Result<()> {
        let names = COUNTED.iter().map(|(_, name, _)| *name).chain(SENT).chain(PASSED);
        let mut rules = String::from("table inet flows {\n");
        for name in names {
            writeln!(
                rules,
                "set {name} {{ typeof {KEY}; flags dynamic; size {ROOM}; counter; }}"
            )?;
        }
        for (before, name, priority, sets) in [(true, "before", -10, SENT), (false, "after", 10, PASSED)] {
            writeln!(
                rules,
                "chain {name} {{ type filter hook forward priority {priority}; meta l4proto != tcp return"
            )?;
            writeln!(rules, "{}", payload_rules(sets))?;
            for (_, set, what) in COUNTED.iter().filter(|(when, ..)| *when == before) {
                let families = if what.starts_with('@') {
                    ["ip ", "ip6 "].as_slice()
                } else {
                    &[""]
                };
                for family in families {
                    let what = what.replace('@', family);
                    writeln!(rules, "{what} update @{set} {{ {KEY} counter }}")?;
                }
            }
            writeln!(rules, "}}")?;
        }
        writeln!(rules, "}}")?;
        self.router.tool("nft", "-f -", &rules).map(drop)
    }

    /// What was counted of each direction since [`Path::count_flows`].
    ///
    /// # Errors
    ///
    /// When `nft` does not say, or says it in a way that is not understood.
    pub fn flows(&self) -> Result<BTreeMap<Direction, Flow>> {
        let mut flows = BTreeMap::new();
        let counted: [(&str, Add); 10] = [
            ("sent_syn", |flow, count| flow.sent_syn += count.packets),
            ("sent_full", |flow, count| flow.sent.add(count)),
            ("sent_bare", |flow, count| flow.sent.bare += count.packets),
            ("passed_full", |flow, count| flow.passed.add(count)),
            ("passed_bare", |flow, count| flow.passed.bare += count.packets),
            ("sent_syn_ack", |flow, count| flow.sent_syn_ack += count.packets),
            ("passed_syn_ack", |flow, count| flow.passed_syn_ack += count.packets),
            ("passed_syn", |flow, count| flow.passed_syn += count.packets),
            ("passed_ce", |flow, count| flow.passed_ce += count.packets),
            ("passed_ece", |flow, count| flow.passed_ece += count.packets),
        ];
        for (set, add) in counted {
            let listed = self.router.tool("nft", &format!("list set inet flows {set}"), "")?;
            for (direction, count) in elements(&listed)? {
                add(flows.entry(direction).or_default(), count);
            }
        }
        Ok(flows)
    }
}

impl Segments {
    fn add(&mut self, count: Count) {
        self.full += count.packets;
        self.octets += count.payload;
    }
}

/// The rules that tell segments with payload from those without by their length, and count them in the two `sets`.
fn payload_rules([full, bare]: [&str; 2]) -> String {
    let mut rules = Vec::new();
    for ((family, header), length) in IP_HEADERS.iter().zip(["ip length", "ip6 length"]) {
        // The length of IPv6 leaves its own header out.
        let counted = if *family == "ipv4" { *header } else { 0 };
        let empty: Vec<_> = TCP_WORDS
            .map(|words| format!("{} . {words}", counted + words * 4))
            .collect();
        for (comparison, set) in [("!=", full), ("==", bare)] {
            let empty = empty.join(", ");
            rules.push(format!(
                "meta nfproto {family} {length} . tcp doff {comparison} {{ {empty} }} update @{set} {{ {KEY} counter }}"
            ));
        }
    }
    rules.join("\n")
}

/// What an element of a set says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Count {
    packets: i64,
    /// Octets without headers.
    payload: i64,
}

/// The elements in the text of a set: `ipv4 . 5555 . 41390 . 8 counter packets 2 bytes 305`, with commas between.
fn elements(text: &str) -> Result<Vec<(Direction, Count)>> {
    let Some((_, elements)) = text.split_once("elements = {") else {
        return Ok(Vec::new());
    };
    let elements = elements.split('}').next().unwrap_or_default();
    elements.split(',').map(|one| element(one.trim())).collect()
}

fn element(text: &str) -> Result<(Direction, Count)> {
    let understood = || -> Option<(Direction, Count)> {
        let words: Vec<_> = text.split_whitespace().filter(|word| *word != ".").collect();
        let [family, from, to, doff, "counter", "packets", packets, "bytes", octets] = words[..] else {
            return None;
        };
        let (_, ip) = IP_HEADERS.into_iter().find(|(name, _)| *name == family)?;
        let (packets, octets): (i64, i64) = (packets.parse().ok()?, octets.parse().ok()?);
        let headers = ip + 4 * doff.parse::<i64>().ok()?;
        Some((
            Direction {
                ipv6: family == "ipv6",
                from: from.parse().ok()?,
                to: to.parse().ok()?,
            },
            Count {
                packets,
                payload: octets - packets * headers,
            },
        ))
    };
    understood().with_context(|| format!("an element of a set that makes no sense: {text}"))
}

#[cfg(test)]
mod tests {
    use super::{Count, Direction, elements};

    #[test]
    fn payload_is_what_headers_leave_over() {
        let text = "table inet flows {\n set sent_full {\n elements = { ipv6 . 5555 . 55674 . 8 counter packets 2 bytes 345,\n \
                    ipv4 . 59 . 5555 . 5 counter packets 1 bytes 59 }\n }\n}\n";
        let direction = |ipv6, from, to| Direction { ipv6, from, to };
        let count = |packets, payload| Count { packets, payload };
        assert_eq!(
            elements(text).unwrap(),
            [
                (direction(true, 5555, 55674), count(2, 201)),
                (direction(false, 59, 5555), count(1, 19))
            ]
        );
        assert!(
            elements("table inet flows {\n set empty {\n }\n}\n")
                .unwrap()
                .is_empty()
        );
        elements("elements = { ipv4 . 5555 }").unwrap_err();
    }
}
