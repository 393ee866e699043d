//! The file that tells clients the daemon's netlink port.

use std::{
    ffi::OsString,
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use estats_spec::endpoint::PORTID_SUFFIX;

/// The file; it goes away with the server, unless another daemon has written its own meanwhile.
#[derive(Debug)]
pub(super) struct PortidFile {
    path: PathBuf,
    content: String,
}

impl PortidFile {
    /// Publishes `port` beside the Unix socket `socket`. Readers see the whole number or the file of before.
    pub(super) fn write(socket: &Path, port: u32) -> io::Result<Self> {
        let path = appended(socket, PORTID_SUFFIX);
        let unfinished = appended(&path, ".new");
        let content = format!("{port}\n");
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o644)
            .open(&unfinished)?;
        file.write_all(content.as_bytes())?;
        fs::rename(&unfinished, &path)?;
        Ok(Self { path, content })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for PortidFile {
    fn drop(&mut self) {
        if fs::read_to_string(&self.path).is_ok_and(|content| content == self.content) {
            // There is nobody left to tell if it fails, and the next daemon replaces it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn appended(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}
