//! The kernels that estatsd is tried on.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::ValueEnum;

use super::archive::{self, Archive};
use super::modules::{self, Module};
use crate::setup::Policy;

/// A series of kernels that Debian packages for virtual machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Series {
    /// The oldest that estatsd supports: Debian 12's.
    #[value(name = "6.1")]
    V6_1,
    /// Debian 13's.
    #[value(name = "6.12")]
    V6_12,
    /// The newest that estatsd is known to run on: of Debian 13's backports.
    #[value(name = "7.3")]
    V7_3,
}

impl Series {
    /// All of them.
    pub(super) const ALL: &[Self] = &[Self::V6_1, Self::V6_12, Self::V7_3];

    /// The newest kernel of the series. `None` where the distribution does not package one.
    ///
    /// # Errors
    /// When it cannot be downloaded, or is not complete.
    pub(super) fn fetch(self, policy: Policy) -> Result<Option<Kernel>> {
        let archive = match self {
            Self::V6_1 | Self::V6_12 => Some(Archive::own()),
            Self::V7_3 => Archive::of_debian("trixie-backports")?,
        };
        let Some(archive) = archive else {
            return Ok(None);
        };
        let series = self.to_string().replace('.', "[.]");
        // One package, or since 7.0 one for each part.
        let names = format!("^linux-(image|binary|base|modules)-{series}[.].*-cloud-amd64$");
        let packages = archive.find(&names, policy)?;
        let Some(image) = archive::latest(
            packages
                .iter()
                .map(String::as_str)
                .filter(|name| name.starts_with(IMAGE)),
        ) else {
            return Ok(None);
        };
        let release = &image[IMAGE.len()..];
        let parts: Vec<_> = packages
            .iter()
            .filter(|name| name.ends_with(&format!("-{release}")))
            .cloned()
            .collect();
        let directory = archive.unpacked(image, &parts, policy)?;
        let modules = first(&directory, &["usr/lib/modules", "lib/modules"])?.join(release);
        let boot = directory.join("boot").join(format!("vmlinuz-{release}"));
        Ok(Some(Kernel {
            image: if boot.exists() { boot } else { modules.join("vmlinuz") },
            modules: modules::wanted(&modules)?,
            release: release.to_owned(),
        }))
    }
}

/// What the name of a kernel's package begins with.
const IMAGE: &str = "linux-image-";

/// The first of the places below a directory that is there.
fn first(directory: &Path, places: &[&str]) -> Result<PathBuf> {
    let mut places = places.iter().map(|place| directory.join(place));
    let found = places.find(|place| place.is_dir());
    found.with_context(|| format!("{} has no kernel modules", directory.display()))
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V6_1 => "6.1",
            Self::V6_12 => "6.12",
            Self::V7_3 => "7.3",
        })
    }
}

/// A kernel, ready to boot.
#[derive(Debug)]
pub(super) struct Kernel {
    /// What it calls itself.
    pub(super) release: String,
    /// Path of the compressed kernel.
    pub(super) image: PathBuf,
    /// What it has to load.
    pub(super) modules: Vec<Module>,
}
