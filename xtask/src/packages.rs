//! Packages of the distribution: which one has a program, and installing them.

use anyhow::{Context, Result, bail};

use crate::distro::{Distro, Family};
use crate::privilege::Privilege;
use crate::process;

/// A program that comes with a package of the distribution.
pub(crate) struct Program {
    /// As it is run.
    pub(crate) name: &'static str,
    /// What for.
    pub(crate) purpose: &'static str,
    /// Package of Debian and what derives from it.
    pub(crate) debian: &'static str,
    /// Package of Fedora and what derives from it.
    pub(crate) fedora: &'static str,
}

/// What the tests and the demo run. A C compiler is not among them: without one, cargo could not have linked us.
pub(crate) const PROGRAMS: [Program; 2] = [
    Program {
        name: "ip",
        purpose: "network namespaces",
        debian: "iproute2",
        fedora: "iproute",
    },
    Program {
        name: "nft",
        purpose: "packet loss inside them",
        debian: "nftables",
        fedora: "nftables",
    },
];

impl Program {
    /// Whether it has to be installed.
    pub(crate) fn is_missing(&self) -> bool {
        process::find(self.name).is_none()
    }

    /// What is missing, and what for.
    pub(crate) fn describe(&self) -> String {
        format!("{} ({})", self.name, self.purpose)
    }

    /// The package that has it.
    pub(crate) fn package(&self, family: Family) -> &'static str {
        match family {
            Family::Debian => self.debian,
            Family::Fedora => self.fedora,
        }
    }
}

/// Somebody else's apt run is waited for; progress is plain lines.
const APT_OPTIONS: [&str; 5] = ["-qq", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"];

/// Installs the packages, saying so before.
///
/// # Errors
/// When the distribution is one that we do not know, when we cannot become root, or when its installer fails.
pub(crate) fn install(distro: &Distro, packages: &[&str]) -> Result<()> {
    let Some(family) = distro.family else {
        bail!(
            "{} is not one whose packages we know: install {} by hand",
            distro.name,
            packages.join(", ")
        );
    };
    let privilege = Privilege::detect();
    let mut installer = match family {
        Family::Debian => {
            // "env" and not Command::env, because sudo hands down no environment.
            let options = [
                "DEBIAN_FRONTEND=noninteractive",
                "apt-get",
                "install",
                "-y",
                "--no-install-recommends",
            ];
            privilege.command("env", &[&options[..], &APT_OPTIONS, packages].concat())?
        }
        Family::Fedora => privilege.command("dnf", &[&["install", "-y"], packages].concat())?,
    };
    println!(
        "setup: installing {} with `{}`",
        packages.join(", "),
        process::shown(&installer)
    );
    if family == Family::Debian {
        refresh()?;
    }
    process::run(&mut installer)
        .with_context(|| format!("could not install {} on {}", packages.join(", "), distro.name))
}

/// Makes apt's lists of packages those of today, if the archives can be reached: a fresh image has none.
///
/// # Errors
/// When we cannot become root.
pub(crate) fn refresh() -> Result<()> {
    let mut update = Privilege::detect().command("apt-get", &[&["update"], &APT_OPTIONS[..]].concat())?;
    // Where another archive of the user's does not answer, ours may have.
    if let Err(error) = process::run(&mut update) {
        println!("setup: going on with the package lists as they are: {error}");
    }
    Ok(())
}
