//! What the command lines have in common.

use crate::Outcome;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::ffi::OsString;
use std::path::PathBuf;

/// Options of every program. The usage texts are the programs' own, so clap's are switched off.
#[derive(clap::Args, Debug)]
pub struct Common {
    /// Where the daemon listens, instead of the place given by the environment or the default one.
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// JSON instead of text.
    #[arg(long)]
    pub json: bool,
    /// The usage text.
    #[arg(short, long)]
    pub help: bool,
    /// The version.
    #[arg(short = 'V', long)]
    pub version: bool,
}

impl Common {
    /// Where the daemon listens.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.socket.clone().unwrap_or_else(estats_protocol::client::socket_path)
    }
}

/// Reads the arguments of `program`, which include the name it was called by.
///
/// # Errors
///
/// An unusable option or a missing argument of one, in the words of the C library's `getopt`.
pub fn parse<T: clap::Parser>(program: &str, arguments: impl Iterator<Item = OsString>) -> Result<T, Outcome> {
    T::try_parse_from(arguments).map_err(|error| Outcome::failure(format!("{program}: {}\n", complaint(&error))))
}

fn complaint(error: &clap::Error) -> String {
    let argument = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => argument.as_str(),
        Some(ContextValue::Strings(arguments)) => arguments.first().map_or("", String::as_str),
        _ => "",
    };
    // Clap adds the name of the value: "-m <MASK>", "--socket <PATH>".
    let option = argument.split([' ', '=']).next().unwrap_or_default();
    let (long, letter) = (option.starts_with("--"), option.trim_start_matches('-'));
    match error.kind() {
        ErrorKind::UnknownArgument if long => format!("unrecognized option '{option}'"),
        ErrorKind::UnknownArgument => format!("invalid option -- '{}'", letter.chars().next().unwrap_or('-')),
        // The programs' own values are strings: what is invalid about one is that it is not there.
        ErrorKind::InvalidValue if long => format!("option '{option}' requires an argument"),
        ErrorKind::InvalidValue => format!("option requires an argument -- '{letter}'"),
        ErrorKind::TooManyValues => format!("option '{option}' doesn't allow an argument"),
        _ => error.to_string().trim_end().to_owned(),
    }
}
