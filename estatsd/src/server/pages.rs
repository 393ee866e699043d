//! Answers about many connections, one datagram at a time.

use estats_protocol::{EstatsMessage, Masks, Tuple, datagram, extension::SheetWriter};
use estats_spec::{
    WireType,
    sets::VarSet,
    wire::{FAMILY_ID, LIST_ENTRY_LEN, cmd, extension},
};

use super::{
    caller::Caller,
    connections::{Connections, Reading},
    dialect::Dialect,
    extension::row,
    request::values,
    session::Session,
};

/// How many connections one step looks at, readable or not.
const STRIDE: usize = 64;

/// Fewer octets than a listening socket takes up in a list, so that enough of them are asked for at once.
const LISTENER_LEN: usize = 128;

/// A list or a read of many sockets under way. It holds a position and no sockets.
#[derive(Debug)]
pub(super) struct Pages {
    content: Content,
    /// Where to go on; `None` at the end.
    from: Option<u32>,
    /// Whether to go on after the first datagram.
    everything: bool,
    since: Option<u64>,
    /// How long a datagram may be.
    room: usize,
}

/// What a list is of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Content {
    /// Connections.
    Tuples,
    /// Variables of connections.
    Variables(Masks),
    /// Connections with their origin.
    Details,
    /// Everything that is measured of connections.
    Rows,
    /// The same, in rows of one width.
    Sheets,
    /// Listening sockets.
    Listeners,
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
    /// All of them or one page, whose datagrams may have `room` octets.
    pub(super) fn new(content: Content, from: u32, everything: bool, since: Option<u64>, room: usize) -> Self {
        Self {
            content,
            from: Some(from),
            everything,
            since,
            room,
        }
    }

    /// One page, whose datagram may have `room` octets.
    pub(super) fn page(content: Content, from: u32, room: usize) -> Self {
        Self::new(content, from, false, None, room)
    }

    pub(super) fn step(&mut self, session: &Session, connections: &mut dyn Connections) -> Step {
        let Some(from) = self.from else {
            return Step::End;
        };
        let (caller, dialect) = (&session.caller, session.dialect.get());
        let datagram = match self.content {
            Content::Tuples => self.list(from, &dialect, connections),
            Content::Variables(masks) => {
                self.fill(from, longest_reading(dialect.set), connections, |cid, connections| {
                    may_read(cid, caller, connections)?;
                    Some(values(cmd::READ_ALL, cid, &connections.read(cid)?, &masks, &dialect))
                })
            }
            Content::Details => self.details(from, caller, connections),
            Content::Rows => self.fill(from, 0, connections, |cid, connections| {
                may_read(cid, caller, connections)?;
                row(extension::cmd::READ_ROWS, cid, connections)
            }),
            Content::Sheets => self.sheet(from, caller, connections),
            Content::Listeners => self.listeners(from, caller, connections),
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

    fn list(&mut self, from: u32, dialect: &Dialect, connections: &mut dyn Connections) -> Vec<u8> {
        let page = connections.page(from, self.since, self.room / LIST_ENTRY_LEN);
        self.from = page.next;
        let mut datagram = Vec::with_capacity(page.tuples.len() * LIST_ENTRY_LEN);
        for tuple in &page.tuples {
            datagram.extend(dialect.reply(EstatsMessage::listed(tuple)));
        }
        datagram
    }

    fn details(&mut self, from: u32, caller: &Caller, connections: &mut dyn Connections) -> Vec<u8> {
        // An entry is longer than one without origin, so these are enough for a datagram.
        let page = connections.page(from, None, self.room / LIST_ENTRY_LEN);
        let mut datagram = Vec::new();
        for tuple in page.tuples {
            self.from = Some(tuple.cid);
            let entry = details(&tuple, caller, connections).unwrap_or_default();
            if datagram.len() + entry.len() > self.room {
                return datagram;
            }
            datagram.extend(entry);
        }
        self.from = page.next;
        datagram
    }

    fn listeners(&mut self, from: u32, caller: &Caller, connections: &mut dyn Connections) -> Vec<u8> {
        let page = connections.listeners(from, self.room / LISTENER_LEN);
        let mut datagram = Vec::new();
        self.from = None;
        for mut listener in page {
            self.from = Some(listener.tuple.id);
            if !caller.may_know(&listener.origin) {
                listener.origin = listener.origin.public();
            }
            let entry = datagram::reply(FAMILY_ID, EstatsMessage::listed_listener(&listener));
            if datagram.len() + entry.len() > self.room {
                return datagram;
            }
            datagram.extend(entry);
            self.from = listener.tuple.id.checked_add(1);
        }
        datagram
    }

    fn sheet(&mut self, from: u32, caller: &Caller, connections: &mut dyn Connections) -> Vec<u8> {
        let mut sheet = SheetWriter::new(FAMILY_ID, self.room);
        let page = connections.page(from, self.since, STRIDE);
        for Tuple { cid, .. } in page.tuples {
            self.from = Some(cid);
            if !sheet.has_room() {
                return sheet.datagram();
            }
            if may_read(cid, caller, connections).is_some()
                && let Some(Reading {
                    time,
                    tuple,
                    instruments,
                }) = connections.read(cid)
            {
                sheet.push(time, &Tuple { cid, ..tuple }, &instruments);
            }
        }
        self.from = page.next;
        sheet.datagram()
    }

    /// Fills a datagram with the entries that `entry` gives. Connections that the caller may not read, or that go away meanwhile,
    /// have none and are left out silently. `longest` is how long one can be, if that is known.
    fn fill(
        &mut self,
        from: u32,
        mut longest: usize,
        connections: &mut dyn Connections,
        mut entry: impl FnMut(u32, &mut dyn Connections) -> Option<Vec<u8>>,
    ) -> Vec<u8> {
        let mut datagram = Vec::new();
        let page = connections.page(from, self.since, STRIDE);
        for Tuple { cid, .. } in page.tuples {
            self.from = Some(cid);
            // Entries are much alike: where no second one of the longest would fit, none is made in vain.
            if datagram.len() + longest > self.room {
                return datagram;
            }
            if let Some(entry) = entry(cid, connections) {
                if datagram.len() + entry.len() > self.room {
                    return datagram;
                }
                longest = longest.max(entry.len());
                datagram.extend(entry);
            }
        }
        self.from = page.next;
        datagram
    }
}

fn may_read(cid: u32, caller: &Caller, connections: &mut dyn Connections) -> Option<()> {
    // Root may read all: whose it is, the read itself will tell.
    if caller.admin {
        return Some(());
    }
    caller.may_read(connections.owner(cid)?).then_some(())
}

/// A connection with what the caller may know of its origin; `None` if it is gone.
fn details(tuple: &Tuple, caller: &Caller, connections: &mut dyn Connections) -> Option<Vec<u8>> {
    let mut origin = connections.origin(tuple.cid)?;
    if !caller.may_know(&origin) {
        origin = origin.public();
    }
    Some(datagram::reply(FAMILY_ID, EstatsMessage::detailed(tuple, &origin)))
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
    use estats_spec::{sets, wire::DATAGRAM_MAX};

    #[test]
    fn three_readings_fit_a_datagram() {
        assert_eq!(longest_reading(&sets::V124B), 1156);
        for set in sets::ALL {
            assert_eq!(DATAGRAM_MAX / longest_reading(set), 3, "{}", set.name);
        }
    }
}
