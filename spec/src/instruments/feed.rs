//! The mechanisms that values come from.

/// The mechanism that feeds an instrument. The module that implements it has the same name, in snake case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Feed {
    /// Fields of the kernel's socket, read and converted when somebody asks; nothing runs in between.
    Socket,
    /// Changes of the TCP state: when the connection began, from which side, when it was established, its id.
    Lifecycle,
    /// Checks that a segment fails as it arrives.
    Segments,
    /// Changes of the congestion state: signals and what surrounds them, fast retransmits, retransmission timeouts.
    Congestion,
    /// The congestion window, its threshold and the segment size: growth and extremes.
    Cwnd,
    /// Octets in the network: their largest number.
    Pipe,
    /// RTT samples, recovered from the change that each one makes to the smoothed RTT.
    Rtt,
    /// Extremes of the retransmission timeout.
    Rto,
    /// Receive windows, announced and received: extremes and closings.
    Windows,
    /// Loss recovery: what turns out to have been unnecessary, what is lost again.
    Recovery,
    /// Duplicate acknowledgements in both directions, and the episodes that end without a retransmission.
    Reordering,
    /// What stopped output - window, congestion control or sender - and for how long.
    SendLimits,
    /// Largest fill of the queues, sampled where each can be at its peak.
    Queues,
    /// Fields of the IP and TCP headers: payload octets, hop limit, TOS, ECN marks, SACK options.
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
            Feed::Cwnd => "cwnd",
            Feed::Pipe => "pipe",
            Feed::Rtt => "rtt",
            Feed::Rto => "rto",
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
