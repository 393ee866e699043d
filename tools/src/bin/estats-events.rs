//! `estats-events`, see [`estats_tools::events`].

use estats_tools::{events, outcome};
use std::io;
use std::process::ExitCode;

fn main() -> ExitCode {
    outcome::restore_sigpipe();
    events::run(std::env::args_os(), &mut io::stdout(), &mut io::stderr()).report()
}
