//! `getmib`: which variables there are.

use crate::command_line::{self, Common, Program};
use crate::{Outcome, json};
use clap::Parser;
use estats_protocol::client::Mib;
use std::ffi::OsString;

#[derive(Parser, Debug)]
#[command(disable_help_flag = true, disable_version_flag = true, args_override_self = true)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    /// The classic tool takes no arguments, and does not mind any.
    #[arg(hide = true)]
    _ignored: Vec<OsString>,
}

impl Program for Arguments {
    const NAME: &'static str = "getmib";

    fn usage() -> String {
        format!(
            "

getmib

  Prints the names of all variables that the daemon serves, table by table,
  each with the number of its type.

  --json         one line of JSON instead of the listing
{}
",
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
    command_line::run(arguments, Arguments::describe)
}

impl Arguments {
    fn describe(&self) -> Result<String, Outcome> {
        match self.connect()?.mib() {
            Ok(mib) if self.common.json => Ok(json::mib(&mib)),
            Ok(mib) => Ok(format!("{}{mib}", Mib::TITLE)),
            // The classic tool has begun by then.
            Err(error) => Err(match error.refusal() {
                Some(errno) if !self.common.json => Outcome::refusal(errno).after(Mib::TITLE),
                _ => Self::failure(error),
            }),
        }
    }
}
