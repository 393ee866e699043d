//! `record_read`: what is in a record file.

use crate::command_line::{self, Common, Program};
use crate::{Outcome, json, record_listing, recording};
use clap::Parser;
use estats_protocol::record_file::{Entry, Format};
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

#[derive(Parser, Debug)]
#[command(disable_help_flag = true, disable_version_flag = true, args_override_self = true)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[arg(long, value_name = "NAME")]
    generation: Option<String>,
    #[arg(long)]
    all: bool,
    /// The file; there are no more.
    #[arg(default_value = recording::FILE, hide = true)]
    files: Vec<PathBuf>,
}

impl Program for Arguments {
    const NAME: &'static str = "record_read";

    fn usage() -> String {
        format!(
            "

record_read [file]

  Prints the first record of a file that record_write or a program with the
  C library wrote: {}, or another.

  --all          all its records
  --json         a line of JSON for each of its records, as record_write
                 --from-json takes them
{}  -h, --help     this text
  -V, --version  the version

",
            recording::FILE,
            recording::USAGE
        )
    }

    fn common(&self) -> &Common {
        &self.common
    }
}

/// Runs the program with its arguments, the name it was called by first.
#[must_use]
pub fn run(arguments: impl Iterator<Item = OsString>) -> Outcome {
    command_line::run(arguments, Arguments::read)
}

impl Arguments {
    fn read(&self) -> Result<String, Outcome> {
        let format = recording::format(self.generation.as_deref()).map_err(Self::failure)?;
        let [file] = self.files.as_slice() else {
            return Err(Self::failure("one file is enough"));
        };
        let bytes = fs::read(file).map_err(|error| recording::unusable(file, &error))?;
        let (_, entries) = format.read(&bytes).map_err(|damage| {
            // What the C library says, which is not much, and then what is the matter.
            let reason = Self::failure(format!("{}: {damage}", file.display())).stderr;
            Outcome::failure(format!("{}\n{reason}", damage.legacy()))
        })?;
        if self.common.json {
            let lines = entries.iter().map(|entry| json::record(entry, format.set));
            return lines.collect::<Result<String, _>>().map_err(Self::failure);
        }
        if self.all {
            return entries.iter().map(|entry| listing(entry, format)).collect();
        }
        let first = entries.first().ok_or_else(|| Outcome::failure("End of file\n"))?;
        listing(first, format)
    }
}

fn listing(entry: &Entry, format: Format) -> Result<String, Outcome> {
    let time = record_listing::time(entry);
    match record_listing::values(entry, format.set) {
        Some(values) => Ok(time + &values),
        None => Err(Outcome::failure("Unknown address type\n").after(&time)),
    }
}
