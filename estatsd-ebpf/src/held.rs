//! Namespaces that a process holds open.

/// What the `held` program writes of an open file.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// The thread, as the initial PID namespace numbers it.
    pub thread: u32,
    /// Its descriptor.
    pub descriptor: u32,
}
