//! `readvars`: the variables of one connection.

use crate::command_line::{self, Common, Program};
use crate::rounds::{self, Rounds, Usually};
use crate::subject::{self, Subject};
use crate::variable_listing::{self, Style};
use crate::{Outcome, instrument_listing, json};
use clap::Parser;
use std::ffi::OsString;

#[derive(Parser, Debug)]
#[command(disable_help_flag = true, disable_version_flag = true, args_override_self = true)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    rounds: Rounds,
    #[command(flatten)]
    subject: Subject,
    #[arg(long)]
    all: bool,
}

impl Program for Arguments {
    const NAME: &'static str = "readvars";

    fn usage() -> String {
        format!(
            "

readvars cid [-m mask]

  Prints the variables of the connection with this cid; listconns tells
  which there are. Only root and the user or the group that owns the
  connection may read it.

{}  --all          every instrument that is measured, also those that the
                 classic tools never knew, with its unit
  --json         one line of JSON instead of the listing
{}{}
",
            subject::usage_of_masks(Self::NAME),
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
pub fn run(arguments: impl ExactSizeIterator<Item = OsString>) -> Outcome {
    if arguments.len() <= 1 {
        return Outcome::shown_instead(Arguments::usage());
    }
    command_line::run(arguments, Arguments::run)
}

impl Arguments {
    fn run(&self) -> Result<Outcome, Outcome> {
        let cid = self.subject.cid()?;
        if self.all {
            return self.read_all(cid);
        }
        let masks = self.subject.masks::<Self>()?;
        let plan = self.rounds.plan::<Self>(Usually::Once)?;
        let mut client = self.connect()?;
        Ok(plan.carry_out(|| {
            let reading = subject::read(self, &mut client, cid, &masks)?;
            Ok(if self.common.json {
                json::reading(&reading, &masks)
            } else {
                variable_listing::listing(&reading, Style::Read)
            })
        }))
    }

    fn read_all(&self, cid: u32) -> Result<Outcome, Outcome> {
        if !self.subject.masks.is_empty() {
            return Err(Self::failure("-m and --all exclude each other"));
        }
        let plan = self.rounds.plan::<Self>(Usually::Once)?;
        let mut client = self.connect()?;
        Ok(plan.carry_out(|| match client.read_row(cid) {
            Ok(row) if self.common.json => Ok(json::row(&row)),
            Ok(row) => Ok(instrument_listing::listing(&row)),
            Err(error) if error.refusal().is_some() => Err(Self::failure(format!("connection {cid}: {error}"))),
            Err(error) => Err(Self::failure(error)),
        }))
    }
}
