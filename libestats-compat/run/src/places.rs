//! Where programs and libraries are.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use estats_spec::libraries::Library;

use crate::image::Image;

/// Where our own libraries are installed.
#[derive(Debug)]
pub(crate) struct Places {
    directory: PathBuf,
}

impl Places {
    /// They are in `directory`, or where this program was installed with them.
    ///
    /// # Errors
    /// When it is not known where this program is.
    pub(crate) fn new(directory: Option<PathBuf>) -> Result<Self> {
        let directory = if let Some(directory) = directory {
            std::path::absolute(directory)?
        } else {
            let own = env::current_exe().context("cannot find out where estats-run is")?;
            let prefix = own.parent().and_then(Path::parent).unwrap_or(Path::new("/"));
            prefix.join("lib/estats")
        };
        Ok(Self { directory })
    }

    /// The directory of a generation.
    pub(crate) fn generation(&self, library: &Library) -> PathBuf {
        self.directory.join(library.generation)
    }

    /// The library that leads netlink sockets to the daemon.
    pub(crate) fn shim(&self) -> PathBuf {
        self.directory.join("libestats_preload.so")
    }
}

/// The file of a program that is named as in a shell.
pub(crate) fn program(name: &OsStr) -> Option<PathBuf> {
    let given = Path::new(name);
    if given.components().count() > 1 || name.as_encoded_bytes().contains(&b'/') {
        return given.exists().then(|| given.to_owned());
    }
    let path = env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    env::split_paths(&path)
        .map(|directory| directory.join(given))
        .find(|file| fs::metadata(file).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0))
}

/// The file that the dynamic linker would take for a library that `image` needs.
pub(crate) fn library(name: &str, image: &Image) -> Option<PathBuf> {
    let environment = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let mut directories = image.rpath.clone();
    directories.extend(env::split_paths(&environment));
    directories.extend(image.runpath.clone());
    directories.extend(configured(Path::new("/etc/ld.so.conf.d")));
    directories.extend(["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"].map(PathBuf::from));
    directories
        .into_iter()
        .map(|directory| directory.join(name))
        .find(|file| file.is_file())
}

/// The directories that the system's dynamic linker is told of.
fn configured(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(directory)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    files.sort();
    let texts = files.into_iter().filter_map(|file| fs::read_to_string(file).ok());
    texts
        .flat_map(|text| {
            let lines = text.lines().map(str::trim).filter(|line| line.starts_with('/'));
            lines.map(PathBuf::from).collect::<Vec<_>>()
        })
        .collect()
}
