//! `readvars`, see [`estats_tools::readvars`].

use estats_tools::{outcome, readvars};
use std::process::ExitCode;

fn main() -> ExitCode {
    outcome::restore_sigpipe();
    readvars::run(std::env::args_os()).report()
}
