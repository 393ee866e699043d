//! Units of values.

use core::fmt;

/// Unit of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Number of events.
    Count,
    /// TCP segments. One large buffer handed to or from the network card counts as the segments it is cut into.
    Segments,
    /// Octets of TCP payload or sequence space.
    Octets,
    /// Connections.
    Connections,
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Milliseconds,
    /// Microseconds.
    Microseconds,
    /// Hundredths of a second since the agent started.
    TimeTicks,
    /// Microseconds since 1970-01-01 00:00 UTC.
    UnixMicroseconds,
    /// Date and time of day, as the octet string of SNMP.
    DateAndTime,
    /// TCP sequence number.
    SequenceNumber,
    /// Hops that a packet may still make.
    Hops,
    /// The octet itself, a bit field.
    Octet,
    /// Bits to shift a 16-bit window by; -1 for no scaling.
    Shift,
    /// One of the named values listed in the instrument's meaning.
    Enumeration,
    /// 1 true, 2 false.
    TruthValue,
    /// 1 enabled, 2 disabled here, 3 disabled by the peer.
    Negotiated,
    /// Identifier.
    Identifier,
    /// A number without unit.
    Value,
}

impl Unit {
    /// Name for tables and JSON output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Unit::Count => "count",
            Unit::Segments => "segments",
            Unit::Octets => "octets",
            Unit::Connections => "connections",
            Unit::Seconds => "seconds",
            Unit::Milliseconds => "milliseconds",
            Unit::Microseconds => "microseconds",
            Unit::TimeTicks => "hundredths of a second",
            Unit::UnixMicroseconds => "microseconds since 1970",
            Unit::DateAndTime => "date and time",
            Unit::SequenceNumber => "sequence number",
            Unit::Hops => "hops",
            Unit::Octet => "octet",
            Unit::Shift => "shift",
            Unit::Enumeration => "enumeration",
            Unit::TruthValue => "1 true, 2 false",
            Unit::Negotiated => "1 enabled, 2 disabled here, 3 disabled by peer",
            Unit::Identifier => "identifier",
            Unit::Value => "value",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
