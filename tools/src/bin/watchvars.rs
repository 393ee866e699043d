//! `watchvars`, see [`estats_tools::watching`].

use estats_tools::{outcome, watching};
use std::process::ExitCode;

fn main() -> ExitCode {
    outcome::restore_sigpipe();
    watching::run::<watching::Watch>(std::env::args_os()).report()
}
