//! What is not about one socket.

/// All scalars; [`estats_spec::scalars`] says what they mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "RFC 4898 has five independent switches")]
pub struct Scalars {
    /// The Path table is active.
    pub control_path: bool,
    /// The Stack table is active.
    pub control_stack: bool,
    /// The App table is active.
    pub control_app: bool,
    /// The Tune table is active.
    pub control_tune: bool,
    /// Established and closed connections are announced to the multicast group.
    pub control_notify: bool,
    /// How long a closed connection stays readable, in seconds.
    pub conn_table_latency: u32,
    /// When a listening socket last came or went, in hundredths of a second since the daemon started.
    pub listener_table_last_change: u32,
    /// Openings and closings that the kernel could not report, since the daemon started.
    pub events_lost: u64,
}

/// A scalar that can be set, and what to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// Whether the Path table is active.
    ControlPath(bool),
    /// Whether the Stack table is active.
    ControlStack(bool),
    /// Whether the App table is active.
    ControlApp(bool),
    /// Whether the Tune table is active.
    ControlTune(bool),
    /// Whether established and closed connections are announced to the multicast group.
    ControlNotify(bool),
    /// How long a closed connection stays readable, in seconds.
    ConnTableLatency(u32),
}
