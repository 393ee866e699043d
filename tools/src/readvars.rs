//! `readvars`: the variables of one connection.

use crate::command_line::{self, Common};
use crate::{Outcome, instrument_listing, json, mask, variable_listing};
use clap::Parser;
use estats_protocol::client::Error;
use estats_protocol::{Client, Masks};
use estats_spec::endpoint::{DEFAULT_SOCKET, SOCKET_ENV};
use estats_spec::wire::CID_MIN;
use std::ffi::OsString;

const PROGRAM: &str = "readvars";

fn usage() -> String {
    format!(
        "

readvars cid [-m mask]

  Prints the variables of the connection with this cid; listconns tells
  which there are. Only root and the user or the group that owns the
  connection may read it.

  -m mask        only some variables: up to five hexadecimal numbers for
                 the tables PERF,PATH,STACK,APP,TUNE, where bit i stands
                 for the table's variable i. An empty field, or none,
                 means the whole table. The first four of each table:

                 readvars cid -m f,f,f,f,f

  --all          every instrument that is measured, also those that the
                 classic tools never knew, with its unit
  --json         one line of JSON instead of the listing
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
    #[arg(short, value_name = "MASK", allow_hyphen_values = true)]
    masks: Vec<String>,
    #[arg(long)]
    all: bool,
    /// The cid; the classic tool does not mind more arguments behind it.
    cid: Vec<String>,
}

/// Runs the program with its arguments, the name it was called by first.
#[must_use]
pub fn run(arguments: impl ExactSizeIterator<Item = OsString>) -> Outcome {
    if arguments.len() <= 1 {
        return Outcome {
            status: 1,
            ..Outcome::success(usage())
        };
    }
    match command_line::parse::<Arguments>(PROGRAM, arguments) {
        Ok(arguments) => arguments.run(),
        Err(outcome) => outcome,
    }
}

impl Arguments {
    fn run(&self) -> Outcome {
        if self.common.help {
            return Outcome::success(usage());
        }
        if self.common.version {
            return Outcome::success(format!("{PROGRAM} {}\n", env!("CARGO_PKG_VERSION")));
        }
        let Some(cid) = self.cid.first() else {
            return Outcome {
                status: 1,
                ..Outcome::success("Too few non-option args\n")
            };
        };
        let Some(cid) = parse_cid(cid) else {
            return Outcome::failure("Invalid argument\n");
        };
        if self.all {
            return self.read_all(cid);
        }
        let mut masks = Masks::ALL;
        match self.masks.iter().try_for_each(|mask| mask::add(mask, &mut masks)) {
            Ok(()) => self.read(cid, &masks),
            Err(error) => Outcome::failure(format!("{PROGRAM}: {error}\n")),
        }
    }

    fn read_all(&self, cid: u32) -> Outcome {
        if !self.masks.is_empty() {
            return Outcome::failure(format!("{PROGRAM}: -m and --all exclude each other\n"));
        }
        match Client::connect(&self.common.socket()).and_then(|mut client| client.read_row(cid)) {
            Ok(row) if self.common.json => Outcome::success(json::row(&row)),
            Ok(row) => Outcome::success(instrument_listing::listing(&row)),
            Err(error) if error.refusal().is_some() => {
                Outcome::failure(format!("{PROGRAM}: connection {cid}: {error}\n"))
            }
            Err(error) => Outcome::failure(format!("{PROGRAM}: {error}\n")),
        }
    }

    fn read(&self, cid: u32, masks: &Masks) -> Outcome {
        let mut client = match Client::connect(&self.common.socket()) {
            Ok(client) => client,
            Err(error) => return Outcome::failure(format!("{PROGRAM}: {error}\n")),
        };
        match client.read_vars(cid, masks) {
            Ok(reading) if self.common.json => Outcome::success(json::reading(&reading, masks)),
            Ok(reading) => Outcome::success(variable_listing::listing(&reading)),
            Err(error) => self.failure(cid, &error),
        }
    }

    /// A refusal in the words of the classic tools: the library put the reason on standard output.
    fn failure(&self, cid: u32, error: &Error) -> Outcome {
        match error.refusal() {
            Some(errno) if !self.common.json => {
                Outcome::failure("mnl_cb_run error: Error thrown from genetlink library\n")
                    .after(&format!("{}\n", errno.desc()))
            }
            _ => Outcome::failure(format!("{PROGRAM}: connection {cid}: {error}\n")),
        }
    }
}

/// A cid: a positive number of at most 31 bits.
fn parse_cid(text: &str) -> Option<u32> {
    let cid: i32 = text.trim().parse().ok()?;
    u32::try_from(cid).ok().filter(|_| cid >= CID_MIN)
}

#[cfg(test)]
mod tests {
    use super::parse_cid;

    #[test]
    fn cids() {
        assert_eq!(parse_cid("1"), Some(1));
        assert_eq!(parse_cid("2147483647"), Some(2_147_483_647));
        for not_a_cid in [
            "",
            "0",
            "-5",
            "abc",
            "12abc",
            "0x1",
            "1.5",
            "2147483648",
            "99999999999999999999",
        ] {
            assert_eq!(parse_cid(not_a_cid), None, "{not_a_cid}");
        }
    }
}
