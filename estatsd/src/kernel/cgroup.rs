//! Where cgroup v2 is mounted.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

/// The root of the cgroup v2 hierarchy, below which every process is.
///
/// # Errors
///
/// It is not mounted, or only a part of it is.
pub(super) fn root() -> Result<PathBuf> {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").context("cannot read /proc/self/mountinfo")?;
    find(&mounts).context(
        "the cgroup v2 hierarchy is not mounted: mount it, for example \
         with `mount -t cgroup2 none /sys/fs/cgroup/unified`, or start the host with the unified hierarchy",
    )
}

fn find(mounts: &str) -> Option<PathBuf> {
    mounts.lines().find_map(|line| {
        // Fields 4 and 5 are the mounted part of the file system and the mount point; the type follows a lone dash.
        let (mount, source) = line.split_once(" - ")?;
        let mut fields = mount.split(' ').skip(3);
        let (part, point) = (fields.next()?, fields.next()?);
        (part == "/" && source.split(' ').next() == Some("cgroup2")).then(|| PathBuf::from(unescape(point)))
    })
}

/// Blanks, tabs, newlines and backslashes appear as octal escapes.
fn unescape(field: &str) -> String {
    field
        .replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mount_point_is_taken_from_the_mount_table() {
        let hybrid = "30 24 0:26 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n\
                      38 24 0:34 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw\n";
        assert_eq!(find(hybrid), Some(PathBuf::from("/sys/fs/cgroup/unified")));
        assert_eq!(
            find("1 1 0:3 / /a\\040b rw - cgroup2 none rw"),
            Some(PathBuf::from("/a b"))
        );
        assert_eq!(find("1 1 0:3 /container /sys/fs/cgroup rw - cgroup2 none rw"), None);
        assert_eq!(find(""), None);
    }
}
