//! In which thread a device's packets are received.

use std::fs;

use anyhow::{Context as _, Result};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

use crate::netns::Namespace;
use crate::offloads;

/// Lets a thread of the kernel receive the packets of the veth `device`, one by one as they came.
///
/// Otherwise they are received on top of whatever process is running at the time. A kernel may keep tracing programs from
/// running on top of a process that it protects; then the daemon would miss a segment now and then, for a reason that is not
/// the daemon's.
///
/// # Errors
///
/// When the kernel is older than 5.12 or the caller lacks `CAP_SYS_ADMIN`.
pub fn receive_in_thread(namespace: &Namespace, device: &str) -> Result<()> {
    // A veth has a receive queue of its own only while it aggregates; no two segments fit into one octet.
    namespace.ip(&format!("link set {device} gro_max_size 1"))?;
    namespace.run(|| {
        offloads::enable_receive_aggregation(device)?;
        // The devices of the namespace are shown by a sysfs that was mounted in it; this thread's is gone with it.
        unshare(CloneFlags::CLONE_NEWNS).context("unshare(CLONE_NEWNS)")?;
        let nothing = None::<&str>;
        mount(nothing, "/", nothing, MsFlags::MS_REC | MsFlags::MS_PRIVATE, nothing)?;
        mount(Some("sysfs"), "/sys", Some("sysfs"), MsFlags::empty(), nothing).context("mounting sysfs")?;
        let switch = format!("/sys/class/net/{device}/threaded");
        fs::write(&switch, "1").with_context(|| format!("writing {switch}"))
    })
}
