//! Answers about many connections, one datagram at a time.

use estats_protocol::{EstatsMessage, Masks, datagram};
use estats_spec::{
    WireType,
    sets::VarSet,
    wire::{DATAGRAM_MAX, FAMILY_ID, LIST_ENTRY_LEN, cmd},
};

use super::{caller::Caller, connections::Connections, request::values};

/// How many connections one step looks at, readable or not.
const STRIDE: usize = 64;

/// A list or a read of all connections under way. It holds a position and no connections.
#[derive(Debug)]
pub(super) struct Pages {
    command: u8,
    /// Where to go on; `None` at the end.
    from: Option<u32>,
    /// Whether to go on after the first datagram.
    everything: bool,
    since: Option<u64>,
    masks: Masks,
}

/// What came of one step.
#[derive(Debug)]
pub(super) enum Step {
    /// A datagram to send.
    Datagram(Vec<u8>),
    /// Nothing yet; others may have their turn.
    Pause,
    /// No more.
    End,
}

impl Pages {
    pub(super) fn new(command: u8, from: u32, everything: bool, since: Option<u64>, masks: Masks) -> Self {
        Self {
            command,
            from: Some(from),
            everything,
            since,
            masks,
        }
    }

    pub(super) fn step(&mut self, caller: &Caller, set: &VarSet, connections: &mut dyn Connections) -> Step {
        let Some(from) = self.from else {
            return Step::End;
        };
        let datagram = if self.command == cmd::LIST_CONNS {
            self.list(from, connections)
        } else {
            self.read(from, caller, set, connections)
        };
        match datagram {
            datagram if !datagram.is_empty() => {
                if !self.everything {
                    self.from = None;
                }
                Step::Datagram(datagram)
            }
            _ if self.from.is_some() => Step::Pause,
            _ => Step::End,
        }
    }

    fn list(&mut self, from: u32, connections: &mut dyn Connections) -> Vec<u8> {
        let page = connections.page(from, self.since, DATAGRAM_MAX / LIST_ENTRY_LEN);
        self.from = page.last().and_then(|last| last.cid.checked_add(1));
        page.iter()
            .flat_map(|tuple| datagram::reply(FAMILY_ID, EstatsMessage::listed(tuple)))
            .collect()
    }

    /// Connections that the caller may not read, or that go away meanwhile, are left out silently.
    fn read(&mut self, from: u32, caller: &Caller, set: &VarSet, connections: &mut dyn Connections) -> Vec<u8> {
        let longest = longest_reading(set);
        let mut datagram = Vec::new();
        self.from = None;
        for tuple in connections.page(from, self.since, STRIDE) {
            if datagram.len() + longest > DATAGRAM_MAX {
                self.from = Some(tuple.cid);
                return datagram;
            }
            self.from = tuple.cid.checked_add(1);
            if connections.owner(tuple.cid).is_some_and(|owner| caller.may_read(owner))
                && let Some(reading) = connections.read(tuple.cid)
            {
                datagram.extend(values(self.command, tuple.cid, &reading, &self.masks, set));
            }
        }
        datagram
    }
}

/// Length of a reading in which every variable of `set` has a value: what a list entry has, the time, and the tables.
fn longest_reading(set: &VarSet) -> usize {
    const TIME: usize = 20;
    const ATTRIBUTE: usize = 4;
    let attribute = |wire: WireType| ATTRIBUTE + wire.size().next_multiple_of(4);
    LIST_ENTRY_LEN
        + TIME
        + set.tables.len() * ATTRIBUTE
        + set.iter().map(|variable| attribute(variable.wire)).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use estats_spec::sets;

    #[test]
    fn three_readings_fit_a_datagram() {
        assert_eq!(longest_reading(&sets::V124B), 1156);
        for set in sets::ALL {
            assert_eq!(DATAGRAM_MAX / longest_reading(set), 3, "{}", set.name);
        }
    }
}
