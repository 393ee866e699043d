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
    /// Packets leave the router at this many octets a second after a burst of one packet; nothing is dropped before two
    /// seconds' worth is queued.
    Rate(u64),
}

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
            let rate = impairments.iter().find_map(|(side, impairment)| match impairment {
                Impairment::Rate(rate) if *side == from => Some(*rate),
                _ => None,
            });
            self.shape(from, rate)?;
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

    /// Limits the rate of the packets from `from`, or lifts the limit.
    fn shape(&self, from: Side, rate: Option<u64>) -> Result<()> {
        let device = from.peer().device();
        match rate {
            Some(rate) => self.router.tool(
                "tc",
                &format!(
                    "qdisc replace dev {device} root tbf rate {rate}bps burst 2000 limit {}",
                    rate * 2
                ),
                "",
            ),
            // Devices have no queue before the first limit, and deleting what is not there is an error.
            None => self
                .router
                .tool("tc", &format!("qdisc replace dev {device} root pfifo limit 10000"), ""),
        }
    }
}
