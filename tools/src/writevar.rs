//! `writevar`: sets a variable of a connection.

use crate::command_line::{self, Common, Program};
use crate::{Outcome, subject};
use clap::Parser;
use std::ffi::OsString;

#[derive(Parser, Debug)]
#[command(disable_help_flag = true, disable_version_flag = true, args_override_self = true)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    /// Cid, name and value; the classic tool does not mind more.
    words: Vec<String>,
}

impl Program for Arguments {
    const NAME: &'static str = "writevar";

    fn usage() -> String {
        format!(
            "

writevar cid var-name value

  Sets a variable of the connection with this cid: LimCwnd or LimRwin, in
  octets. Only root and the user that owns the connection may do that.

  --json         failures on standard error only
{}
",
            command_line::usage_of_common()
        )
    }

    fn common(&self) -> &Common {
        &self.common
    }
}

/// Runs the program with its arguments, the name it was called by first.
#[must_use]
pub fn run(arguments: impl Iterator<Item = OsString>) -> Outcome {
    let arguments: Vec<_> = arguments.collect();
    // The classic tool counts its arguments before it looks at them: -h alone is not enough of them.
    if arguments.len() < 4 && arguments.iter().any(|argument| argument == "-h") {
        return Outcome::shown_instead(Arguments::usage());
    }
    command_line::run(arguments.into_iter(), Arguments::write)
}

impl Arguments {
    fn write(&self) -> Result<String, Outcome> {
        let [cid, name, value, ..] = self.words.as_slice() else {
            return Err(Outcome::shown_instead(Self::usage()));
        };
        let invalid = || Outcome::failure("Invalid argument\n");
        let cid = subject::parse_cid(cid).ok_or_else(invalid)?;
        let value = value
            .parse()
            .map_err(|_| Self::failure(format!("the value '{value}' is no decimal number below 2^32")))?;
        self.connect()?
            .write_var(cid, name, value)
            .map_err(|error| subject::failure(self, cid, &error))?;
        Ok(String::new())
    }
}
