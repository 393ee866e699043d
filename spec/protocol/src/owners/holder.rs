//! Which process holds a socket: `/proc/PID/fd` by inode.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// A process that has a socket open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Process id.
    pub pid: i32,
    /// Its name up to the first blank, as the original read it: listings have it in a column.
    pub name: String,
}

/// The processes below `proc` by socket inode. Of several that share a socket the one with the lowest pid counts; those
/// whose descriptors the caller may not see are left out.
pub(super) fn read(proc: &Path) -> HashMap<u64, Holder> {
    let mut pids: Vec<i32> = fs::read_dir(proc)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    pids.sort_unstable();

    let mut holders = HashMap::new();
    for pid in pids {
        let process = proc.join(pid.to_string());
        let mut inodes = socket_inodes(&process).peekable();
        if inodes.peek().is_none() {
            continue;
        }
        let Some(name) = name_of(&process) else { continue };
        for inode in inodes {
            holders.entry(inode).or_insert_with(|| Holder {
                pid,
                name: name.clone(),
            });
        }
    }
    holders
}

fn socket_inodes(process: &Path) -> impl Iterator<Item = u64> {
    fs::read_dir(process.join("fd"))
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let target = fs::read_link(entry.ok()?.path()).ok()?;
            target
                .to_str()?
                .strip_prefix("socket:[")?
                .strip_suffix(']')?
                .parse()
                .ok()
        })
}

/// The process's name; None when it has gone.
fn name_of(process: &Path) -> Option<String> {
    let status = fs::read(process.join("status")).ok()?;
    let status = String::from_utf8_lossy(&status);
    status
        .lines()
        .next()?
        .strip_prefix("Name:")?
        .split_whitespace()
        .next()
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::os::fd::AsRawFd;

    #[test]
    fn this_process_holds_its_own_listener() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let link = fs::read_link(format!("/proc/self/fd/{}", listener.as_raw_fd())).unwrap();
        let inode = link
            .to_str()
            .unwrap()
            .trim_matches(|c: char| !c.is_ascii_digit())
            .parse()
            .unwrap();
        let holder = read(Path::new("/proc")).remove(&inode).unwrap();
        assert_eq!(holder.pid, std::process::id().cast_signed());
        let comm = fs::read_to_string("/proc/self/comm").unwrap();
        assert_eq!(holder.name, comm.trim_end());
    }
}
