//! Running other programs, with errors that name the command.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};

/// Runs `command` to its end, with its output going to ours and nothing to read.
///
/// # Errors
/// When it cannot be started or does not succeed.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| not_started(command))?;
    if !status.success() {
        bail!("`{}` failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs `command` and returns what it wrote to its standard output, without the last newline.
///
/// # Errors
/// When it cannot be started or does not succeed; the error carries its standard error.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let text = String::from_utf8(read_octets(command)?)
        .with_context(|| format!("`{}` printed something not UTF-8", shown(command)))?;
    Ok(text.trim_end().to_owned())
}

/// Runs `command` and returns what it wrote to its standard output.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_octets(command: &mut Command) -> Result<Vec<u8>> {
    let Output { status, stdout, stderr } = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| not_started(command))?;
    if !status.success() {
        bail!(
            "`{}` failed ({status}): {}",
            shown(command),
            String::from_utf8_lossy(&stderr).trim_end()
        );
    }
    Ok(stdout)
}

/// Whether `command` runs and succeeds; its output is thrown away.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let silent = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    silent.status().is_ok_and(|status| status.success())
}

/// Finds a program as a shell would, and in the system administrator's directories, which an ordinary user's search
/// path may leave out although `nft` and `ip` live there.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let administrator = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    env::split_paths(&path)
        .chain(administrator)
        .map(|dir| dir.join(program))
        .find(|file| is_executable(file))
}

fn is_executable(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// The command line as a user would type it; arguments that a shell would split are quoted.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(quoted).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+@%^".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn not_started(command: &Command) -> String {
    format!("could not start `{}`", shown(command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command() {
        let error = run(Command::new("sh").args(["-c", "exit 3"])).unwrap_err().to_string();
        assert_eq!(error, "`sh -c 'exit 3'` failed (exit status: 3)");
    }

    #[test]
    fn a_failure_to_start_names_the_command() {
        let error = read(&mut Command::new("/nowhere/at-all")).unwrap_err().to_string();
        assert_eq!(error, "could not start `/nowhere/at-all`");
    }

    #[test]
    fn a_failed_read_carries_standard_error() {
        let error = read(Command::new("sh").args(["-c", "echo out; echo why >&2; exit 1"]))
            .unwrap_err()
            .to_string();
        assert!(error.ends_with("failed (exit status: 1): why"), "{error}");
    }

    #[test]
    fn quotes_survive_a_shell() {
        for word in ["plain", "two words", "it's", "", "$HOME", "a'b'c"] {
            let echoed = read(
                Command::new("sh")
                    .arg("-c")
                    .arg(format!("printf %s {}", quoted(OsStr::new(word)))),
            );
            assert_eq!(echoed.unwrap(), word);
        }
    }
}
