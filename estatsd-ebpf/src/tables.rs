//! Which tables are on, and which mechanisms that takes.
//!
//! RFC 4898 has a control for each table but Perf. A mechanism that feeds only tables that are off is not run; the specification says
//! what each one feeds.

use estats_spec::{Feed, Id, Kind, Table};

/// A set of tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tables(u8);

impl Tables {
    /// No table.
    pub const NONE: Tables = Tables(0);
    /// `tcpEStatsPerfTable`.
    pub const PERF: Tables = Tables::of(Table::Perf);
    /// `tcpEStatsPathTable`.
    pub const PATH: Tables = Tables::of(Table::Path);
    /// `tcpEStatsStackTable`.
    pub const STACK: Tables = Tables::of(Table::Stack);
    /// `tcpEStatsAppTable`.
    pub const APP: Tables = Tables::of(Table::App);
    /// `tcpEStatsTuneTable`.
    pub const TUNE: Tables = Tables::of(Table::Tune);
    /// `Web10G`'s own table.
    pub const EXTRAS: Tables = Tables::of(Table::Extras);
    /// Every table of connections.
    pub const ALL: Tables = Tables::PERF
        .with(Tables::PATH)
        .with(Tables::STACK)
        .with(Tables::APP)
        .with(Tables::TUNE)
        .with(Tables::EXTRAS);

    /// Tables for which some mechanism has to run.
    pub const COUNTING: Tables = Tables::RTT
        .with(Tables::RTO)
        .with(Tables::WINDOWS)
        .with(Tables::CONGESTION)
        .with(Tables::CWND)
        .with(Tables::PIPE)
        .with(Tables::RECOVERY)
        .with(Tables::REORDERING)
        .with(Tables::QUEUES)
        .with(Tables::SEGMENTS)
        .with(Tables::SEND_LIMITS)
        .with(Tables::HEADER);

    /// What [`Feed::Rtt`] feeds.
    pub const RTT: Tables = Tables::fed_by(Feed::Rtt);
    /// What [`Feed::Rto`] feeds.
    pub const RTO: Tables = Tables::fed_by(Feed::Rto);
    /// What [`Feed::Windows`] feeds.
    pub const WINDOWS: Tables = Tables::fed_by(Feed::Windows);
    /// What [`Feed::Congestion`] feeds.
    pub const CONGESTION: Tables = Tables::fed_by(Feed::Congestion);
    /// What [`Feed::Cwnd`] feeds.
    pub const CWND: Tables = Tables::fed_by(Feed::Cwnd);
    /// What [`Feed::Pipe`] feeds.
    pub const PIPE: Tables = Tables::fed_by(Feed::Pipe);
    /// What [`Feed::Recovery`] feeds.
    pub const RECOVERY: Tables = Tables::fed_by(Feed::Recovery);
    /// What [`Feed::Reordering`] feeds.
    pub const REORDERING: Tables = Tables::fed_by(Feed::Reordering);
    /// What [`Feed::Queues`] feeds.
    pub const QUEUES: Tables = Tables::fed_by(Feed::Queues);
    /// What [`Feed::Segments`] feeds.
    pub const SEGMENTS: Tables = Tables::fed_by(Feed::Segments);
    /// What [`Feed::SendLimits`] feeds.
    pub const SEND_LIMITS: Tables = Tables::fed_by(Feed::SendLimits);
    /// What [`Feed::Header`] feeds.
    pub const HEADER: Tables = Tables::fed_by(Feed::Header);

    /// Tables in which a row of this mechanism counts events.
    #[must_use]
    pub const fn fed_by(feed: Feed) -> Tables {
        let mut tables = Tables::NONE;
        let mut n = 0;
        while n < Id::ALL.len() {
            let row = Id::ALL[n].info();
            if row.feed as u8 == feed as u8 && matches!(row.kind, Kind::Event) {
                tables = tables.with(Tables::of(row.table));
            }
            n += 1;
        }
        tables
    }

    /// One table; none for those that are not about what happens on a connection.
    #[must_use]
    pub const fn of(table: Table) -> Tables {
        match table.wire_index() {
            Some(index) => Tables(1 << index),
            None => Tables::NONE,
        }
    }

    /// One table, or none of its name. Names are those of the specification, in any case.
    #[must_use]
    pub fn named(name: &str) -> Option<Tables> {
        let tables = [
            Table::Perf,
            Table::Path,
            Table::Stack,
            Table::App,
            Table::Tune,
            Table::Extras,
        ];
        let table = tables
            .into_iter()
            .find(|table| table.name().eq_ignore_ascii_case(name))?;
        Some(Tables::of(table))
    }

    /// The set whose bits these are.
    #[inline(always)]
    #[must_use]
    pub const fn from_bits(bits: u8) -> Tables {
        Tables(bits & Tables::ALL.0)
    }

    /// One bit for each table, in the order of the wire.
    #[must_use]
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Both.
    #[must_use]
    pub const fn with(self, others: Tables) -> Tables {
        Tables(self.0 | others.0)
    }

    /// Those that are not among the others.
    #[inline(always)]
    #[must_use]
    pub const fn without(self, others: Tables) -> Tables {
        Tables(self.0 & !others.0)
    }

    /// One at least is among the others.
    #[inline(always)]
    #[must_use]
    pub const fn any(self, others: Tables) -> bool {
        self.0 & others.0 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mechanism_feeds_the_tables_of_its_rows() {
        assert_eq!(Tables::RTT, Tables::PATH);
        assert_eq!(Tables::SEND_LIMITS, Tables::PERF.with(Tables::STACK));
        assert_eq!(Tables::QUEUES, Tables::STACK.with(Tables::APP));
        assert_eq!(Tables::fed_by(Feed::Socket), Tables::NONE);
    }

    #[test]
    fn every_table_but_the_one_of_limits_counts() {
        assert_eq!(Tables::COUNTING, Tables::ALL.without(Tables::TUNE));
    }
}
