//! `logger`, see [`estats_tools::logger`].

use estats_tools::{logger, outcome};
use std::process::ExitCode;

fn main() -> ExitCode {
    outcome::restore_sigpipe();
    logger::run(std::env::args_os()).report()
}
