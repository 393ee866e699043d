//! `record_write`, see [`estats_tools::record_write`].

use estats_tools::{outcome, record_write};
use std::process::ExitCode;

fn main() -> ExitCode {
    outcome::restore_sigpipe();
    record_write::run(std::env::args_os()).report()
}
