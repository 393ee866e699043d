//! The network that the demo plays on: a loopback device made into a slow path that loses packets.

use std::fmt;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use nix::sched::{CloneFlags, unshare};

use crate::process;

/// Of a hundred segments with payload, so many are dropped.
pub(crate) const LOSS_PERCENT: u32 = 2;

/// Slow enough for a queue, whose delay makes the round-trip times worth looking at.
const RATE: &str = "100mbit";

/// Segments without payload are shorter than this: IP header (20 octets) and TCP header with all its options (60).
const LONGEST_EMPTY_SEGMENT: u32 = 80;

/// The namespace that this process is in.
pub(crate) struct Stage {
    /// As links in /proc call it.
    namespace: PathBuf,
    congestion_control: &'static str,
    /// `None` where the kernel lacks the queueing discipline.
    rate: Option<&'static str>,
}

impl Stage {
    /// Moves this process into a new network namespace, and makes its loopback device lossy and slow.
    ///
    /// # Errors
    /// When we are not root, or `ip` or `nft` fails.
    pub(crate) fn enter() -> Result<Self> {
        unshare(CloneFlags::CLONE_NEWNET).context("making a network namespace (needs root)")?;
        // Segments as on an Ethernet, each in a packet of its own: a dropped packet is one dropped segment.
        ip(&["link", "set", "lo", "mtu", "1500", "gso_max_segs", "1", "up"])?;
        // These two signal loss by every lost segment, as the variables' names imply; BBR would not.
        let congestion_control = ["cubic", "reno"]
            .into_iter()
            .find(|name| fs::write("/proc/sys/net/ipv4/tcp_congestion_control", name).is_ok())
            .context("the kernel has neither cubic nor reno congestion control")?;
        drop_segments()?;
        let shape = [
            "qdisc", "add", "dev", "lo", "root", "tbf", "rate", RATE, "burst", "4kb", "limit", "1mb",
        ];
        let shaped = process::find("tc").is_some_and(|tc| process::succeeds(Command::new(tc).args(shape)));
        let namespace = namespace_of(Path::new("/proc/self")).context("reading /proc/self/ns/net")?;
        Ok(Self {
            namespace,
            congestion_control,
            rate: shaped.then_some(RATE),
        })
    }

    /// Sees that no process but us is in the namespace.
    ///
    /// # Errors
    /// When there is one.
    pub(crate) fn check_empty(&self) -> Result<()> {
        let me = std::process::id().to_string();
        for process in fs::read_dir("/proc")? {
            let name = process?.file_name();
            let is_other = name
                .to_str()
                .is_some_and(|name| name.parse::<u32>().is_ok() && name != me);
            let inside = is_other && namespace_of(&Path::new("/proc").join(&name)).as_ref() == Some(&self.namespace);
            ensure!(
                !inside,
                "process {} is still in the demo's network namespace",
                name.display()
            );
        }
        Ok(())
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Its loopback device loses {LOSS_PERCENT} % of the segments with data, at random (nftables)"
        )?;
        match self.rate {
            Some(rate) => write!(f, ", and carries {rate}/s (tc)")?,
            None => write!(
                f,
                "; without sch_tbf in the kernel it has no delay, and round-trip times stay 0 ms"
            )?,
        }
        write!(f, ".\nCongestion control is {}.", self.congestion_control)
    }
}

/// `None` when the process has ended, or is a kernel's own.
fn namespace_of(process: &Path) -> Option<PathBuf> {
    fs::read_link(process.join("ns/net")).ok()
}

fn ip(arguments: &[&str]) -> Result<()> {
    process::run(Command::new(process::find("ip").context("`ip` is not installed")?).args(arguments))
}

/// On arrival: TCP is told of a packet that is dropped on its way out, and does not count it as sent.
fn drop_segments() -> Result<()> {
    let rules = format!(
        "table inet demo {{\n chain input {{\n  type filter hook input priority 0;\n  \
         meta l4proto tcp meta length > {LONGEST_EMPTY_SEGMENT} numgen random mod 100 < {LOSS_PERCENT} drop\n }}\n}}\n"
    );
    let mut nft = Command::new(process::find("nft").context("`nft` is not installed")?);
    let mut child = nft
        .args(["-f", "-"])
        .stdin(Stdio::piped())
        .spawn()
        .context("could not start `nft`")?;
    // Dropped at the statement's end, which is nft's end of file.
    child
        .stdin
        .take()
        .context("the pipe that was asked for")?
        .write_all(rules.as_bytes())?;
    let status = child.wait()?;
    ensure!(status.success(), "`nft -f -` failed ({status}) with the rules\n{rules}");
    Ok(())
}
