//! `estats-control`: the scalars, to read and to set.

use crate::command_line::{self, Common};
use crate::{Outcome, json, scalars};
use clap::Parser;
use estats_protocol::Client;
use estats_protocol::client::Error;
use estats_spec::endpoint::{DEFAULT_SOCKET, SOCKET_ENV};
use estats_spec::scalars::{SCALARS, ScalarInfo};
use std::ffi::OsString;

const PROGRAM: &str = "estats-control";

fn usage() -> String {
    let scalars = SCALARS
        .each_ref()
        .map(|scalar| format!("  {} ({})\n      {}\n", scalar.name, scalar.unit, scalar.meaning))
        .concat();
    format!(
        "estats-control [name [value]]

  Prints the scalars of estatsd, or one of them; or sets one, which only
  root may do. A switch is on or off.

  --json         one line of JSON instead of the listing
  --socket path  socket of the daemon; else that in {SOCKET_ENV}, else
                 {DEFAULT_SOCKET}
  -h, --help     this text
  -V, --version  the version

{scalars}"
    )
}

#[derive(Parser, Debug)]
#[command(disable_help_flag = true, disable_version_flag = true, args_override_self = true)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    /// The scalar's name, and the value to set it to.
    words: Vec<String>,
}

/// Runs the program with its arguments, the name it was called by first.
#[must_use]
pub fn run(arguments: impl Iterator<Item = OsString>) -> Outcome {
    let Arguments { common, words } = match command_line::parse(PROGRAM, arguments) {
        Ok(arguments) => arguments,
        Err(outcome) => return outcome,
    };
    if common.help {
        return Outcome::success(usage());
    }
    if common.version {
        return Outcome::success(format!("{PROGRAM} {}\n", env!("CARGO_PKG_VERSION")));
    }
    match perform(&common, &words) {
        Ok(text) => Outcome::success(text),
        Err(reason) => Outcome::failure(format!("{PROGRAM}: {reason}\n")),
    }
}

fn perform(common: &Common, words: &[String]) -> Result<String, String> {
    let (name, value) = match words {
        [] => (None, None),
        [name] => (Some(name), None),
        [name, value] => (Some(name), Some(value)),
        [_, _, more, ..] => return Err(format!("what is {more:?} for? A name and a value are enough")),
    };
    let scalar = name.map(|name| find(name)).transpose()?;
    let said = |error: Error| error.to_string();
    if let (Some(scalar), Some(value)) = (scalar, value) {
        let scalar = scalars::parse(scalar, value)?;
        let mut client = Client::connect(&common.socket()).map_err(said)?;
        client.set_scalar(scalar).map_err(said)?;
        return Ok(String::new());
    }
    let all = Client::connect(&common.socket())
        .and_then(|mut client| client.scalars())
        .map_err(said)?;
    if common.json {
        return Ok(json::scalars(&all, scalar));
    }
    Ok(SCALARS
        .iter()
        .filter(|other| scalar.is_none_or(|scalar| scalar.member == other.member))
        .filter_map(|scalar| Some(format!("{}={}\n", scalar.name, scalars::value(scalar, &all)?)))
        .collect())
}

fn find(name: &str) -> Result<&'static ScalarInfo, String> {
    ScalarInfo::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = SCALARS.iter().map(|scalar| scalar.name).collect();
        format!("there is no scalar {name:?}, but {}", names.join(", "))
    })
}
