//! Where a socket comes from.

/// Where a socket comes from, and how far the daemon has followed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Socket cookie, unique on this host until it restarts.
    pub cookie: u64,
    /// Inode number of its network namespace.
    pub netns: u32,
    /// Id of its cgroup, which is the inode number of the cgroup's directory.
    pub cgroup: Option<u64>,
    /// User that owns it.
    pub uid: Option<u32>,
    /// Group that owns it.
    pub gid: Option<u32>,
    /// Process that opened or took it, as far as seen.
    pub pid: Option<u32>,
    /// Name of that process, at most 15 octets in the kernel.
    pub comm: Option<String>,
    /// It is older than the daemon: its events count from the adoption on.
    pub adopted: bool,
    /// It is closed and its values are final.
    pub closed: bool,
}
