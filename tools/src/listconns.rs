//! `listconns`: which connections there are.

use crate::command_line::{self, Common, Program};
use crate::filter::{self, Filter};
use crate::rounds::{self, Rounds, Usually};
use crate::{Outcome, connection_table, json};
use clap::Parser;
use estats_protocol::{Client, Tuple};
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
    #[arg(long)]
    all: bool,
    /// The classic tool takes no arguments, and does not mind any.
    #[arg(hide = true)]
    _ignored: Vec<OsString>,
}

impl Program for Arguments {
    const NAME: &'static str = "listconns";

    fn usage() -> String {
        format!(
            "

listconns

  Lists the TCP connections that estatsd follows: connection id (cid),
  local address and port, remote address and port. Needs no privileges.
  The cid is what readvars wants to know.

  --all          also where each comes from: network namespace, cgroup,
                 user, and to root and the owner process and its name;
                 whether it is older than estatsd (adopted), or closed
{}{}  --json         one line of JSON instead of the table
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
    command_line::run(arguments, Arguments::run)
}

impl Arguments {
    fn run(&self) -> Result<Outcome, Outcome> {
        let wanted = self.filter.wanted().map_err(Self::failure)?;
        let plan = self.rounds.plan::<Self>(Usually::Once)?;
        let mut client = self.connect()?;
        Ok(plan.carry_out(|| {
            if self.all {
                self.details(&mut client, &wanted)
            } else {
                self.list(&mut client, &wanted)
            }
        }))
    }

    fn details(&self, client: &mut Client, wanted: impl Fn(&Tuple) -> bool) -> Result<String, Outcome> {
        let mut connections = client.details().map_err(Self::failure)?;
        connections.retain(|connection| wanted(&connection.tuple));
        Ok(if self.common.json {
            json::details(&connections)
        } else {
            connection_table::header_of_details() + &connection_table::details(&connections)
        })
    }

    fn list(&self, client: &mut Client, wanted: impl Fn(&Tuple) -> bool) -> Result<String, Outcome> {
        let json = self.common.json;
        match client.list() {
            Ok(mut connections) => {
                connections.retain(wanted);
                Ok(if json {
                    json::connections(&connections)
                } else {
                    connection_table::table(&connections)
                })
            }
            Err(error) if json => Err(Self::failure(error)),
            // The classic tool has printed the header by then.
            Err(error) => Err(Self::list_failure(&error).after(&connection_table::header())),
        }
    }
}
