//! How a program is led to the daemon.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use estats_spec::libraries::{self, Library};

use crate::evidence::{Evidence, Kind};
use crate::generation::Generation;
use crate::places::Places;

/// What is done for the program.
#[derive(Debug)]
pub(crate) enum Way {
    /// A variable is set for the dynamic linker.
    Linked(Linked),
    /// Its calls are looked at. The generation is that of the program, or of all programs if the user says it.
    Supervised(Option<Generation>),
}

/// The one variable that is set for the dynamic linker.
#[derive(Debug)]
pub(crate) struct Linked {
    /// Of the drop-in; none where the program keeps its own library.
    generation: Option<Generation>,
    variable: &'static str,
    /// A directory for `LD_LIBRARY_PATH`, a file for `LD_PRELOAD`.
    value: PathBuf,
}

const LIBRARY_PATH: &str = "LD_LIBRARY_PATH";
const PRELOAD: &str = "LD_PRELOAD";

impl Way {
    /// The way that suits the program.
    ///
    /// # Errors
    /// When there is none, or what it needs is not installed.
    pub(crate) fn choose(evidence: &Evidence, places: &Places) -> Result<Self> {
        if evidence.kind == Kind::Static || evidence.has_own_calls {
            return Self::supervise(None, evidence);
        }
        if evidence.soname.is_none() {
            // It may load the library later, or speak netlink itself, or start programs that do.
            return Self::preload(evidence, places);
        }
        heeds_variables(evidence)?;
        let generation = Generation::of(evidence).context(
            "no generation has both the functions that the program calls and a table of variables of that size: \
             try --preload, or --generation",
        )?;
        Self::drop_in(generation, evidence, places)
    }

    /// Supervision, of a generation if the user names one.
    ///
    /// # Errors
    /// When the program gives rights, or there is no such generation.
    pub(crate) fn supervise(name: Option<&str>, evidence: &Evidence) -> Result<Self> {
        ensure!(
            !evidence.privileged,
            "the program gives rights to its caller: who is supervised is not given any"
        );
        let Some(name) = name else {
            return Ok(Self::Supervised(Generation::of(evidence)));
        };
        Ok(Self::Supervised(Some(Generation::chosen(known(name)?[0]))))
    }

    /// The drop-in of a generation that the user names.
    ///
    /// # Errors
    /// When there is none of that name, or it is not installed, or the program gives rights.
    pub(crate) fn named(name: &str, evidence: &Evidence, places: &Places) -> Result<Self> {
        if evidence.kind == Kind::Static || evidence.has_own_calls {
            return Self::supervise(Some(name), evidence);
        }
        heeds_variables(evidence)?;
        let mut fitting = known(name)?;
        if let Some(soname) = &evidence.soname {
            fitting.retain(|library| library.soname == soname.as_str());
            ensure!(!fitting.is_empty(), "generation {name} has no {soname}");
        }
        let generation = Generation::chosen(fitting[0]);
        Self::drop_in(generation, evidence, places)
    }

    fn drop_in(generation: Generation, evidence: &Evidence, places: &Places) -> Result<Self> {
        let directory = places.generation(generation.library);
        let file = directory.join(generation.library.soname);
        installed(&file)?;
        let (variable, value) = if evidence.has_rpath {
            // The path that the program brings comes before LD_LIBRARY_PATH. A library that is there already comes before both.
            (PRELOAD, file)
        } else {
            (LIBRARY_PATH, directory)
        };
        Ok(Self::Linked(Linked {
            generation: Some(generation),
            variable,
            value,
        }))
    }

    /// The program keeps its own library, and its netlink socket is led to the daemon, which is told what that library knows.
    ///
    /// # Errors
    /// When the library for that is not installed, or the program gives rights.
    pub(crate) fn preload(evidence: &Evidence, places: &Places) -> Result<Self> {
        heeds_variables(evidence)?;
        let value = places.shim();
        installed(&value)?;
        Ok(Self::Linked(Linked {
            generation: None,
            variable: PRELOAD,
            value,
        }))
    }
}

impl Linked {
    /// Sets the variable for the program, before what it has already.
    pub(crate) fn apply(&self, command: &mut Command) {
        let mut value = OsString::from(&self.value);
        if let Some(old) = env::var_os(self.variable).filter(|old| !old.is_empty()) {
            value.push(":");
            value.push(old);
        }
        command.env(self.variable, value);
    }
}

/// Fails unless the dynamic linker heeds what is set for the program.
fn heeds_variables(evidence: &Evidence) -> Result<()> {
    ensure!(
        !evidence.privileged,
        "the program gives rights to its caller: the dynamic linker would ignore what is set for it"
    );
    Ok(())
}

/// The libraries of a generation, of which there is at least one.
fn known(name: &str) -> Result<Vec<&'static Library>> {
    let named = |library: &&Library| library.generation.eq_ignore_ascii_case(name);
    let fitting: Vec<_> = libraries::ALL.into_iter().filter(named).collect();
    if fitting.is_empty() {
        let mut known: Vec<_> = libraries::ALL.iter().map(|library| library.generation).collect();
        known.dedup();
        bail!("there is no generation {name}, but {}", known.join(", "));
    }
    Ok(fitting)
}

fn installed(file: &Path) -> Result<()> {
    ensure!(
        file.is_file(),
        "{} is not there: install estatsd completely, or say --libraries DIRECTORY",
        file.display()
    );
    Ok(())
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linked(linked) => linked.fmt(f),
            Self::Supervised(generation) => {
                match generation {
                    Some(generation) => generation.fmt(f)?,
                    None => writeln!(
                        f,
                        "generation  unknown: as the daemon's socket has it (--generation NAME)"
                    )?,
                }
                writeln!(
                    f,
                    "way         its calls on generic netlink sockets are led to the daemon"
                )
            }
        }
    }
}

impl fmt::Display for Linked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match &self.generation {
            Some(generation) => {
                write!(f, "{generation}")?;
                "the drop-in"
            }
            None => "its netlink socket is led to the daemon",
        };
        writeln!(f, "way         {what}: {}={}", self.variable, self.value.display())
    }
}
