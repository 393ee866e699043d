//! `record_write`: a record file of a connection, or of JSON.

use crate::command_line::{self, Common, Program};
use crate::rounds::{self, Rounds, Usually};
use crate::{Outcome, json, record_listing, recording, subject};
use clap::Parser;
use estats_protocol::Masks;
use estats_protocol::record_file::{Entry, Format, Order};
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

#[derive(Parser, Debug)]
#[command(disable_help_flag = true, disable_version_flag = true, args_override_self = true)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    rounds: Rounds,
    #[arg(short, long, value_name = "FILE", default_value = recording::FILE)]
    output: PathBuf,
    #[arg(long, value_name = "FILE")]
    from_json: Option<PathBuf>,
    #[arg(long, value_name = "NAME")]
    generation: Option<String>,
    #[arg(long)]
    big_endian: bool,
    #[arg(long)]
    little_endian: bool,
    /// The cid; the classic tool does not mind more arguments behind it.
    cid: Vec<String>,
}

impl Program for Arguments {
    const NAME: &'static str = "record_write";

    fn usage() -> String {
        format!(
            "Usage: record_write cid

  Writes the variables of the connection with this cid to {0},
  in the format of the C library, and prints them.

  -o, --output file
                 another file
  --from-json file
                 no connection, but lines of JSON as readvars --json,
                 watchvars --json and record_read --json print them; - is
                 standard input
  --big-endian, --little-endian
                 the byte order, if not that of this machine
{1}{2}  --json         a line of JSON for each record instead of the listing
{3}",
            recording::FILE,
            recording::USAGE,
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
        let format = recording::format(self.generation.as_deref()).map_err(Self::failure)?;
        let order = match (self.big_endian, self.little_endian) {
            (true, true) => return Err(Self::failure("--big-endian and --little-endian exclude each other")),
            (true, false) => Order::Big,
            (false, true) => Order::Little,
            (false, false) => Order::NATIVE,
        };
        let written = |entries: &[Entry]| {
            let bytes = format.write(order, entries);
            fs::write(&self.output, bytes).map_err(|error| recording::unusable(&self.output, &error))
        };
        match &self.from_json {
            Some(lines) => {
                written(&converted(lines, format)?)?;
                Ok(Outcome::default())
            }
            None => self.record(format, written),
        }
    }

    /// Reads the connection as often as wanted. The file is complete after every time.
    fn record(&self, format: Format, written: impl Fn(&[Entry]) -> Result<(), Outcome>) -> Result<Outcome, Outcome> {
        let cid = self.cid.first();
        let cid = cid.ok_or_else(|| Outcome::shown_instead("Usage: record_write cid\n"))?;
        let cid = subject::parse_cid(cid).ok_or_else(|| Outcome::failure("Invalid argument\n"))?;
        let plan = self.rounds.plan::<Self>(Usually::Once)?;
        let mut client = self.connect()?;
        let mut entries = Vec::new();
        Ok(plan.carry_out(|| {
            let reading = subject::read(self, &mut client, cid, &Masks::ALL)?;
            let entry = Entry::of(&reading, format.set);
            let text = if self.common.json {
                json::record(&entry, format.set).map_err(Self::failure)?
            } else {
                let values = record_listing::values(&entry, format.set);
                record_listing::time(&entry) + &values.expect("the addresses of a reading are of a known type")
            };
            entries.push(entry);
            written(&entries)?;
            Ok(text)
        }))
    }
}

/// The records in lines of JSON.
fn converted(file: &Path, format: Format) -> Result<Vec<Entry>, Outcome> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        io::stdin().read_to_string(&mut text).map(drop)
    } else {
        fs::read_to_string(file).map(|content| text = content)
    };
    read.map_err(|error| recording::unusable(file, &error))?;
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            let place = format!("{}, line {number}", file.display());
            json::parse_record(line, format.set).map_err(|reason| Arguments::failure(format!("{place}: {reason}")))
        })
        .collect()
}
