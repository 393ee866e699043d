//! `listlisteners`, see [`estats_tools::listlisteners`].

use estats_tools::{listlisteners, outcome};
use std::process::ExitCode;

fn main() -> ExitCode {
    outcome::restore_sigpipe();
    listlisteners::run(std::env::args_os()).report()
}
