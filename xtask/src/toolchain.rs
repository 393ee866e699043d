//! The Rust toolchain that compiles the kernel side: it needs the standard library's sources, because nobody ships
//! `core` compiled for BPF, and its LLVM decides which linker can read what it writes.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::distro::{Distro, Family};
use crate::setup::Policy;
use crate::{packages, process, workspace};

/// A cargo and the rustc that belongs to it.
#[derive(Debug)]
pub(crate) struct Toolchain {
    cargo: PathBuf,
    rustc: PathBuf,
    /// What it says of itself.
    pub(crate) version: Version,
}

/// What `rustc -vV` tells.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Version {
    /// `1.95.0`
    pub(crate) release: String,
    /// The triple of the machine that it runs on.
    pub(crate) host: String,
    /// The number before the first dot of its LLVM's version.
    pub(crate) llvm_major: u32,
}

impl Version {
    fn parse(verbose: &str) -> Result<Self> {
        let field = |key: &str| {
            let value = verbose
                .lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
            value.with_context(|| format!("`rustc -vV` has no line \"{key}:\""))
        };
        let llvm = field("LLVM version")?;
        let llvm_major = llvm.split('.').next().and_then(|major| major.parse().ok());
        Ok(Self {
            release: field("release")?.to_owned(),
            host: field("host")?.to_owned(),
            llvm_major: llvm_major.with_context(|| format!("`rustc -vV`: LLVM version \"{llvm}\" is no number"))?,
        })
    }
}

impl Toolchain {
    /// The toolchain that cargo runs us with.
    ///
    /// # Errors
    /// When its rustc does not run.
    pub(crate) fn current() -> Result<Self> {
        let rustc = env::var_os("RUSTC").map_or_else(|| "rustc".into(), PathBuf::from);
        Self::new(workspace::cargo_program(), rustc)
    }

    /// The distribution's own toolchain, where it has a current one: Debian does, to build web browsers with.
    ///
    /// # Errors
    /// When it is missing and cannot be, or must not be, installed.
    pub(crate) fn of_distribution(distro: &Distro, policy: Policy) -> Result<Self> {
        let toolchain = || Self::new("/usr/bin/cargo".into(), "/usr/bin/rustc".into());
        if let Ok(installed) = toolchain()
            && installed.has_sources()
        {
            return Ok(installed);
        }
        let packages = match distro.family {
            Some(Family::Debian) => ["rustc-web", "cargo-web", "rust-web-src"],
            Some(Family::Fedora) => ["rust", "cargo", "rust-src"],
            None => bail!("{} is not one whose packages we know", distro.name),
        };
        match policy {
            Policy::Install => packages::install(distro, &packages)?,
            Policy::ReportOnly => bail!("missing: {}", packages.join(", ")),
        }
        toolchain()
    }

    fn new(cargo: PathBuf, rustc: PathBuf) -> Result<Self> {
        let version = Version::parse(&process::read(Command::new(&rustc).arg("-vV"))?)?;
        Ok(Self { cargo, rustc, version })
    }

    /// A cargo command with this toolchain's compiler.
    pub(crate) fn cargo(&self, subcommand: &str) -> Command {
        let mut command = Command::new(&self.cargo);
        command.arg(subcommand).env("RUSTC", &self.rustc);
        command
    }

    /// Sees to the standard library's sources.
    ///
    /// # Errors
    /// When they are missing and cannot be, or must not be, installed.
    pub(crate) fn ensure_sources(&self, policy: Policy) -> Result<()> {
        if !self.has_sources() {
            add_components(&["rust-src"], policy)?;
        }
        if !self.has_sources() {
            bail!(
                "rustup has run, but rustc {} still has no library sources",
                self.version.release
            );
        }
        Ok(())
    }

    /// Sees to what checks the source: rustfmt and clippy.
    ///
    /// # Errors
    /// When one is missing and cannot be, or must not be, installed.
    pub(crate) fn ensure_checkers(&self, policy: Policy) -> Result<()> {
        let checkers = [("fmt", "rustfmt"), ("clippy", "clippy")];
        let missing = checkers
            .iter()
            .filter(|(subcommand, _)| !process::succeeds(self.cargo(subcommand).arg("--version")));
        let missing: Vec<_> = missing.map(|&(_, component)| component).collect();
        if missing.is_empty() {
            Ok(())
        } else {
            add_components(&missing, policy)
        }
    }

    fn has_sources(&self) -> bool {
        process::read(Command::new(&self.rustc).args(["--print", "sysroot"])).is_ok_and(|sysroot| {
            // What -Z build-std reads; rust-src without it is the remains of an update.
            Path::new(&sysroot)
                .join("lib/rustlib/src/rust/library/Cargo.lock")
                .is_file()
        })
    }
}

fn add_components(names: &[&str], policy: Policy) -> Result<()> {
    let mut rustup = Command::new("rustup");
    rustup.args(["component", "add"]).args(names);
    let (names, command) = (names.join(", "), process::shown(&rustup));
    if process::find("rustup").is_none() {
        bail!("the Rust toolchain lacks {names}, and there is no rustup to add what is missing");
    }
    match policy {
        Policy::ReportOnly => bail!("the Rust toolchain lacks {names}; run: {command}"),
        Policy::Install => {
            println!("setup: adding {names} to the Rust toolchain with `{command}`");
            process::run(&mut rustup)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STABLE: &str = "rustc 1.95.0 (59807616e 2026-04-14)\nbinary: rustc\ncommit-hash: 59807616e\n\
        commit-date: 2026-04-14\nhost: x86_64-unknown-linux-gnu\nrelease: 1.95.0\nLLVM version: 22.1.2\n";

    #[test]
    fn a_version_has_release_host_and_llvm() {
        let expected = Version {
            release: "1.95.0".to_owned(),
            host: "x86_64-unknown-linux-gnu".to_owned(),
            llvm_major: 22,
        };
        assert_eq!(Version::parse(STABLE).unwrap(), expected);
    }

    #[test]
    fn a_nightly_keeps_its_suffix() {
        let nightly = STABLE.replace("release: 1.95.0", "release: 1.97.0-nightly");
        assert_eq!(Version::parse(&nightly).unwrap().release, "1.97.0-nightly");
    }

    #[test]
    fn a_compiler_without_llvm_is_an_error_that_says_so() {
        let cranelift = STABLE.replace("LLVM version: 22.1.2\n", "");
        assert!(
            Version::parse(&cranelift)
                .unwrap_err()
                .to_string()
                .contains("LLVM version")
        );
        let strange = STABLE.replace("22.1.2", "unknown");
        assert!(Version::parse(&strange).unwrap_err().to_string().contains("unknown"));
    }
}
