//! Vocabulary of the MIB.

/// A table of RFC 4898, or `Web10G`'s own one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// `tcpEStatsListenerTable`: one row per listening socket. Never on the `tcp_estats` wire.
    Listener,
    /// `tcpEStatsConnectIdTable`: addresses, ports and id of a connection.
    ConnectId,
    /// `tcpEStatsPerfTable`: throughput and what limits it.
    Perf,
    /// `tcpEStatsPathTable`: properties of the path, as seen from the end.
    Path,
    /// `tcpEStatsStackTable`: negotiated options and congestion control.
    Stack,
    /// `tcpEStatsAppTable`: sequence numbers and queues between TCP and the application.
    App,
    /// `tcpEStatsTuneTable`: limits that can be set.
    Tune,
    /// `Web10G`'s EXTRAS table; not in RFC 4898.
    Extras,
}

impl Table {
    /// All tables, in the order of their instruments.
    pub const ALL: [Table; 8] = [
        Table::Listener,
        Table::ConnectId,
        Table::Perf,
        Table::Path,
        Table::Stack,
        Table::App,
        Table::Tune,
        Table::Extras,
    ];

    /// Position among the six variable tables of the wire; `None` for the two that are not among them.
    #[must_use]
    pub const fn wire_index(self) -> Option<usize> {
        match self {
            Table::Listener | Table::ConnectId => None,
            Table::Perf => Some(0),
            Table::Path => Some(1),
            Table::Stack => Some(2),
            Table::App => Some(3),
            Table::Tune => Some(4),
            Table::Extras => Some(5),
        }
    }

    /// Short name as the old tools and documents write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Table::Listener => "Listener",
            Table::ConnectId => "ConnectId",
            Table::Perf => "Perf",
            Table::Path => "Path",
            Table::Stack => "Stack",
            Table::App => "App",
            Table::Tune => "Tune",
            Table::Extras => "Extras",
        }
    }

    /// What the table is about.
    #[must_use]
    pub const fn subject(self) -> &'static str {
        match self {
            Table::Listener => "listening sockets, and what became of the connections that they received",
            Table::ConnectId => "which connection it is",
            Table::Perf => "throughput, and what limits it",
            Table::Path => "properties of the path, as seen from the end",
            Table::Stack => "negotiated options, congestion control and its reactions",
            Table::App => "sequence numbers, and the queues between TCP and the application",
            Table::Tune => "limits that can be set",
            Table::Extras => "what `Web10G` had beside the RFC's tables",
        }
    }
}

/// SYNTAX clause of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Syntax {
    /// `TimeStamp`: a value of sysUpTime, in hundredths of a second.
    TimeStamp,
    /// `DateAndTime`: 8 or 11 octets.
    DateAndTime,
    /// `ZeroBasedCounter32`: starts at zero with the row.
    ZeroBasedCounter32,
    /// `ZeroBasedCounter64`: starts at zero with the row.
    ZeroBasedCounter64,
    /// `Counter32`: only differences mean something.
    Counter32,
    /// `Gauge32`.
    Gauge32,
    /// `Unsigned32`.
    Unsigned32,
    /// `Integer32 (-1..14)`.
    Integer32,
    /// `OCTET STRING (SIZE(1))`.
    OctetString,
    /// `TruthValue`: 1 true, 2 false.
    TruthValue,
    /// `TcpEStatsNegotiated`: 1 enabled, 2 disabled here, 3 disabled by the peer.
    Negotiated,
    /// `INTEGER` with named values.
    Enumeration,
    /// Not a column of RFC 4898.
    NotInMib,
}

impl Syntax {
    /// The clause as the MIB module writes it; "-" for what it does not define.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Syntax::TimeStamp => "TimeStamp",
            Syntax::DateAndTime => "DateAndTime",
            Syntax::ZeroBasedCounter32 => "ZeroBasedCounter32",
            Syntax::ZeroBasedCounter64 => "ZeroBasedCounter64",
            Syntax::Counter32 => "Counter32",
            Syntax::Gauge32 => "Gauge32",
            Syntax::Unsigned32 => "Unsigned32",
            Syntax::Integer32 => "Integer32 (-1..14)",
            Syntax::OctetString => "OCTET STRING (SIZE(1))",
            Syntax::TruthValue => "TruthValue",
            Syntax::Negotiated => "TcpEStatsNegotiated",
            Syntax::Enumeration => "INTEGER",
            Syntax::NotInMib => "-",
        }
    }
}

/// How a value comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A field of the socket, read when somebody asks. Costs nothing while the connection runs.
    State,
    /// Computed from socket fields when somebody asks.
    Derived,
    /// Accumulated while the connection runs. Only these may cost anything per segment, and only these start late on a
    /// connection that is older than the daemon.
    Event,
}
