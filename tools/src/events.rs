//! `estats-events`: connections as they are established and closed.

use crate::command_line::{self, Common};
use crate::{Outcome, event_line, json};
use clap::Parser;
use estats_protocol::client::Error;
use estats_protocol::{Client, Events};
use estats_spec::endpoint::{DEFAULT_SOCKET, SOCKET_ENV};
use std::ffi::OsString;
use std::io::{self, BufWriter, Write};
use std::time::Duration;

const PROGRAM: &str = "estats-events";

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
  --socket path  socket of the daemon; else that in {SOCKET_ENV}, else
                 {DEFAULT_SOCKET}
  -h, --help     this text
  -V, --version  the version

  What could not be read fast enough is counted on standard error.
"
    )
}

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

/// Runs the program with its arguments, the name it was called by first; prints to `stdout` and `stderr` what happens, until
/// as much has happened as was wanted, or there is nobody to hear it from or to tell it to.
#[must_use]
pub fn run(arguments: impl Iterator<Item = OsString>, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Outcome {
    let arguments: Arguments = match command_line::parse(PROGRAM, arguments) {
        Ok(arguments) => arguments,
        Err(outcome) => return outcome,
    };
    if arguments.common.help {
        return Outcome::success(usage());
    }
    if arguments.common.version {
        return Outcome::success(format!("{PROGRAM} {}\n", env!("CARGO_PKG_VERSION")));
    }
    match arguments.follow(stdout, stderr) {
        Ok(()) => Outcome::default(),
        Err(reason) => Outcome::failure(format!("{PROGRAM}: {reason}\n")),
    }
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

    fn follow(&self, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Result<(), String> {
        let said = |error: Error| error.to_string();
        let written = |error: io::Error| format!("cannot write to standard output: {error}");
        let count: usize = match self.count.as_deref().map(str::parse) {
            None => usize::MAX,
            Some(Ok(count)) => count,
            Some(Err(_)) => return Err("--count wants a number".to_owned()),
        };
        let mut client = Client::connect(&self.common.socket()).map_err(said)?;
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
                let _ = writeln!(stderr, "{PROGRAM}: {} missed", notice.missed);
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
