//! Who opened a connection.
//!
//! The kernel knows that only while it happens: a connection is attempted by the process that calls `connect()`, and made from a
//! listener by whatever the processor was doing when the packet came. So the process is noted at `connect()` and at `listen()`, and a
//! connection that is made from a listener inherits the listener's.

/// Octets of a thread's name, the zero at its end included (`TASK_COMM_LEN`).
pub const COMM: usize = 16;

/// The process that opened a connection, or the listener that it was made from.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opener {
    /// Its id, in the first pid namespace.
    pub pid: u32,
    /// Its name, ended by a zero.
    pub comm: [u8; COMM],
}
