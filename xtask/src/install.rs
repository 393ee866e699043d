//! `cargo xtask install`: the files that a user of estatsd gets, and where they go.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use estats_spec::libraries;

use crate::place::{self, Content};
use crate::workspace;

/// Where the content of an installed file comes from.
enum Source {
    /// A program of the release build.
    Program(&'static str),
    /// A shared library of the release build.
    Library(&'static str),
    /// A file of the workspace.
    File(&'static str),
    /// A file of the workspace with `@PREFIX@` in it.
    Template(&'static str),
    /// The same, and it can be run.
    Script(&'static str),
    /// Nothing: a symbolic link to this name.
    Link(&'static str),
    /// All files of a directory of the workspace that have this extension. They keep their names.
    All(&'static str, &'static str),
}
use Source::{All, File, Library, Link, Program, Script, Template};

/// Everything that is installed: its place below the prefix, and its source.
const FILES: &[(&str, Source)] = &[
    ("bin/estatsd", Program("estatsd")),
    ("bin/listconns", Program("listconns")),
    ("bin/readvars", Program("readvars")),
    ("bin/watchvars", Program("watchvars")),
    ("bin/deltavars", Program("deltavars")),
    ("bin/listconninfo", Program("listconninfo")),
    ("bin/getmib", Program("getmib")),
    ("bin/writevar", Program("writevar")),
    ("bin/record_read", Program("record_read")),
    ("bin/record_write", Program("record_write")),
    ("bin/listlisteners", Program("listlisteners")),
    ("bin/estats-events", Program("estats-events")),
    ("bin/estats-control", Program("estats-control")),
    ("bin/estats-run", Program("estats-run")),
    ("bin/estats-config", Script("libestats-compat/estats-config.in")),
    // As later Web10G releases called them.
    ("bin/web10g-listconns", Link("listconns")),
    ("bin/web10g-readvars", Link("readvars")),
    ("bin/web10g-watchvars", Link("watchvars")),
    ("bin/web10g-deltavars", Link("deltavars")),
    ("bin/web10g-listconninfo", Link("listconninfo")),
    ("bin/web10g-getmib", Link("getmib")),
    ("bin/web10g-writevar", Link("writevar")),
    ("bin/web10g-record_read", Link("record_read")),
    ("bin/web10g-record_write", Link("record_write")),
    // This one never had a short name, which is that of syslog's program.
    ("bin/web10g-logger", Program("logger")),
    ("lib/libestats.so.1", Library("libestats.so")),
    ("lib/libestats.so", Link("libestats.so.1")),
    ("lib/estats/libestats_preload.so", Library("libestats_preload.so")),
    ("lib/pkgconfig/estats.pc", Template("libestats-compat/estats.pc.in")),
    (
        "lib/systemd/system/estatsd.service",
        Template("estatsd/estatsd.service.in"),
    ),
    ("include/estats", All("libestats-compat/include/estats", "h")),
    ("share/aclocal/estats.m4", File("libestats-compat/estats.m4")),
    // modprobe does not look here: whoever makes a package puts it where it does.
    (
        "share/estatsd/modprobe.d/tcp_estats_nl.conf",
        File("libestats-compat/tcp_estats_nl.conf"),
    ),
    ("share/doc/estatsd/README.md", File("README.md")),
    ("share/doc/estatsd", All("docs", "md")),
    ("share/licenses/estatsd/LICENSE-APACHE", File("LICENSE-APACHE")),
    ("share/licenses/estatsd/LICENSE-MIT", File("LICENSE-MIT")),
];

/// Where to install.
pub(crate) struct Destination {
    /// Where the files will be when they are used: absolute.
    prefix: PathBuf,
    /// Where they are put: the same, or below the staging directory of whoever makes a package.
    root: PathBuf,
}

impl Destination {
    /// Makes the directory, so that one which we must not write to is found out before anything is built.
    ///
    /// # Errors
    /// When it cannot be made or written to.
    pub(crate) fn prepare(prefix: &Path, destdir: Option<&Path>) -> Result<Self> {
        let prefix = std::path::absolute(prefix).context("--prefix")?;
        let root = match destdir {
            Some(destdir) => std::path::absolute(destdir)
                .context("--destdir")?
                .join(prefix.strip_prefix("/")?),
            None => prefix.clone(),
        };
        let probe = root.join(".estatsd-install");
        fs::create_dir_all(&root)
            .and_then(|()| fs::write(&probe, ""))
            .and_then(|()| fs::remove_file(&probe))
            .with_context(|| {
                format!(
                    "cannot write to {}: take another --prefix, stage with --destdir, or run as root",
                    root.display()
                )
            })?;
        Ok(Self { prefix, root })
    }
}

/// Installs the release build, which has to be there.
///
/// # Errors
/// When a file is missing, before any is installed; or when one cannot be written.
pub(crate) fn run(destination: &Destination) -> Result<()> {
    let mut files = Vec::new();
    for (path, source) in FILES {
        source.resolve(path, &destination.prefix, &mut files)?;
    }
    files.extend(drop_ins()?);
    for (path, content) in &files {
        place::place(&destination.root.join(path), content)?;
    }
    println!("installed {} files below {}", files.len(), destination.root.display());
    let libraries = destination.prefix.join("lib");
    println!(
        "if programs do not find {0}/libestats.so.1: run ldconfig, or set LD_LIBRARY_PATH={0}",
        libraries.display()
    );
    Ok(())
}

/// The C library of every generation, side by side: which one a program needs, its name does not tell.
fn drop_ins() -> Result<Vec<(PathBuf, Content)>> {
    let release = workspace::target_dir().join("release");
    let drop_in = |library: &libraries::Library| {
        let place = Path::new("lib/estats").join(library.generation).join(library.soname);
        let from = present(release.join(format!("lib{}.so", library.artifact)))?;
        Ok((place, Content::Copy { from, mode: 0o644 }))
    };
    libraries::ALL.into_iter().map(drop_in).collect()
}

impl Source {
    /// Adds the files that an entry of the table stands for.
    fn resolve(&self, path: &str, prefix: &Path, files: &mut Vec<(PathBuf, Content)>) -> Result<()> {
        let release = workspace::target_dir().join("release");
        let content = match self {
            Program(name) => Content::Copy {
                from: present(release.join(name))?,
                mode: 0o755,
            },
            Library(name) => Content::Copy {
                from: present(release.join(name))?,
                mode: 0o644,
            },
            File(name) => Content::Copy {
                from: present(workspace::root().join(name))?,
                mode: 0o644,
            },
            Template(name) | Script(name) => Content::Text {
                text: fill(&present(workspace::root().join(name))?, prefix)?,
                mode: if matches!(self, Script(_)) { 0o755 } else { 0o644 },
            },
            Link(name) => Content::Link(name),
            All(directory, extension) => {
                let directory = workspace::root().join(directory);
                let before = files.len();
                let unreadable = || format!("cannot read {}", directory.display());
                for entry in fs::read_dir(&directory).with_context(unreadable)? {
                    let from = entry.with_context(unreadable)?.path();
                    let Some(name) = from
                        .file_name()
                        .filter(|_| from.extension().is_some_and(|ext| ext == *extension))
                    else {
                        continue;
                    };
                    files.push((
                        Path::new(path).join(name),
                        Content::Copy {
                            from: from.clone(),
                            mode: 0o644,
                        },
                    ));
                }
                ensure!(files.len() > before, "no *.{extension} in {}", directory.display());
                return Ok(());
            }
        };
        files.push((path.into(), content));
        Ok(())
    }
}

fn present(file: PathBuf) -> Result<PathBuf> {
    ensure!(file.is_file(), "{} is missing", file.display());
    Ok(file)
}

/// The template with the prefix put in.
fn fill(template: &Path, prefix: &Path) -> Result<String> {
    let text = fs::read_to_string(template).with_context(|| format!("cannot read {}", template.display()))?;
    let prefix = prefix
        .to_str()
        .with_context(|| format!("--prefix {} is not UTF-8", prefix.display()))?;
    let filled = text.replace("@PREFIX@", prefix);
    match placeholder(&filled) {
        Some(name) => bail!("{} has @{name}@, which nothing stands for", template.display()),
        None => Ok(filled),
    }
}

/// The name of the first `@NAME@` in a text.
fn placeholder(text: &str) -> Option<&str> {
    let mut words = text.split('@').skip(1).peekable();
    while let Some(word) = words.next() {
        let closed = words.peek().is_some();
        if closed && !word.is_empty() && word.chars().all(|c| c.is_ascii_uppercase()) {
            return Some(word);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_taken_once() {
        let mut places: Vec<_> = FILES.iter().map(|(path, _)| path).collect();
        places.sort();
        assert!(places.windows(2).all(|pair| pair[0] != pair[1]), "{places:?}");
    }

    #[test]
    fn every_link_leads_to_an_installed_file() {
        for (path, source) in FILES {
            if let Link(target) = source {
                let target = Path::new(path).with_file_name(target);
                assert!(
                    FILES.iter().any(|(other, _)| Path::new(other) == target),
                    "{path} -> {}",
                    target.display()
                );
            }
        }
    }

    #[test]
    fn the_files_of_the_workspace_are_there() {
        for (path, source) in FILES {
            if matches!(source, File(_) | Template(_) | Script(_) | All(..)) {
                source
                    .resolve(path, Path::new("/opt/estatsd"), &mut Vec::new())
                    .unwrap();
            }
        }
    }

    #[test]
    fn every_drop_in_has_a_place_of_its_own() {
        let mut places: Vec<_> = libraries::ALL
            .iter()
            .map(|library| (library.generation, library.soname))
            .collect();
        places.sort_unstable();
        assert!(places.windows(2).all(|pair| pair[0] != pair[1]), "{places:?}");
    }

    #[test]
    fn pkg_config_is_told_the_prefix() {
        let template = workspace::root().join("libestats-compat/estats.pc.in");
        let filled = fill(&template, Path::new("/opt/estatsd")).unwrap();
        assert!(filled.lines().any(|line| line == "prefix=/opt/estatsd"), "{filled}");
    }

    #[test]
    fn a_placeholder_that_nothing_filled_is_found() {
        assert_eq!(placeholder("libdir=@LIBDIR@"), Some("LIBDIR"));
        assert_eq!(placeholder("a@b.c @ @@ and @VERSION@"), Some("VERSION"));
        assert_eq!(placeholder("someone@example.org, @HALF"), None);
    }
}
