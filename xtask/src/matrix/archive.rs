//! Packages of the distribution that are unpacked here instead of being installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::setup::Policy;
use crate::{packages, process, workspace};

/// An archive of packages, as apt reads it.
#[derive(Debug)]
pub(super) struct Archive {
    /// Options of each apt program.
    options: Vec<String>,
}

impl Archive {
    /// Those that apt is set up with on this machine.
    pub(super) fn own() -> Self {
        Self { options: Vec::new() }
    }

    /// A suite of Debian's archive, with lists of its own, from the mirror that this machine's apt is set up with. `None` where that is
    /// not Debian's.
    ///
    /// # Errors
    /// When apt fails, or nothing can be written below the target directory.
    pub(super) fn of_debian(suite: &str) -> Result<Option<Self>> {
        if process::find("apt-get").is_none() {
            return Ok(None);
        }
        let mirrors = process::read(Command::new("apt-get").args([
            "indextargets",
            "--format",
            "$(REPO_URI)",
            "Created-By: Packages",
            "Origin: Debian",
            "Label: Debian",
        ]))?;
        let Some(mirror) = mirrors.lines().next() else {
            return Ok(None);
        };
        let directory = shelf().join(suite);
        let (source, lists) = (directory.join("sources.list"), directory.join("lists"));
        fs::create_dir_all(&lists).with_context(|| format!("could not make {}", lists.display()))?;
        fs::write(&source, format!("deb [signed-by={KEYS}] {mirror} {suite} main\n"))?;
        let options = [
            format!("Dir::Etc::SourceList={}", source.display()),
            "Dir::Etc::SourceParts=/dev/null".to_owned(),
            format!("Dir::State::Lists={}", lists.display()),
            // What is made of the lists is not kept: it would take the place of what is made of the machine's own.
            "Dir::Cache::pkgcache=".to_owned(),
            "Dir::Cache::srcpkgcache=".to_owned(),
        ];
        let options = options.into_iter().flat_map(|option| ["-o".to_owned(), option]);
        Ok(Some(Self {
            options: options.collect(),
        }))
    }

    /// Names of packages that match the regular expression. None where the machine has no apt.
    ///
    /// # Errors
    /// When apt fails.
    pub(super) fn find(&self, names: &str, policy: Policy) -> Result<Vec<String>> {
        if process::find("apt-cache").is_none() {
            return Ok(Vec::new());
        }
        let found = self.search(names)?;
        if !found.is_empty() || policy == Policy::ReportOnly {
            return Ok(found);
        }
        // A fresh image has no package lists.
        if self.options.is_empty() {
            packages::refresh()?;
        } else if let Err(error) = process::run(self.apt_get().arg("update")) {
            println!("setup: going on without: {error:#}");
        }
        self.search(names)
    }

    fn search(&self, names: &str) -> Result<Vec<String>> {
        let found =
            process::read(
                Command::new("apt-cache")
                    .args(&self.options)
                    .args(["search", "--names-only", names]),
            )?;
        let names = found.lines().filter_map(|line| line.split_whitespace().next());
        Ok(names.map(str::to_owned).collect())
    }

    /// The directory with what the packages contain: from an earlier run, or downloaded now.
    ///
    /// # Errors
    /// When it is neither here nor may be downloaded, or when that fails.
    pub(super) fn unpacked(&self, name: &str, packages: &[String], policy: Policy) -> Result<PathBuf> {
        let directory = shelf().join(name);
        if directory.is_dir() {
            return Ok(directory);
        }
        let list = packages.join(", ");
        if policy == Policy::ReportOnly {
            bail!("missing: {list} (downloaded and unpacked, not installed)");
        }
        println!("setup: downloading {list}");
        let new = shelf().join(format!(".{name}.new"));
        // Left by a run that was interrupted.
        if new.exists() {
            fs::remove_dir_all(&new)?;
        }
        fs::create_dir_all(&new).with_context(|| format!("could not make {}", new.display()))?;
        self.download(packages, &new)
            .with_context(|| format!("could not get {list}"))?;
        fs::rename(&new, &directory)?;
        Ok(directory)
    }

    fn download(&self, packages: &[String], directory: &Path) -> Result<()> {
        process::run(self.apt_get().arg("download").args(packages).current_dir(directory))?;
        let files: Vec<_> = fs::read_dir(directory)?.collect::<Result<_, _>>()?;
        if files.len() != packages.len() {
            bail!("apt-get download left {} files", files.len());
        }
        for file in files {
            process::run(
                Command::new("dpkg-deb")
                    .arg("--extract")
                    .arg(file.path())
                    .arg(directory),
            )?;
            fs::remove_file(file.path())?;
        }
        Ok(())
    }

    fn apt_get(&self) -> Command {
        let mut command = Command::new("apt-get");
        // As root, apt would become a user that may not write here.
        command
            .args(["-qq", "-o", "APT::Sandbox::User=root"])
            .args(&self.options);
        command
    }
}

/// The keys that Debian signs its archive with, of the package that all of Debian has.
const KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Where all of this is kept.
fn shelf() -> PathBuf {
    workspace::target_dir().join("matrix")
}

/// The name with the highest numbers, compared from the left.
pub(super) fn latest<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names.max_by_key(|name| {
        let numbers = name.split(|c: char| !c.is_ascii_digit());
        numbers
            .filter_map(|digits| digits.parse::<u64>().ok())
            .collect::<Vec<_>>()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_as_numbers() {
        let names = [
            "linux-image-6.12.100+deb12-cloud-amd64",
            "linux-image-6.12.117+deb12-cloud-amd64",
            "linux-image-6.12.99+deb12-cloud-amd64",
        ];
        assert_eq!(latest(names.into_iter()), Some(names[1]));
        let names = ["linux-image-6.1.0-56-cloud-amd64", "linux-image-6.1.0-7-cloud-amd64"];
        assert_eq!(latest(names.into_iter()), Some(names[0]));
        assert_eq!(latest(std::iter::empty()), None);
    }
}
