//! Running the programs.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// One of the programs.
pub(crate) fn path(name: &str) -> &'static Path {
    Path::new(match name {
        "estats-control" => env!("CARGO_BIN_EXE_estats-control"),
        "estats-events" => env!("CARGO_BIN_EXE_estats-events"),
        "listconns" => env!("CARGO_BIN_EXE_listconns"),
        "listlisteners" => env!("CARGO_BIN_EXE_listlisteners"),
        "deltavars" => env!("CARGO_BIN_EXE_deltavars"),
        "getmib" => env!("CARGO_BIN_EXE_getmib"),
        "listconninfo" => env!("CARGO_BIN_EXE_listconninfo"),
        "logger" => env!("CARGO_BIN_EXE_logger"),
        "record_read" => env!("CARGO_BIN_EXE_record_read"),
        "record_write" => env!("CARGO_BIN_EXE_record_write"),
        "writevar" => env!("CARGO_BIN_EXE_writevar"),
        "watchvars" => env!("CARGO_BIN_EXE_watchvars"),
        "readvars" => env!("CARGO_BIN_EXE_readvars"),
        _ => panic!("no program {name}"),
    })
}

/// The program, to be run with the daemon at `socket`.
pub(crate) fn command(name: &str, socket: &Path) -> Command {
    let mut command = Command::new(path(name));
    command.env("ESTATS_SOCKET", socket);
    command
}

/// Standard output, standard error and exit status of a run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Result {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) status: Option<i32>,
}

impl From<Output> for Result {
    fn from(output: Output) -> Self {
        Self {
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
            status: output.status.code(),
        }
    }
}

impl Result {
    pub(crate) fn new(stdout: &str, stderr: &str, status: i32) -> Self {
        Self {
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
            status: Some(status),
        }
    }
}

/// Runs the program with the daemon at `socket`.
pub(crate) fn run(name: &str, socket: &Path, arguments: &[&str]) -> Result {
    command(name, socket)
        .args(arguments)
        .output()
        .expect("the program runs")
        .into()
}

/// A path where nobody listens.
pub(crate) fn nowhere() -> PathBuf {
    std::env::temp_dir().join(format!("estats-tools-{}-nowhere", std::process::id()))
}
