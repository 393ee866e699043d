//! `record_read`, see [`estats_tools::record_read`].

use estats_tools::{outcome, record_read};
use std::process::ExitCode;

fn main() -> ExitCode {
    outcome::restore_sigpipe();
    record_read::run(std::env::args_os()).report()
}
