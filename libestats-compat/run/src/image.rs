//! An executable or a shared library, as its file has it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::evidence::is_of_web10g;
use anyhow::{Context as _, Result};
use object::elf;
use object::read::elf::{ElfFile64, ProgramHeader as _};
use object::{Endianness, Object, ObjectSegment, ObjectSymbol, ObjectSymbolTable, RelocationFlags, RelocationTarget};

/// What is of interest here of an ELF file.
#[derive(Debug, Default)]
pub(crate) struct Image {
    pub(crate) path: PathBuf,
    /// Whether a dynamic linker starts it. An executable without is static.
    pub(crate) dynamic: bool,
    /// Names of the libraries that it asks for.
    pub(crate) needed: Vec<String>,
    /// Where it wants them to be looked for before anywhere else, and before `LD_LIBRARY_PATH`.
    pub(crate) rpath: Vec<PathBuf>,
    /// Where it wants them to be looked for after `LD_LIBRARY_PATH`.
    pub(crate) runpath: Vec<PathBuf>,
    /// Names that it takes from libraries.
    pub(crate) imports: BTreeSet<String>,
    /// Names that it offers.
    pub(crate) exports: BTreeSet<String>,
    /// Data of libraries that it has a copy of: name and size in octets.
    pub(crate) copies: Vec<(String, u64)>,
    /// The names in the table of variables that it brings itself, in their order.
    pub(crate) variables: Vec<String>,
    /// Whether it calls the kernel by itself, past the C library, as Go does.
    pub(crate) has_own_calls: bool,
}

/// The tables of variables, by their symbols.
pub(crate) const TABLES: [&str; 2] = ["estats_var_array", "tcpe_var_array"];
/// Octets of an entry of the table.
pub(crate) const ENTRY: u64 = 16;

type File<'data> = ElfFile64<'data, Endianness>;

impl Image {
    /// Reads a file; `None` if it is no ELF file of 64 bits, such as a script.
    ///
    /// # Errors
    /// When it cannot be read, or is damaged.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>> {
        let data = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        if !data.starts_with(&elf::ELFMAG) || data.get(4) != Some(&elf::ELFCLASS64) {
            return Ok(None);
        }
        let damaged = || format!("{} is damaged", path.display());
        Self::parse(path, &data).with_context(damaged).map(Some)
    }

    fn parse(path: &Path, data: &[u8]) -> object::Result<Self> {
        let file = ElfFile64::<Endianness>::parse(data)?;
        let mut image = Image {
            path: path.to_owned(),
            ..Image::default()
        };
        let headers = file.elf_program_headers().iter();
        image.dynamic = headers
            .map(|header| header.p_type(file.endian()))
            .any(|kind| kind == elf::PT_INTERP);
        image.read_dynamic(&file)?;
        for symbol in file.dynamic_symbols() {
            let name = symbol.name()?.to_owned();
            if symbol.is_undefined() {
                image.imports.insert(name);
            } else {
                image.exports.insert(name);
            }
        }
        image.read_copies(&file);
        if !image.dynamic {
            // Of what is linked into a program, the other table of symbols tells, unless it was stripped.
            let own = file.symbols().filter(ObjectSymbol::is_definition);
            let names = own.filter_map(|symbol| symbol.name().ok());
            image
                .exports
                .extend(names.filter(|name| is_of_web10g(name)).map(str::to_owned));
        }
        image.variables = variables(&file).unwrap_or_default();
        image.has_own_calls = file.section_by_name(".note.go.buildid").is_some();
        Ok(image)
    }

    fn read_dynamic(&mut self, file: &File<'_>) -> object::Result<()> {
        let table = file.elf_dynamic_table()?;
        for entry in &table {
            let text = || {
                table
                    .string(entry)
                    .map(|text| String::from_utf8_lossy(text).into_owned())
            };
            match entry.tag {
                elf::DT_NEEDED => self.needed.push(text()?),
                elf::DT_RPATH => self.rpath = self.directories(&text()?),
                elf::DT_RUNPATH => self.runpath = self.directories(&text()?),
                _ => {}
            }
        }
        if !self.runpath.is_empty() {
            // The dynamic linker ignores the one where there is the other.
            self.rpath.clear();
        }
        Ok(())
    }

    /// A list of directories, some of them beside the file itself.
    fn directories(&self, list: &str) -> Vec<PathBuf> {
        let origin = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let origin = origin.parent().unwrap_or(Path::new("/")).display().to_string();
        let expanded = list.replace("${ORIGIN}", &origin).replace("$ORIGIN", &origin);
        expanded
            .split(':')
            .filter(|directory| !directory.is_empty())
            .map(PathBuf::from)
            .collect()
    }

    fn read_copies(&mut self, file: &File<'_>) {
        let (Some(relocations), Some(symbols)) = (file.dynamic_relocations(), file.dynamic_symbol_table()) else {
            return;
        };
        for (_, relocation) in relocations {
            let RelocationFlags::Elf { r_type } = relocation.flags() else {
                continue;
            };
            let RelocationTarget::Symbol(index) = relocation.target() else {
                continue;
            };
            if ![elf::R_X86_64_COPY, elf::R_AARCH64_COPY].contains(&r_type) {
                continue;
            }
            if let Ok(symbol) = symbols.symbol_by_index(index)
                && let Ok(name) = symbol.name()
            {
                self.copies.push((name.to_owned(), symbol.size()));
                // It is the library that offers it.
                self.exports.remove(name);
                self.imports.insert(name.to_owned());
            }
        }
    }
}

/// The names in the table of variables of a library or a static program: where its entries will point to when it is loaded.
fn variables(file: &File<'_>) -> Option<Vec<String>> {
    let table = file
        .dynamic_symbols()
        .chain(file.symbols())
        .find(|symbol| symbol.is_definition() && symbol.name().is_ok_and(|name| TABLES.contains(&name)))?;
    let entries = table.address()..table.address().checked_add(table.size())?;
    let mut pointers: Vec<(u64, u64)> = file
        .dynamic_relocations()
        .into_iter()
        .flatten()
        .filter(|(place, _)| entries.contains(place))
        .map(|(place, relocation)| (place, relocation.addend().cast_unsigned()))
        .collect();
    pointers.sort_unstable();
    if pointers.is_empty() {
        // It is loaded where it was linked to.
        let octets = octets_at(file, table.address())?.get(..usize::try_from(table.size()).ok()?)?;
        let entries = octets.chunks_exact(usize::try_from(ENTRY).ok()?);
        return entries
            .map(|entry| string_at(file, u64::from_le_bytes(*entry.first_chunk()?)))
            .collect();
    }
    pointers
        .into_iter()
        .map(|(_, address)| string_at(file, address))
        .collect()
}

/// The octets from an address to the end of what is loaded with it.
fn octets_at<'data>(file: &File<'data>, address: u64) -> Option<&'data [u8]> {
    let segment = file
        .segments()
        .find(|segment| (segment.address()..segment.address().saturating_add(segment.size())).contains(&address))?;
    let offset = usize::try_from(address - segment.address()).ok()?;
    segment.data().ok()?.get(offset..)
}

/// The string that will be at an address.
fn string_at(file: &File<'_>, address: u64) -> Option<String> {
    let rest = octets_at(file, address)?;
    let length = rest.iter().position(|&octet| octet == 0)?;
    Some(String::from_utf8_lossy(&rest[..length]).into_owned())
}
