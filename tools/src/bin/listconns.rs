//! `listconns`, see [`estats_tools::listconns`].

use estats_tools::{listconns, outcome};
use std::process::ExitCode;

fn main() -> ExitCode {
    outcome::restore_sigpipe();
    listconns::run(std::env::args_os()).report()
}
