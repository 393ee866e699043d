//! `estats-control`, see [`estats_tools::control`].

use estats_tools::{control, outcome};
use std::process::ExitCode;

fn main() -> ExitCode {
    outcome::restore_sigpipe();
    control::run(std::env::args_os()).report()
}
