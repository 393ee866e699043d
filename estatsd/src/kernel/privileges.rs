//! The capabilities that the daemon needs.

use anyhow::{Context as _, Result, bail};

/// A capability by its bit in the kernel's sets, its name, and what for.
const NEEDED: [(u32, &str, &str); 3] = [
    (39, "CAP_BPF", "to load BPF programs"),
    (38, "CAP_PERFMON", "to let them read kernel structures"),
    (12, "CAP_NET_ADMIN", "to attach them to the cgroup"),
];

/// `CAP_SYS_ADMIN`, which stands for the first two as well, and which entering other network namespaces takes.
const SYS_ADMIN: u32 = 21;

/// The effective capabilities of this process.
///
/// # Errors
///
/// The kernel's status file of this process cannot be read or understood.
pub(super) fn effective() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("cannot read /proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .context("/proc/self/status has no CapEff")?;
    u64::from_str_radix(line.trim(), 16).context("CapEff in /proc/self/status is no number")
}

/// What is missing of the needed capabilities, with the purpose of each.
#[must_use]
pub(super) fn missing(effective: u64) -> Vec<(&'static str, &'static str)> {
    let has = |bit: u32| effective >> bit & 1 == 1;
    NEEDED
        .into_iter()
        .filter(|&(bit, ..)| !(has(bit) || bit > SYS_ADMIN && has(SYS_ADMIN)))
        .map(|(_, name, purpose)| (name, purpose))
        .collect()
}

/// Refuses to go on without the needed capabilities.
///
/// # Errors
///
/// One is missing; the message names each and says what to do.
pub fn require() -> Result<()> {
    let missing = missing(effective()?);
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = missing
        .iter()
        .map(|(name, purpose)| format!("{name} ({purpose})"))
        .collect();
    bail!(
        "this process lacks {}: run estatsd as root, or give it these capabilities",
        names.join(", ")
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_missing_capability_is_named() {
        let all = 1 << 39 | 1 << 38 | 1 << 12;
        assert!(missing(all).is_empty());
        assert_eq!(missing(all & !(1 << 38))[0].0, "CAP_PERFMON");
        assert_eq!(
            missing(1 << SYS_ADMIN).iter().map(|m| m.0).collect::<Vec<_>>(),
            ["CAP_NET_ADMIN"]
        );
        assert_eq!(missing(0).len(), 3);
    }
}
