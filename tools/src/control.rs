//! `estats-control`: the scalars, to read and to set.

use crate::command_line::{self, Common, Program};
use crate::{Outcome, json, scalars};
use clap::Parser;
use estats_spec::scalars::{SCALARS, ScalarInfo};
use std::ffi::OsString;

#[derive(Parser, Debug)]
#[command(disable_help_flag = true, disable_version_flag = true, args_override_self = true)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    /// The scalar's name, and the value to set it to.
    words: Vec<String>,
}

impl Program for Arguments {
    const NAME: &'static str = "estats-control";

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
{}
{scalars}",
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
    command_line::run(arguments, Arguments::perform)
}

impl Arguments {
    fn perform(&self) -> Result<String, Outcome> {
        let (name, value) = match self.words.as_slice() {
            [] => (None, None),
            [name] => (Some(name), None),
            [name, value] => (Some(name), Some(value)),
            [_, _, more, ..] => {
                let reason = format!("what is {more:?} for? A name and a value are enough");
                return Err(Self::failure(reason));
            }
        };
        let scalar = name.map(|name| find(name)).transpose().map_err(Self::failure)?;
        if let (Some(scalar), Some(value)) = (scalar, value) {
            let scalar = scalars::parse(scalar, value).map_err(Self::failure)?;
            self.connect()?.set_scalar(scalar).map_err(Self::failure)?;
            return Ok(String::new());
        }
        let all = self.connect()?.scalars().map_err(Self::failure)?;
        if self.common.json {
            return Ok(json::scalars(&all, scalar));
        }
        Ok(SCALARS
            .iter()
            .filter(|other| scalar.is_none_or(|scalar| scalar.member == other.member))
            .filter_map(|scalar| Some(format!("{}={}\n", scalar.name, scalars::value(scalar, &all)?)))
            .collect())
    }
}

fn find(name: &str) -> Result<&'static ScalarInfo, String> {
    ScalarInfo::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = SCALARS.iter().map(|scalar| scalar.name).collect();
        format!("there is no scalar {name:?}, but {}", names.join(", "))
    })
}
