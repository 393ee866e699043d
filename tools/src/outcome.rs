//! What a run of a program comes to.

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
        let written = io::stdout()
            .write_all(self.stdout.as_bytes())
            .and_then(|()| io::stdout().flush());
        // Nobody is left to hear of a failure to write here.
        let _ = io::stderr().write_all(self.stderr.as_bytes());
        if let Err(error) = written {
            let _ = writeln!(io::stderr(), "cannot write to standard output: {error}");
            return ExitCode::FAILURE;
        }
        ExitCode::from(self.status)
    }
}

/// Gives `SIGPIPE` back its usual effect, which the Rust runtime has switched off: in `readvars 1 | head -3`, say, the program
/// ends in silence.
pub fn restore_sigpipe() {
    use nix::sys::signal::{SigHandler, Signal, signal};
    // SAFETY: the default action is no handler of ours. It can only fail for signals that do not exist.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
}
