//! Memory, as the kernel counts it.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// Octets of a line of `/proc/meminfo`.
///
/// # Errors
///
/// When there is no such line.
pub fn meminfo(name: &str) -> Result<u64> {
    line(Path::new("/proc/meminfo"), name)
}

/// Octets of a process that are in memory.
///
/// # Errors
///
/// When there is no such process.
pub fn resident(pid: u32) -> Result<u64> {
    line(Path::new(&format!("/proc/{pid}/status")), "VmRSS")
}

fn line(path: &Path, name: &str) -> Result<u64> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let mut values = text
        .lines()
        .filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let value = values.next().and_then(|value| value.trim().strip_suffix("kB"));
    let kibibytes: u64 = value
        .with_context(|| format!("{} does not tell {name}", path.display()))?
        .trim()
        .parse()?;
    Ok(kibibytes * 1024)
}
