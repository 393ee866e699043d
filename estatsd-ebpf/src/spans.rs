//! Which parts of a socket are kept of a closed connection.

/// A part of a `tcp_sock`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Octets from its start.
    pub offset: u32,
    /// Octets; 0 for a part that is not used.
    pub length: u32,
}

/// The parts that follow a [`Final`](crate::Final), one behind the other. The daemon finds them before it loads the programs.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Spans {
    /// The parts, in ascending order; unused ones at the end.
    pub parts: [Span; Spans::COUNT],
    /// Octets of all parts.
    pub length: u64,
}

impl Spans {
    /// How many there are at most: each is a call of its own when a connection closes.
    pub const COUNT: usize = 10;

    /// No part.
    pub const NONE: Spans = Spans {
        parts: [Span { offset: 0, length: 0 }; Spans::COUNT],
        length: 0,
    };
}
