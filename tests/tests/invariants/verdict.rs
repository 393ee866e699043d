//! What came out of a run.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::Result;
use estats_protocol::Reading;
use estats_tests::flows::{Direction, Flow};
use estats_tests::nstat::Counters;
use estats_tests::observer::Endpoint;
use estats_tests::path::Side;

use crate::accounts;
use crate::case::{Case, End};
use crate::claims;
use crate::conduct::Outcome;
use crate::direction;
use crate::watcher::{Seen, Watched, shown};
use crate::world::World;

/// So many examples of each complaint are shown in full.
const EXAMPLES: usize = 2;
/// From so many connections on, every claim should have been about one of them.
const ENOUGH: usize = 1000;

/// Retransmissions that a host did not make because the segment itself still waited in a queue of this machine.
const WITHHELD: &str = "TcpExtTCPSpuriousRtxHostQueues";

/// ACKs that a host merged with others while their socket was in use.
const MERGED: &str = "TcpExtTCPBacklogCoalesce";

/// What came out of a run.
pub(crate) struct Verdict<'a> {
    watched: &'a Watched,
    by_ends: BTreeMap<(Endpoint, Endpoint), Vec<&'a Seen>>,
    /// For each claim how often it held and did not, and examples of the latter.
    claims: BTreeMap<&'static str, (usize, usize, Vec<String>)>,
    /// What else is wrong.
    complaints: Vec<String>,
    connections: usize,
    strays: i64,
}

impl<'a> Verdict<'a> {
    pub(crate) fn new(watched: &'a Watched) -> Self {
        Self {
            watched,
            by_ends: watched.by_ends(),
            claims: claims::all().map(|claim| (claim.says, (0, 0, Vec::new()))).collect(),
            complaints: watched.complaints.clone(),
            connections: 0,
            strays: 0,
        }
    }

    /// Judges the connections of a world. `skipped`: events that the daemon cannot have seen.
    pub(crate) fn judge(&mut self, world: &World, outcomes: Vec<Result<Outcome>>, skipped: i64) -> Result<()> {
        let (flows, strays) = (world.path.flows()?, world.strays()?);
        let [client, server] = [Side::Client, Side::Server].map(|side| Counters::read(world.path.host(side)));
        let after = [client?, server?];
        let (mut withheld, mut merged) = (0, [0; 2]);
        for ((before, after), merged) in world.counters.iter().zip(&after).zip(&mut merged) {
            withheld += after.since(before, WITHHELD)?;
            *merged = after.since(before, MERGED)?;
        }
        self.strays += strays;
        let mut records: [Vec<&Reading>; 2] = Default::default();
        let mut complete = true;
        for outcome in outcomes {
            let outcome = match outcome {
                Ok(outcome) => outcome,
                Err(error) => {
                    complete = false;
                    self.complaints
                        .push(format!("a connection could not do what it should: {error:#}"));
                    continue;
                }
            };
            self.connections += 1;
            let ends = [Side::Client, Side::Server].map(|side| self.end(&outcome, side, &flows));
            let [Some((client, client_last)), Some((server, server_last))] = ends else {
                complete = false;
                continue;
            };
            records[0].push(client_last);
            records[1].push(server_last);
            self.claim(&Case {
                conditions: &world.conditions,
                outcome: &outcome,
                ends: [client, server],
                strays,
                withheld,
                merged,
            });
        }
        if complete {
            for (index, side) in [Side::Client, Side::Server].into_iter().enumerate() {
                let counters = [&world.counters[index], &after[index]];
                let wrong = accounts::complaints(side, &records[index], counters, skipped)?;
                self.complaints.extend(
                    wrong
                        .into_iter()
                        .map(|wrong| format!("{wrong}\n{:?}", world.conditions)),
                );
            }
        }
        Ok(())
    }

    /// One end of a connection, with its final record.
    fn end(&mut self, outcome: &Outcome, side: Side, flows: &BTreeMap<Direction, Flow>) -> Option<(End, &'a Reading)> {
        let (client, server) = outcome.ends;
        let ends = if side == Side::Client {
            (client, server)
        } else {
            (server, client)
        };
        let seen = self.by_ends.get(&ends).map_or(&[][..], Vec::as_slice);
        let [
            Seen {
                reading, closed: true, ..
            },
        ] = seen
        else {
            let seen: Vec<_> = seen
                .iter()
                .map(|seen| format!("closed {}: {}", seen.closed, shown(&seen.reading)))
                .collect();
            self.complaints
                .push(format!("{side:?} end without one final record: {seen:#?}\n{outcome:?}"));
            return None;
        };
        let flow = flows.get(&direction(outcome, side)).copied().unwrap_or_default();
        let last = reading.clone();
        Some((End { side, last, flow }, reading))
    }

    fn claim(&mut self, case: &Case<'_>) {
        for claim in claims::all() {
            let (held, failed, examples) = self.claims.entry(claim.says).or_default();
            for view in case.views() {
                match (claim.holds)(&view) {
                    None => {}
                    Some(true) => *held += 1,
                    Some(false) => {
                        *failed += 1;
                        if examples.len() < EXAMPLES {
                            examples.push(format!("{:?} end of {}", view.me.side, case.shown()));
                        }
                    }
                }
            }
        }
    }

    /// Everything that is wrong, nothing if nothing is: claims that did not hold, claims that were about none of the connections although
    /// there were enough of them, and other complaints.
    pub(crate) fn complaints(&self) -> Vec<String> {
        let enough = self.connections >= ENOUGH;
        let claims = self.claims.iter().filter_map(|(says, (held, failed, examples))| {
            // Where a queue lost packets, there may be nothing left to say about packets that no queue lost.
            let vain = enough && self.strays == 0 && held + failed == 0;
            match failed {
                0 if vain => Some(format!("about none of the connections: {says}")),
                0 => None,
                _ => Some(format!("{failed} times not so: {says}\n{}", examples.join("\n"))),
            }
        });
        claims
            .chain(self.complaints.iter().take(10 * EXAMPLES).cloned())
            .collect()
    }
}

impl fmt::Display for Verdict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} connections, {} rounds of reading, {} packets lost in queues",
            self.connections, self.watched.rounds, self.strays
        )?;
        for (says, (held, failed, _)) in &self.claims {
            writeln!(f, "{held:>6} times so, {failed:>4} times not: {says}")?;
        }
        write!(f, "{} other complaints", self.complaints.len())
    }
}
