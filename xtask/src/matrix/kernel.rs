//! The kernels that estatsd is tried on.

use std::fmt;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::ValueEnum;

use super::archive;
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
}

impl Series {
    /// All of them.
    pub(super) const ALL: &[Self] = &[Self::V6_1, Self::V6_12];

    /// The newest kernel of the series. `None` where the distribution does not package one.
    ///
    /// # Errors
    /// When it cannot be downloaded, or is not complete.
    pub(super) fn fetch(self, policy: Policy) -> Result<Option<Kernel>> {
        let names = format!(
            "^linux-image-{}[.].*-cloud-amd64$",
            self.to_string().replace('.', "[.]")
        );
        let Some(package) = archive::newest(&names, policy)? else {
            return Ok(None);
        };
        let release = package.strip_prefix("linux-image-").context("a kernel's package")?;
        let directory = archive::unpacked(&package, policy)?;
        Ok(Some(Kernel {
            image: directory.join("boot").join(format!("vmlinuz-{release}")),
            modules: modules::wanted(&directory.join("lib/modules").join(release))?,
            release: release.to_owned(),
        }))
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V6_1 => "6.1",
            Self::V6_12 => "6.12",
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
