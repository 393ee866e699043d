//! `listconninfo`, see [`estats_tools::listconninfo`].

use estats_tools::{listconninfo, outcome};
use std::process::ExitCode;

fn main() -> ExitCode {
    outcome::restore_sigpipe();
    listconninfo::run(std::env::args_os()).report()
}
