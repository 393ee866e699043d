//! `listlisteners`: which sockets listen.

use crate::command_line::{self, Common};
use crate::{Outcome, json, listener_table};
use clap::Parser;
use estats_protocol::Client;
use estats_spec::endpoint::{DEFAULT_SOCKET, SOCKET_ENV};
use std::ffi::OsString;

const PROGRAM: &str = "listlisteners";

fn usage() -> String {
    format!(
        "listlisteners

  Lists the listening TCP sockets of this host: id, address and port, the
  established connections that were accepted, how many wait and may wait
  in the backlog, how many were accepted. Needs no privileges.

  --all          also where each comes from, and all that is measured
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
}

/// Runs the program with its arguments, the name it was called by first.
#[must_use]
pub fn run(arguments: impl Iterator<Item = OsString>) -> Outcome {
    let Arguments { common, all } = match command_line::parse(PROGRAM, arguments) {
        Ok(arguments) => arguments,
        Err(outcome) => return outcome,
    };
    if common.help {
        return Outcome::success(usage());
    }
    if common.version {
        return Outcome::success(format!("{PROGRAM} {}\n", env!("CARGO_PKG_VERSION")));
    }
    match Client::connect(&common.socket()).and_then(|mut client| client.listeners()) {
        Ok(listeners) if common.json => Outcome::success(json::listeners(&listeners, all)),
        Ok(listeners) if all => Outcome::success(listener_table::details(&listeners)),
        Ok(listeners) => Outcome::success(listener_table::rows(&listeners)).after(&listener_table::header()),
        Err(error) => Outcome::failure(format!("{PROGRAM}: {error}\n")),
    }
}
