//! What the router of a [`Path`] does to packets: nftables rules in its forward hook.

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use anyhow::Result;

use crate::path::{Path, Side};

/// One thing done to the packets that a host sends.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Impairment {
    /// Every packet is dropped.
    Blackhole,
    /// Every `n`-th TCP segment with payload is dropped, the first one included.
    DropEvery(u32),
    /// The TCP segments with payload at these positions are dropped; the first segment after the rule was made has
    /// position 0.
    DropAt(Vec<RangeInclusive<u32>>),
    /// Every `n`-th packet of an ECN-capable transport gets the CE codepoint, the first one included.
    CongestionExperiencedEvery(u32),
    /// So many of a thousand packets are dropped, by chance; of those with payload, or of all.
    Lose {
        /// Of a thousand.
        per_mille: u16,
        /// Packets without payload are spared.
        payload_only: bool,
    },
    /// So many of a thousand packets, by chance, leave the router at two million octets a second after a burst of one packet, while
    /// the others pass them. Not beside [`Impairment::Rate`].
    Overtake(u16),
    /// Packets leave the router at this many octets a second after a burst of one packet; nothing is dropped before two
    /// seconds' worth is queued.
    Rate(u64),
}

/// The class of packets that others overtake.
const SLOW_LANE: &str = "1:2";

/// The longest header of a segment without payload: IPv6 (40) and TCP with all its options (60).
const LONGEST_EMPTY_SEGMENT: u32 = 100;

impl Impairment {
    /// The rule, as nftables writes it, after the match on the sender; none for what is not a packet filter's business.
    ///
    /// Payload is recognised by the packet's length, so senders must use segments with more than 100 octets.
    fn rule(&self) -> Option<String> {
        let with_payload = format!("meta l4proto tcp meta length > {LONGEST_EMPTY_SEGMENT}");
        Some(match self {
            Self::Blackhole => "drop".to_owned(),
            Self::DropEvery(n) => format!("{with_payload} numgen inc mod {n} 0 drop"),
            Self::DropAt(positions) => {
                let positions: Vec<_> = positions
                    .iter()
                    .map(|range| format!("{}-{}", range.start(), range.end()))
                    .collect();
                format!(
                    "{with_payload} numgen inc mod {} {{ {} }} drop",
                    u32::MAX,
                    positions.join(", ")
                )
            }
            Self::Lose {
                per_mille,
                payload_only,
            } => {
                let which = if *payload_only {
                    &with_payload
                } else {
                    "meta l4proto tcp"
                };
                format!("{which} numgen random mod 1000 < {per_mille} drop")
            }
            Self::Overtake(per_mille) => {
                format!("meta l4proto tcp numgen random mod 1000 < {per_mille} meta priority set {SLOW_LANE}")
            }
            Self::CongestionExperiencedEvery(_) | Self::Rate(_) => return None,
        })
    }

    /// The rule for one address family (`ip` or `ip6`).
    fn rule_for(&self, family: &str) -> Option<String> {
        match self {
            Self::CongestionExperiencedEvery(n) => Some(format!(
                "{family} ecn != not-ect numgen inc mod {n} 0 {family} ecn set ce"
            )),
            other => other.rule(),
        }
    }
}

impl Path {
    /// Replaces what the router does to the packets of both hosts: the given list is all that happens from now on.
    ///
    /// # Errors
    ///
    /// When `nft` or `tc` is not installed, or the kernel lacks a feature used.
    pub fn impair(&self, impairments: &[(Side, Impairment)]) -> Result<()> {
        let mut rules = String::new();
        for (from, impairment) in impairments {
            for (family, source) in [("ip", from.ipv4()), ("ip6", from.ipv6())] {
                if let Some(rule) = impairment.rule_for(family) {
                    writeln!(rules, "{family} saddr {source} {rule}")?;
                }
            }
        }
        // The first line makes the table exist, so that the second may delete it.
        let ruleset = format!(
            "table inet path\ndelete table inet path\n\
             table inet path {{\nchain forward {{\ntype filter hook forward priority 0;\n{rules}}}\n}}\n"
        );
        self.router.tool("nft", "-f -", &ruleset)?;
        for from in [Side::Client, Side::Server] {
            let of_side = impairments.iter().filter(|(side, _)| *side == from);
            self.queue(from, of_side.map(|(_, impairment)| impairment))?;
        }
        Ok(())
    }

    /// Lets packets pass as they are again.
    ///
    /// # Errors
    ///
    /// As [`Path::impair`].
    pub fn clear(&self) -> Result<()> {
        self.impair(&[])
    }

    /// Queues the packets from `from` as `impairments` want it; as they come, if none does.
    fn queue<'a>(&self, from: Side, impairments: impl Iterator<Item = &'a Impairment>) -> Result<()> {
        let device = from.peer().device();
        // Devices have no queue before the first one, and deleting what is not there is an error.
        let mut batch = format!("qdisc replace dev {device} root pfifo limit 10000\n");
        for impairment in impairments {
            match impairment {
                Impairment::Rate(rate) => writeln!(
                    batch,
                    "qdisc replace dev {device} root tbf rate {rate}bps burst 2000 limit {}",
                    rate * 2
                )?,
                Impairment::Overtake(_) => writeln!(
                    batch,
                    "qdisc replace dev {device} root handle 1: htb\n\
                     class add dev {device} parent 1: classid {SLOW_LANE} htb rate 2mbps burst 2000"
                )?,
                _ => {}
            }
        }
        self.router.tool("tc", "-batch -", &batch).map(drop)
    }
}
