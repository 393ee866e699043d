//! The mechanisms that values come from.

/// The mechanism that feeds an instrument. The module that implements it has the same name, in snake case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Feed {
    /// Fields of the kernel's socket, read and converted when somebody asks; nothing runs in between.
    Socket,
    /// Changes of the TCP state: when the connection began, from which side, when it was established, its id.
    Lifecycle,
    /// Each segment as it arrives or leaves: payload octets, the MSS in force, checks that a segment fails.
    Segments,
    /// Changes of the congestion state and of the congestion window: signals and what surrounds them, growth, extremes.
    Congestion,
    /// RTT samples, recovered from the change that each one makes to the smoothed RTT; the retransmission timer with
    /// them.
    Rtt,
    /// Receive windows, announced and received: extremes and closings.
    Windows,
    /// Loss recovery: fast retransmits, retransmission timeouts, and those of both that turn out to be unnecessary.
    Recovery,
    /// Duplicate acknowledgements in both directions, and the episodes that end without a retransmission.
    Reordering,
    /// What stopped output - window, congestion control or sender - and for how long.
    SendLimits,
    /// Largest fill of the queues and of the pipe, sampled where each can be at its peak.
    Queues,
    /// Fields of the IP and TCP headers: hop limit, TOS, ECN marks, SACK options.
    Header,
    /// Listening sockets: their fields, and what happens to the connections they receive.
    Listener,
    /// Limits that are read from the socket and can be written back to it.
    Tune,
    /// No mechanism: today's kernels have nothing that the instrument describes.
    None,
}

impl Feed {
    /// Name of the mechanism, which is also the name of the module that implements it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Feed::Socket => "socket",
            Feed::Lifecycle => "lifecycle",
            Feed::Segments => "segments",
            Feed::Congestion => "congestion",
            Feed::Rtt => "rtt",
            Feed::Windows => "windows",
            Feed::Recovery => "recovery",
            Feed::Reordering => "reordering",
            Feed::SendLimits => "send_limits",
            Feed::Queues => "queues",
            Feed::Header => "header",
            Feed::Listener => "listener",
            Feed::Tune => "tune",
            Feed::None => "none",
        }
    }
}
