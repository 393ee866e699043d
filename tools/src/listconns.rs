//! `listconns`: which connections there are.

use crate::command_line::{self, Common};
use crate::{Outcome, connection_table, json};
use clap::Parser;
use estats_protocol::Client;
use estats_spec::endpoint::{DEFAULT_SOCKET, SOCKET_ENV};
use std::ffi::OsString;

const PROGRAM: &str = "listconns";

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
  --json         one line of JSON instead of the table
  --socket path  socket of the daemon; else that in {SOCKET_ENV}, else
                 {DEFAULT_SOCKET}
  -h, --help     this text
  -V, --version  the version

"
    )
}

#[derive(Parser, Debug)]
#[command(disable_help_flag = true, disable_version_flag = true, args_override_self = true)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[arg(long)]
    all: bool,
    /// The classic tool takes no arguments, and does not mind any.
    #[arg(hide = true)]
    _ignored: Vec<OsString>,
}

/// Runs the program with its arguments, the name it was called by first.
#[must_use]
pub fn run(arguments: impl Iterator<Item = OsString>) -> Outcome {
    let Arguments { common, all, .. } = match command_line::parse(PROGRAM, arguments) {
        Ok(arguments) => arguments,
        Err(outcome) => return outcome,
    };
    if common.help {
        return Outcome::success(usage());
    }
    if common.version {
        return Outcome::success(format!("{PROGRAM} {}\n", env!("CARGO_PKG_VERSION")));
    }
    let mut client = match Client::connect(&common.socket()) {
        Ok(client) => client,
        Err(error) => return Outcome::failure(format!("{PROGRAM}: {error}\n")),
    };
    if all {
        return match client.details() {
            Ok(connections) if common.json => Outcome::success(json::details(&connections)),
            Ok(connections) => {
                let table = connection_table::details(&connections);
                Outcome::success(table).after(&connection_table::header_of_details())
            }
            Err(error) => Outcome::failure(format!("{PROGRAM}: {error}\n")),
        };
    }
    let list = client.list();
    if common.json {
        return match list {
            Ok(connections) => Outcome::success(json::connections(&connections)),
            Err(error) => Outcome::failure(format!("{PROGRAM}: {error}\n")),
        };
    }
    match list {
        Ok(connections) => Outcome::success(connection_table::rows(&connections)),
        Err(error) if error.refusal().is_some() => Outcome::failure("error: Error thrown from genetlink library\n"),
        Err(error) => Outcome::failure(format!("{PROGRAM}: {error}\n")),
    }
    .after(&connection_table::header())
}
