//! Putting a file in its place so that nobody ever sees half of it: under another name first, then renamed.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// What a file is to be.
#[derive(Debug)]
pub(crate) enum Content {
    /// A copy of another file.
    Copy {
        /// The other file.
        from: PathBuf,
        /// Its permissions here.
        mode: u32,
    },
    /// A text.
    Text {
        /// The whole of it.
        text: String,
        /// Its permissions.
        mode: u32,
    },
    /// A symbolic link to a name in the same directory.
    Link(&'static str),
}

/// Puts `content` at `path`, making directories as needed and replacing what was there. A program that runs from the
/// replaced file keeps it.
///
/// # Errors
/// When the file or a directory cannot be written.
pub(crate) fn place(path: &Path, content: &Content) -> Result<()> {
    place_unnamed(path, content).with_context(|| format!("could not install {}", path.display()))
}

fn place_unnamed(path: &Path, content: &Content) -> Result<()> {
    let directory = path.parent().context("no directory")?;
    fs::create_dir_all(directory)?;
    let name = path.file_name().context("no file name")?.to_string_lossy();
    let new = directory.join(format!(".{name}.new"));
    // Left by a run that was interrupted.
    if new.symlink_metadata().is_ok() {
        fs::remove_file(&new)?;
    }
    let mode = match content {
        Content::Copy { from, mode } => {
            fs::copy(from, &new).with_context(|| format!("from {}", from.display()))?;
            Some(*mode)
        }
        Content::Text { text, mode } => {
            fs::write(&new, text)?;
            Some(*mode)
        }
        Content::Link(target) => {
            symlink(target, &new)?;
            None
        }
    };
    if let Some(mode) = mode {
        fs::set_permissions(&new, fs::Permissions::from_mode(mode))?;
    }
    fs::rename(&new, path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory that is removed at the test's end.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(test: &str) -> Self {
            let path = std::env::temp_dir().join(format!("xtask-{test}-{}", std::process::id()));
            fs::create_dir(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_second_run_replaces_files_and_links_and_leaves_nothing_else() {
        let scratch = Scratch::new("replace");
        let (file, link) = (scratch.0.join("lib/file.so.1"), scratch.0.join("lib/file.so"));
        fs::create_dir(scratch.0.join("lib")).unwrap();
        fs::write(scratch.0.join("lib/.file.so.1.new"), "half").unwrap();
        for expected in ["old", "new"] {
            let text = expected.to_owned();
            let mode = 0o755;
            place(&file, &Content::Text { text, mode }).unwrap();
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o7777, mode);
            place(&link, &Content::Link("file.so.1")).unwrap();
            assert_eq!(fs::read_to_string(&link).unwrap(), expected);
        }
        assert_eq!(fs::read_dir(scratch.0.join("lib")).unwrap().count(), 2);
    }

    #[test]
    fn a_copy_has_the_permissions_asked_for() {
        let scratch = Scratch::new("mode");
        let (from, to) = (scratch.0.join("from"), scratch.0.join("a/b/to"));
        fs::write(&from, "program").unwrap();
        place(&to, &Content::Copy { from, mode: 0o755 }).unwrap();
        assert_eq!(to.metadata().unwrap().permissions().mode() & 0o7777, 0o755);
        assert_eq!(fs::read_to_string(&to).unwrap(), "program");
    }

    #[test]
    fn an_error_names_the_file() {
        let scratch = Scratch::new("error");
        let from = scratch.0.join("missing");
        let error = place(&scratch.0.join("to"), &Content::Copy { from, mode: 0o644 }).unwrap_err();
        let error = format!("{error:#}");
        assert!(
            error.contains("could not install") && error.contains("missing"),
            "{error}"
        );
    }
}
