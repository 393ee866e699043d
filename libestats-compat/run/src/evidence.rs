//! What a program is found to need.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;

use anyhow::Result;
use estats_spec::libraries;

use crate::image::{ENTRY, Image, TABLES};
use crate::places;

/// A program, and what it has to do with the libraries of Web10G.
#[derive(Debug)]
pub(crate) struct Evidence {
    pub(crate) program: PathBuf,
    pub(crate) kind: Kind,
    /// The library of Web10G that it asks for, if it does.
    pub(crate) soname: Option<String>,
    /// What asks for it: the program, or a library of the program's.
    pub(crate) user: Option<PathBuf>,
    /// Names that are taken from it.
    pub(crate) imports: BTreeSet<String>,
    /// Size of the program's copy of the table of variables, in octets.
    pub(crate) copy: Option<u64>,
    /// The original library, where it is still there.
    pub(crate) original: Option<Image>,
    /// The program itself, where it has a table of variables linked into it.
    pub(crate) own: Option<Image>,
    /// Whether it calls the kernel by itself.
    pub(crate) has_own_calls: bool,
    /// Whether it wants its libraries to be taken from elsewhere than `LD_LIBRARY_PATH`.
    pub(crate) has_rpath: bool,
    /// Whether the dynamic linker ignores what is preset for it, because the program gives its caller rights.
    pub(crate) privileged: bool,
}

/// Kinds of programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// With a dynamic linker.
    Dynamic,
    /// Without.
    Static,
    /// Not a program for this kind of machine, but for another program: a script.
    Other,
}

/// So many libraries are looked at at most: more than any program has.
const MOST: usize = 200;

impl Evidence {
    /// Looks at a program and, where it does not ask for a library of Web10G itself, at its libraries.
    ///
    /// # Errors
    /// When the program cannot be read or is damaged.
    pub(crate) fn collect(program: PathBuf) -> Result<Self> {
        let mut evidence = Self {
            privileged: gives_rights(&program),
            program,
            kind: Kind::Other,
            soname: None,
            user: None,
            imports: BTreeSet::new(),
            copy: None,
            original: None,
            own: None,
            has_own_calls: false,
            has_rpath: false,
        };
        let Some(image) = Image::read(&evidence.program)? else {
            return Ok(evidence);
        };
        evidence.kind = if image.dynamic { Kind::Dynamic } else { Kind::Static };
        evidence.has_rpath = !image.rpath.is_empty();
        let copied = image.copies.iter().find(|(name, _)| TABLES.contains(&name.as_str()));
        evidence.copy = copied.map(|(_, size)| *size);
        evidence.has_own_calls = image.has_own_calls;
        if image.variables.is_empty() {
            evidence.search(image);
        } else {
            evidence.own = Some(image);
        }
        Ok(evidence)
    }

    /// Finds what asks for a library of Web10G, beginning with the program.
    fn search(&mut self, program: Image) {
        let (mut next, mut seen) = (vec![program], BTreeSet::new());
        while let Some(image) = next.pop() {
            let asks = |name: &&String| libraries::ALL.iter().any(|library| library.soname == name.as_str());
            if let Some(soname) = image.needed.iter().find(asks) {
                self.imports
                    .extend(image.imports.iter().filter(|name| is_of_web10g(name)).cloned());
                self.original = original(soname, &image);
                self.soname = Some(soname.clone());
                self.user = Some(image.path);
                return;
            }
            for name in &image.needed {
                if seen.len() < MOST
                    && seen.insert(name.clone())
                    && let Some(Ok(Some(library))) = places::library(name, &image).map(|file| Image::read(&file))
                {
                    next.push(library);
                }
            }
        }
    }

    /// Number of variables that the program knows, where it has a copy of their table.
    pub(crate) fn variables(&self) -> Option<u64> {
        self.copy.map(|size| size / ENTRY)
    }
}

/// Whether a name is one of the libraries'.
pub(crate) fn is_of_web10g(name: &str) -> bool {
    ["estats_", "tcpe_", "list_check"]
        .iter()
        .any(|start| name.starts_with(start))
}

/// The original that would be loaded. It spoke netlink with libmnl, which tells it from a drop-in in its place.
fn original(soname: &str, user: &Image) -> Option<Image> {
    let image = Image::read(&places::library(soname, user)?).ok()??;
    image
        .needed
        .iter()
        .any(|name| name.starts_with("libmnl."))
        .then_some(image)
}

/// Whether a program runs with the rights of its owner or group.
fn gives_rights(program: &PathBuf) -> bool {
    const SET_ID: u32 = 0o6000;
    fs::metadata(program).is_ok_and(|file| {
        let other_owner = file.uid() != 0 || !is_root();
        file.permissions().mode() & SET_ID != 0 && other_owner
    })
}

/// Whether root runs this: to root, a program of root's gives no rights.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "program     {}", self.program.display())?;
        match self.kind {
            Kind::Dynamic => {}
            Kind::Static => writeln!(f, "kind        static")?,
            Kind::Other => writeln!(f, "kind        a script, or for another machine")?,
        }
        if self.has_own_calls {
            writeln!(f, "calls       the kernel by itself")?;
        }
        if let Some(own) = &self.own {
            let (functions, variables) = (own.exports.len(), own.variables.len());
            return writeln!(
                f,
                "table       of its own: {variables} variables, beside {functions} names of Web10G"
            );
        }
        let Some(soname) = &self.soname else {
            return writeln!(f, "needs       no library of Web10G");
        };
        write!(f, "needs       {soname}")?;
        match &self.user {
            Some(user) if *user != self.program => writeln!(f, ", through {}", user.display())?,
            _ => writeln!(f)?,
        }
        let functions: Vec<_> = self
            .imports
            .iter()
            .map(String::as_str)
            .filter(|name| !TABLES.contains(name))
            .collect();
        writeln!(f, "functions   {}: {}", functions.len(), functions.join(" "))?;
        match (self.copy, self.variables()) {
            (Some(size), Some(variables)) => {
                writeln!(f, "table       has a copy of {size} octets: {variables} variables")?;
            }
            _ => writeln!(f, "table       has no copy")?,
        }
        match &self.original {
            Some(original) => writeln!(f, "original    {}", original.path.display()),
            None => writeln!(f, "original    not found"),
        }
    }
}
