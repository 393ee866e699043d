//! The LLVM library that bpf-linker is linked with. It has to be of rustc's own major version: an older one cannot read
//! what rustc writes.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::distro::{Distro, Family};
use crate::setup::Policy;
use crate::{packages, process};

/// An installed LLVM.
#[derive(Debug)]
pub(crate) struct Llvm {
    /// The number before the first dot of its version.
    pub(crate) major: u32,
    /// Where it is installed.
    pub(crate) prefix: PathBuf,
    /// Where its shared library is.
    pub(crate) libdir: PathBuf,
}

impl Llvm {
    /// Sees to an LLVM of this major version.
    ///
    /// # Errors
    /// When it is missing and cannot be, or must not be, installed.
    pub(crate) fn ensure(major: u32, distro: &Distro, policy: Policy) -> Result<Self> {
        if let Some(llvm) = Self::find(major) {
            return Ok(llvm);
        }
        let package = match distro.family {
            Some(Family::Debian) => format!("llvm-{major}-dev"),
            // Fedora numbers every LLVM but its release's main one.
            Some(Family::Fedora) => {
                let numbered = format!("llvm{major}-devel");
                let known = process::succeeds(Command::new("dnf").args(["-q", "info", &numbered]));
                if known { numbered } else { "llvm-devel".to_owned() }
            }
            None => bail!(
                "LLVM {major} with its shared library (libLLVM.so) and llvm-config is missing, and {} is not a \
                 distribution whose packages we know: install it by hand, or set LLVM_PREFIX to where it is",
                distro.name
            ),
        };
        match policy {
            Policy::ReportOnly => bail!("missing: LLVM {major} (package {package}), to build bpf-linker with"),
            Policy::Install => packages::install(distro, &[&package]).with_context(|| {
                format!(
                    "LLVM {major} is missing. Where {} has no package {package}: {}",
                    distro.name,
                    elsewhere(major)
                )
            })?,
        }
        Self::find(major).with_context(|| {
            format!(
                "{package} is installed, but is not LLVM {major} with its shared library: {}",
                elsewhere(major)
            )
        })
    }

    fn find(major: u32) -> Option<Self> {
        let numbered = format!("llvm-config-{major}");
        let candidates = [
            std::env::var_os("LLVM_PREFIX").map(|prefix| Path::new(&prefix).join("bin/llvm-config")),
            process::find(&numbered),
            Some(format!("/usr/lib/llvm-{major}/bin/llvm-config").into()),
            Some(format!("/usr/lib64/llvm{major}/bin/llvm-config").into()),
            process::find("llvm-config"),
        ];
        candidates
            .into_iter()
            .flatten()
            .filter_map(|config| Self::ask(&config))
            .find(|llvm| llvm.major == major)
    }

    /// What an llvm-config says of its LLVM. `None` if it does not run, or there is no shared library to link with.
    fn ask(config: &Path) -> Option<Self> {
        let ask = |option: &str| process::read(Command::new(config).arg(option)).ok();
        let llvm = Self {
            major: ask("--version")?.split('.').next()?.parse().ok()?,
            prefix: ask("--prefix")?.into(),
            libdir: ask("--libdir")?.into(),
        };
        llvm.libdir.join("libLLVM.so").exists().then_some(llvm)
    }
}

fn elsewhere(major: u32) -> String {
    format!(
        "Debian and Ubuntu find it at apt.llvm.org (\"llvm.sh {major}\"); or set LLVM_PREFIX to where an LLVM {major} is"
    )
}
