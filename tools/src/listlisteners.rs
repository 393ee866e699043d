//! `listlisteners`: which sockets listen.

use crate::command_line::{self, Common, Program};
use crate::{Outcome, json, listener_table};
use clap::Parser;
use std::ffi::OsString;

#[derive(Parser, Debug)]
#[command(disable_help_flag = true, disable_version_flag = true, args_override_self = true)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[arg(long)]
    all: bool,
}

impl Program for Arguments {
    const NAME: &'static str = "listlisteners";

    fn usage() -> String {
        format!(
            "listlisteners

  Lists the listening TCP sockets of this host: id, address and port, the
  established connections that were accepted, how many wait and may wait
  in the backlog, how many were accepted. Needs no privileges.

  --all          also where each comes from, and all that is measured
  --json         one line of JSON instead of the table
{}",
            command_line::usage_of_common()
        )
    }

    fn common(&self) -> &Common {
        &self.common
    }
}

/// Runs the program with its arguments, the name it was called by first.
#[must_use]
pub fn run(arguments: impl Iterator<Item = OsString>) -> Outcome {
    command_line::run(arguments, Arguments::list)
}

impl Arguments {
    fn list(&self) -> Result<String, Outcome> {
        let listeners = self.connect()?.listeners().map_err(Self::failure)?;
        Ok(if self.common.json {
            json::listeners(&listeners, self.all)
        } else if self.all {
            listener_table::details(&listeners)
        } else {
            listener_table::header() + &listener_table::rows(&listeners)
        })
    }
}
