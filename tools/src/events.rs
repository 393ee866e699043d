//! `estats-events`: connections as they are established and closed.

use crate::command_line::{self, Common, Program};
use crate::{Outcome, event_line, json};
use clap::Parser;
use estats_protocol::Events;
use estats_protocol::client::Error;
use std::ffi::OsString;
use std::io::{self, BufWriter, Write};
use std::time::Duration;

#[derive(Parser, Debug)]
#[command(disable_help_flag = true, disable_version_flag = true, args_override_self = true)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[arg(long)]
    established: bool,
    #[arg(long)]
    closed: bool,
    #[arg(long, value_name = "N")]
    count: Option<String>,
}

impl Program for Arguments {
    const NAME: &'static str = "estats-events";

    fn usage() -> String {
        format!(
            "estats-events [--established] [--closed]

  Prints a line for each TCP connection that is established or closed,
  from now on. Closed ones come with final values, and only to root and
  to the user or the group that owned them.

  --established  only these
  --closed       only these
  --count n      end after so many
  --json         a line of JSON for each, of closed ones with all final
                 values
{}
  What could not be read fast enough is counted on standard error.
",
            command_line::usage_of_common()
        )
    }

    fn common(&self) -> &Common {
        &self.common
    }
}

/// Runs the program with its arguments, the name it was called by first; prints to `stdout` and `stderr` what happens, until
/// as much has happened as was wanted, or there is nobody to hear it from or to tell it to.
#[must_use]
pub fn run(arguments: impl Iterator<Item = OsString>, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Outcome {
    command_line::run(arguments, |program: &Arguments| {
        program.follow(stdout, stderr).map(|()| String::new())
    })
}

impl Arguments {
    fn events(&self) -> Events {
        if self.established == self.closed {
            Events::ALL
        } else {
            Events {
                established: self.established,
                closed: self.closed,
            }
        }
    }

    fn follow(&self, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Result<(), Outcome> {
        let said = |error: Error| Self::failure(error);
        let written = |error: io::Error| Self::failure(format!("cannot write to standard output: {error}"));
        let count: usize = match self.count.as_deref().map(str::parse) {
            None => usize::MAX,
            Some(Ok(count)) => count,
            Some(Err(_)) => return Err(Self::failure("--count wants a number")),
        };
        let mut client = self.connect()?;
        client.subscribe(self.events()).map_err(said)?;
        // Written out when nothing more is there at once: many events are then not a system call each.
        let mut stdout = BufWriter::new(stdout);
        for _ in 0..count {
            let mut notice = client.next_notice(Duration::ZERO).map_err(said)?;
            if notice.is_none() {
                stdout.flush().map_err(written)?;
                notice = client.notices().next().transpose().map_err(said)?;
            }
            let Some(notice) = notice else {
                break;
            };
            if notice.missed != 0 {
                // Of no use to whoever cannot be told.
                let _ = writeln!(stderr, "{}: {} missed", Self::NAME, notice.missed);
            }
            let line = if self.common.json {
                json::notice(&notice)
            } else {
                event_line::line(&notice)
            };
            stdout.write_all(line.as_bytes()).map_err(written)?;
        }
        stdout.flush().map_err(written)
    }
}
