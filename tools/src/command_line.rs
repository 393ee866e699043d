//! What the command lines have in common.

use crate::Outcome;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use estats_protocol::Client;
use estats_protocol::client::Error;
use estats_spec::endpoint::{DEFAULT_SOCKET, SOCKET_ENV};
use std::ffi::OsString;
use std::fmt::Display;
use std::path::PathBuf;

/// A program: what its arguments are, and how it speaks.
pub trait Program: clap::Parser {
    /// The name under which it complains.
    const NAME: &'static str;

    /// The usage text.
    fn usage() -> String;

    /// The options of every program.
    fn common(&self) -> &Common;

    /// Connects to the daemon.
    ///
    /// # Errors
    ///
    /// The failure of the program when there is none.
    fn connect(&self) -> Result<Client, Outcome> {
        Client::connect(&self.common().socket()).map_err(Self::failure)
    }

    /// The failure of the program when the daemon does not list the connections.
    #[must_use]
    fn list_failure(error: &Error) -> Outcome {
        match error.refusal() {
            Some(_) => Outcome::failure("error: Error thrown from genetlink library\n"),
            None => Self::failure(error),
        }
    }

    /// The failure of the program for this reason.
    fn failure(reason: impl Display) -> Outcome {
        Outcome::failure(format!("{}: {reason}\n", Self::NAME))
    }
}

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

/// The part of a usage text about the options of every program.
#[must_use]
pub fn usage_of_common() -> String {
    format!(
        "  --socket path  socket of the daemon; else that in {SOCKET_ENV}, else
                 {DEFAULT_SOCKET}
  -h, --help     this text
  -V, --version  the version
"
    )
}

/// Reads the arguments of a program, which include the name it was called by, and runs it unless they ask for nothing but
/// the usage text or the version.
pub fn run<P: Program, R: Into<Outcome>>(
    arguments: impl Iterator<Item = OsString>,
    program: impl FnOnce(&P) -> R,
) -> Outcome {
    match P::try_parse_from(arguments) {
        Ok(parsed) if parsed.common().help => Outcome::success(P::usage()),
        Ok(parsed) if parsed.common().version => {
            Outcome::success(format!("{} {}\n", P::NAME, env!("CARGO_PKG_VERSION")))
        }
        Ok(parsed) => program(&parsed).into(),
        Err(error) => P::failure(complaint(&error)),
    }
}

/// An unusable option or a missing argument of one, in the words of the C library's `getopt`.
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
