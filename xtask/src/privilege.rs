//! Doing what only root may do.

use std::process::Command;

use anyhow::{Result, bail, ensure};
use nix::unistd::Uid;

use crate::setup::BpfTools;
use crate::{process, workspace};

/// How a command becomes root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Privilege {
    /// We are root already.
    Root,
    /// `sudo` works without asking for a password.
    Sudo,
    /// Not at all without the user's help.
    None,
}

impl Privilege {
    /// Finds out which it is.
    pub(crate) fn detect() -> Self {
        if Uid::effective().is_root() {
            Self::Root
        } else if process::succeeds(Command::new("sudo").args(["-n", "true"])) {
            Self::Sudo
        } else {
            Self::None
        }
    }

    /// # Errors
    /// When there is no way to become root; `why` says what needs it.
    pub(crate) fn require(self, why: &str) -> Result<()> {
        ensure!(
            self != Self::None,
            "{why}, which needs root, and sudo asks for a password or is not there: run as root"
        );
        Ok(())
    }

    /// The command that runs `program` as root.
    ///
    /// # Errors
    /// When there is no way to become root; the error says what the user may run instead.
    pub(crate) fn command(self, program: &str, arguments: &[&str]) -> Result<Command> {
        let mut command = match self {
            Self::Root => Command::new(program),
            Self::Sudo => {
                let mut sudo = Command::new("sudo");
                sudo.args(["-n", program]);
                sudo
            }
            Self::None => {
                let mut sudo = Command::new("sudo");
                sudo.arg(program).args(arguments);
                bail!(
                    "this needs root, and sudo asks for a password or is not there: run `{}`, then this again",
                    process::shown(&sudo)
                );
            }
        };
        command.args(arguments);
        Ok(command)
    }

    /// A cargo command that compiles as we are, and runs what it compiled as root.
    ///
    /// # Errors
    /// When there is no way to become root.
    pub(crate) fn cargo(self, subcommand: &str, tools: &BpfTools) -> Result<Command> {
        let mut cargo = workspace::cargo(subcommand);
        match self {
            Self::Root => {}
            Self::Sudo => {
                let host = tools.toolchain.version.host.to_uppercase().replace(['-', '.'], "_");
                cargo.env(format!("CARGO_TARGET_{host}_RUNNER"), "sudo -n --preserve-env");
            }
            Self::None => bail!("this needs root, and sudo asks for a password or is not there: run as root"),
        }
        Ok(cargo)
    }
}
