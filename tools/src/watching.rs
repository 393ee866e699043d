//! `watchvars` and `deltavars`: the variables of one connection, again and again.

use crate::command_line::{self, Common, Program};
use crate::rounds::{self, Rounds, Usually};
use crate::subject::{self, Subject};
use crate::variable_listing::{self, Style};
use crate::{Outcome, json, variable_rows};
use clap::Parser;
use estats_protocol::{Masks, Reading};
use std::ffi::OsString;
use std::marker::PhantomData;

/// Which of the two programs it is, and in what they differ.
pub trait Watcher: Send + Sync + 'static {
    /// The program.
    const NAME: &'static str;
    /// What it does, for the usage text.
    const PURPOSE: &'static str;
    /// Its listing.
    const STYLE: Style;
    /// What follows each name in the header of its rows.
    const SEPARATOR: char;

    /// What is printed of a reading, the one before it being `older`.
    fn shown(reading: &Reading, older: Option<&Reading>) -> Reading;
}

/// `watchvars`: the variables as they are.
#[derive(Debug)]
pub struct Watch;

impl Watcher for Watch {
    const NAME: &'static str = "watchvars";
    const PURPOSE: &'static str = "the variables of the connection with this cid.";
    const STYLE: Style = Style::Watch;
    const SEPARATOR: char = '\t';

    fn shown(reading: &Reading, _: Option<&Reading>) -> Reading {
        reading.clone()
    }
}

/// `deltavars`: of counters, what came to them since the round before.
#[derive(Debug)]
pub struct Delta;

impl Watcher for Delta {
    const NAME: &'static str = "deltavars";
    const PURPOSE: &'static str = "the variables of the connection with this cid:
  of counters, what came to them since the time before (the first time:
  since the connection's beginning), of all others the value.";
    const STYLE: Style = Style::Delta;
    const SEPARATOR: char = ',';

    fn shown(reading: &Reading, older: Option<&Reading>) -> Reading {
        Reading {
            values: reading.values.increments(older.map(|older| &older.values)),
            ..reading.clone()
        }
    }
}

#[derive(Parser, Debug)]
#[command(disable_help_flag = true, disable_version_flag = true, args_override_self = true)]
struct Arguments<W: Watcher> {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    rounds: Rounds,
    #[command(flatten)]
    subject: Subject,
    /// Rows instead of listings.
    #[arg(short)]
    separated: bool,
    #[arg(skip)]
    which: PhantomData<W>,
}

impl<W: Watcher> Program for Arguments<W> {
    const NAME: &'static str = W::NAME;

    fn usage() -> String {
        format!(
            "

{} cid [-m mask] [-s] [-i interval]

  Prints again and again {}
  listconns tells which there are.

{}  -s             a row for each time, values separated by commas
{}  --json         a line of JSON each time
{}
",
            W::NAME,
            W::PURPOSE,
            subject::usage_of_masks(W::NAME),
            rounds::USAGE,
            command_line::usage_of_common()
        )
    }

    fn common(&self) -> &Common {
        &self.common
    }
}

/// Runs the program with its arguments, the name it was called by first. It prints as it goes.
#[must_use]
pub fn run<W: Watcher>(arguments: impl ExactSizeIterator<Item = OsString>) -> Outcome {
    if arguments.len() <= 1 {
        return Outcome::shown_instead(Arguments::<W>::usage());
    }
    command_line::run(arguments, Arguments::<W>::watch)
}

impl<W: Watcher> Arguments<W> {
    fn watch(&self) -> Result<Outcome, Outcome> {
        let cid = self.subject.cid()?;
        let masks = self.subject.masks::<Self>()?;
        let plan = self.rounds.plan::<Self>(Usually::ForEver)?;
        let mut client = self.connect()?;
        let mut older = None;
        Ok(plan.carry_out(|| {
            let reading = subject::read(self, &mut client, cid, &masks)?;
            let shown = W::shown(&reading, older.as_ref());
            let first = older.replace(reading).is_none();
            Ok(self.text(&shown, &masks, first))
        }))
    }

    fn text(&self, shown: &Reading, masks: &Masks, first: bool) -> String {
        if self.common.json {
            json::reading(shown, masks)
        } else if !self.separated {
            variable_listing::listing(shown, W::STYLE) + "\n\n"
        } else if first {
            variable_rows::header(shown, W::SEPARATOR) + &variable_rows::row(shown)
        } else {
            variable_rows::row(shown)
        }
    }
}
