//! `writevar`, see [`estats_tools::writevar`].

use estats_tools::{outcome, writevar};
use std::process::ExitCode;

fn main() -> ExitCode {
    outcome::restore_sigpipe();
    writevar::run(std::env::args_os()).report()
}
