//! `deltavars`, see [`estats_tools::watching`].

use estats_tools::{outcome, watching};
use std::process::ExitCode;

fn main() -> ExitCode {
    outcome::restore_sigpipe();
    watching::run::<watching::Delta>(std::env::args_os()).report()
}
