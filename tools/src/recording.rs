//! What `record_write` and `record_read` have in common: where the file is, and whose.

use crate::Outcome;
use estats_protocol::record_file::Format;
use estats_spec::libraries;
use nix::errno::Errno;
use std::io;
use std::path::Path;

/// Where the classic tools have their file.
pub const FILE: &str = "./test-record";

/// The part of a usage text about generations.
pub const USAGE: &str = "  --generation g
                 the file is that of a library of this generation, such
                 as l3-v122, and not of the last one, l3-v124b
";

/// The format of a generation's files; without a name, of the last generation's.
///
/// # Errors
///
/// There is no generation of this name that has files. The names are in the text.
pub fn format(generation: Option<&str>) -> Result<Format, String> {
    let Some(name) = generation else {
        return Ok(Format {
            typed_addresses: false,
            set: &estats_spec::sets::V124B,
        });
    };
    let with_files = || {
        libraries::ALL
            .into_iter()
            .filter(|library| Format::of(library).is_some())
    };
    let found = with_files().find(|library| library.generation.eq_ignore_ascii_case(name));
    found.and_then(Format::of).ok_or_else(|| {
        let mut names: Vec<_> = with_files().map(|library| library.generation).collect();
        names.dedup();
        format!("there are no record files of '{name}', but of {}", names.join(", "))
    })
}

/// The failure of a program that cannot open, read or write a file, in the words of the C library.
#[must_use]
pub fn unusable(file: &Path, error: &io::Error) -> Outcome {
    let reason = error
        .raw_os_error()
        .map(|number| Errno::from_raw(number).desc().to_owned());
    Outcome::failure(format!(
        "{}: {}\n",
        file.display(),
        reason.unwrap_or_else(|| error.to_string())
    ))
}
