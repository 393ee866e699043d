//! What a run of a program comes to.

use nix::errno::Errno;
use std::io::{self, Write};
use std::process::ExitCode;

/// What a program writes, and its exit status.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// For standard output.
    pub stdout: String,
    /// For standard error.
    pub stderr: String,
    /// 0 or 1.
    pub status: u8,
}

impl Outcome {
    /// Success, with what it prints.
    #[must_use]
    pub fn success(stdout: impl Into<String>) -> Self {
        Self {
            stdout: stdout.into(),
            ..Self::default()
        }
    }

    /// Failure, with what it prints on standard error.
    #[must_use]
    pub fn failure(stderr: impl Into<String>) -> Self {
        Self {
            stderr: stderr.into(),
            status: 1,
            ..Self::default()
        }
    }

    /// Failure of a command line, with what is printed on standard output instead.
    #[must_use]
    pub fn shown_instead(stdout: impl Into<String>) -> Self {
        Self {
            status: 1,
            ..Self::success(stdout)
        }
    }

    /// A refusal of the daemon in the words of the classic tools: the library put the reason on standard output.
    #[must_use]
    pub fn refusal(errno: Errno) -> Self {
        Self::failure("mnl_cb_run error: Error thrown from genetlink library\n").after(&format!("{}\n", errno.desc()))
    }

    /// The same, with this on standard output before it.
    #[must_use]
    pub fn after(mut self, stdout: &str) -> Self {
        self.stdout.insert_str(0, stdout);
        self
    }

    /// Writes everything.
    ///
    /// The reader of a pipe may close it: the program then ends by `SIGPIPE`, if [`restore_sigpipe`] was called. What cannot be
    /// written for another reason is a failure.
    #[must_use]
    pub fn report(self) -> ExitCode {
        let written = print(&self.stdout);
        // Nobody is left to hear of a failure to write here.
        let _ = io::stderr().write_all(self.stderr.as_bytes());
        if let Err(failure) = written {
            let _ = io::stderr().write_all(failure.stderr.as_bytes());
            return ExitCode::FAILURE;
        }
        ExitCode::from(self.status)
    }
}

impl From<Result<String, Outcome>> for Outcome {
    /// What a program prints, or its failure.
    fn from(result: Result<String, Outcome>) -> Self {
        result.map_or_else(|failure| failure, Self::success)
    }
}

impl From<Result<Self, Self>> for Outcome {
    /// Whichever it is: a failure ends a program early.
    fn from(result: Result<Self, Self>) -> Self {
        result.unwrap_or_else(|failure| failure)
    }
}

/// Writes to standard output, at once.
///
/// # Errors
///
/// The failure of the program when it cannot be written.
pub fn print(text: &str) -> Result<(), Outcome> {
    let mut stdout = io::stdout();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(|error| Outcome::failure(format!("cannot write to standard output: {error}\n")))
}

/// Gives `SIGPIPE` back its usual effect, which the Rust runtime has switched off: in `readvars 1 | head -3`, say, the program
/// ends in silence.
pub fn restore_sigpipe() {
    use nix::sys::signal::{SigHandler, Signal, signal};
    // SAFETY: the default action is no handler of ours. It can only fail for signals that do not exist.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
}
