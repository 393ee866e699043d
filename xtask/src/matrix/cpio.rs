//! Writing an archive that the kernel unpacks as its first file system: cpio, in the format that it calls "newc".
//!
//! The format is described in the kernel's `Documentation/driver-api/early-userspace/buffer-format.rst`.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};

const DIRECTORY: u32 = 0o040_755;
const PROGRAM: u32 = 0o100_755;
/// The name that ends an archive.
const TRAILER: &str = "TRAILER!!!";

/// An archive in the making. Everything in it belongs to root and may be executed.
#[derive(Debug, Default)]
pub(super) struct Archive {
    octets: Vec<u8>,
    entries: u32,
    directories: BTreeSet<String>,
    files: BTreeSet<String>,
}

impl Archive {
    /// Adds a directory, with those that lead to it. One that is there already stays as it is.
    ///
    /// # Errors
    /// When the path is not UTF-8.
    pub(super) fn directory(&mut self, path: impl AsRef<Path>) -> Result<()> {
        let mut above: Vec<_> = path.as_ref().ancestors().filter_map(name).collect();
        above.reverse();
        for directory in above.into_iter().filter(|name| !name.is_empty()) {
            if self.directories.insert(directory.to_owned()) {
                self.entry(directory, DIRECTORY, &[])?;
            }
        }
        Ok(())
    }

    /// Adds a file, with the directories that lead to it. Returns whether it is new: a path has one file.
    ///
    /// # Errors
    /// When the path is not UTF-8, or the file has 4 GiB or more.
    pub(super) fn file(&mut self, path: impl AsRef<Path>, content: &[u8]) -> Result<bool> {
        let path = path.as_ref();
        let name = name(path).with_context(|| format!("{} is not UTF-8", path.display()))?;
        if !self.files.insert(name.to_owned()) {
            return Ok(false);
        }
        if let Some(parent) = path.parent() {
            self.directory(parent)?;
        }
        self.entry(name, PROGRAM, content)?;
        Ok(true)
    }

    /// The whole archive.
    ///
    /// # Errors
    /// Never, but the end is an entry like any other.
    pub(super) fn finish(mut self) -> Result<Vec<u8>> {
        self.entry(TRAILER, 0, &[])?;
        Ok(self.octets)
    }

    fn entry(&mut self, name: &str, mode: u32, content: &[u8]) -> Result<()> {
        self.entries += 1;
        let size = u32::try_from(content.len()).with_context(|| format!("{name} is too large"))?;
        let name_size = u32::try_from(name.len() + 1)?;
        let (owner, group, links, time, device, checksum) = (0, 0, 1, 0, 0, 0);
        let fields = [
            self.entries,
            mode,
            owner,
            group,
            links,
            time,
            size,
            device,
            device,
            device,
            device,
            name_size,
            checksum,
        ];
        self.octets.extend(b"070701");
        for field in fields {
            self.octets.extend(format!("{field:08x}").bytes());
        }
        self.octets.extend(name.bytes());
        self.octets.push(0);
        self.pad();
        self.octets.extend(content);
        self.pad();
        Ok(())
    }

    /// Names and contents end at a multiple of four octets.
    fn pad(&mut self) {
        self.octets.resize(self.octets.len().next_multiple_of(4), 0);
    }
}

/// As it is in an archive: from the root, which is not named.
fn name(path: &Path) -> Option<&str> {
    Some(path.to_str()?.trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Archive {
        let mut archive = Archive::default();
        assert!(archive.file("/usr/bin/one", b"12345").unwrap());
        assert!(archive.file("/usr/bin/two", b"").unwrap());
        archive.directory("/usr/lib").unwrap();
        archive
    }

    /// Every entry's name, mode and content, read as the format's description says.
    fn entries(mut octets: &[u8]) -> Vec<(String, u32, Vec<u8>)> {
        let mut entries = Vec::new();
        loop {
            assert_eq!(&octets[..6], b"070701");
            let field = |number: usize| {
                let digits = std::str::from_utf8(&octets[6 + 8 * number..][..8]).unwrap();
                u32::from_str_radix(digits, 16).unwrap()
            };
            let (mode, size, name_size) = (field(1), field(6) as usize, field(11) as usize);
            let name = String::from_utf8(octets[110..110 + name_size - 1].to_vec()).unwrap();
            let start = (110 + name_size).next_multiple_of(4);
            let content = octets[start..start + size].to_vec();
            octets = &octets[(start + size).next_multiple_of(4)..];
            if name == TRAILER {
                assert!(octets.is_empty());
                return entries;
            }
            entries.push((name, mode, content));
        }
    }

    #[test]
    fn directories_come_before_what_is_in_them_and_once() {
        let read = entries(&sample().finish().unwrap());
        let names: Vec<_> = read.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(names, ["usr", "usr/bin", "usr/bin/one", "usr/bin/two", "usr/lib"]);
        assert_eq!(read[0].1, DIRECTORY);
        assert_eq!(read[2], ("usr/bin/one".to_owned(), PROGRAM, b"12345".to_vec()));
    }

    #[test]
    fn a_path_has_one_file() {
        let mut archive = sample();
        assert!(!archive.file("/usr/bin/one", b"other").unwrap());
        assert_eq!(entries(&archive.finish().unwrap()).len(), 5);
    }
}
