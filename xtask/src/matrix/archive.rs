//! Packages of the distribution that are unpacked here instead of being installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::setup::Policy;
use crate::{packages, process, workspace};

/// The newest package whose name matches the regular expression `names`. `None` where the distribution has none, or no apt.
///
/// # Errors
/// When apt fails.
pub(super) fn newest(names: &str, policy: Policy) -> Result<Option<String>> {
    if process::find("apt-cache").is_none() {
        return Ok(None);
    }
    if let Some(name) = search(names)? {
        return Ok(Some(name));
    }
    if policy == Policy::Install {
        // A fresh image has no package lists.
        packages::refresh()?;
    }
    search(names)
}

fn search(names: &str) -> Result<Option<String>> {
    let found = process::read(Command::new("apt-cache").args(["search", "--names-only", names]))?;
    Ok(latest(found.lines().filter_map(|line| line.split_whitespace().next())).map(str::to_owned))
}

/// The name with the highest numbers, compared from the left.
fn latest<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names.max_by_key(|name| {
        let numbers = name.split(|c: char| !c.is_ascii_digit());
        numbers
            .filter_map(|digits| digits.parse::<u64>().ok())
            .collect::<Vec<_>>()
    })
}

/// The directory with what the package contains: from an earlier run, or downloaded now.
///
/// # Errors
/// When it is neither here nor may be downloaded, or when that fails.
pub(super) fn unpacked(package: &str, policy: Policy) -> Result<PathBuf> {
    let shelf = workspace::target_dir().join("matrix");
    let directory = shelf.join(package);
    if directory.is_dir() {
        return Ok(directory);
    }
    if policy == Policy::ReportOnly {
        bail!("missing: the package {package} (downloaded and unpacked, not installed)");
    }
    println!("setup: downloading {package}");
    let new = shelf.join(format!(".{package}.new"));
    // Left by a run that was interrupted.
    if new.exists() {
        fs::remove_dir_all(&new)?;
    }
    fs::create_dir_all(&new).with_context(|| format!("could not make {}", new.display()))?;
    download(package, &new).with_context(|| format!("could not get the package {package}"))?;
    fs::rename(&new, &directory)?;
    Ok(directory)
}

fn download(package: &str, directory: &Path) -> Result<()> {
    // As root, apt would become a user that may not write here.
    let options = ["-qq", "-o", "APT::Sandbox::User=root", "download", package];
    process::run(Command::new("apt-get").args(options).current_dir(directory))?;
    let files: Vec<_> = fs::read_dir(directory)?.collect::<Result<_, _>>()?;
    let [file] = files.as_slice() else {
        bail!("apt-get download left {} files", files.len());
    };
    process::run(
        Command::new("dpkg-deb")
            .arg("--extract")
            .arg(file.path())
            .arg(directory),
    )?;
    fs::remove_file(file.path())?;
    Ok(())
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
