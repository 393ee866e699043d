//! `listconninfo`: which connections there are, and whose they are.

use crate::command_line::{self, Common, Program};
use crate::filter::{self, Filter};
use crate::rounds::{self, Rounds, Usually};
use crate::{Outcome, json, owner_table};
use clap::Parser;
use estats_protocol::owners::Owners;
use std::ffi::OsString;

#[derive(Parser, Debug)]
#[command(disable_help_flag = true, disable_version_flag = true, args_override_self = true)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    rounds: Rounds,
    /// The classic tool takes no arguments, and does not mind any.
    #[arg(hide = true)]
    _ignored: Vec<OsString>,
}

impl Program for Arguments {
    const NAME: &'static str = "listconninfo";

    fn usage() -> String {
        format!(
            "

listconninfo

  Lists the TCP connections that estatsd follows, and whose they are:
  connection id (cid), name and id of a process that has it, user, local
  address and port, remote address and port. What /proc does not show,
  which is other network namespaces and others' processes, is blank.

{}{}  --json         one line of JSON instead of the table, with what the
                 daemon knows, as that of listconns --all
{}
",
            filter::USAGE,
            rounds::USAGE,
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
    fn list(&self) -> Result<Outcome, Outcome> {
        let wanted = self.filter.wanted().map_err(Self::failure)?;
        let plan = self.rounds.plan::<Self>(Usually::Once)?;
        let mut client = self.connect()?;
        Ok(plan.carry_out(|| {
            if self.common.json {
                let mut connections = client.details().map_err(Self::failure)?;
                connections.retain(|connection| wanted(&connection.tuple));
                return Ok(json::details(&connections));
            }
            match client.list() {
                Ok(mut connections) => {
                    connections.retain(&wanted);
                    Ok(owner_table::header() + &owner_table::rows(&connections, &Owners::read()))
                }
                Err(error) => Err(Self::list_failure(&error).after(&owner_table::header())),
            }
        }))
    }
}
