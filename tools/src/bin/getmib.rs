//! `getmib`, see [`estats_tools::getmib`].

use estats_tools::{getmib, outcome};
use std::process::ExitCode;

fn main() -> ExitCode {
    outcome::restore_sigpipe();
    getmib::run(std::env::args_os()).report()
}
