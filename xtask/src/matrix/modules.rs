//! Which kernel modules a guest loads, and in which order.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;

/// What the tests use of a kernel: devices, loss on a path, rates, and other congestion controls than the usual.
const WANTED: [&str; 9] = [
    "veth",
    "tun",
    "nf_tables",
    "nft_numgen",
    "sch_tbf",
    "sch_htb",
    "sch_netem",
    "tcp_bbr",
    "tcp_dctcp",
];

/// A module, ready to be loaded.
#[derive(Debug)]
pub(super) struct Module {
    /// As the kernel calls it.
    pub(super) name: String,
    /// The file's content, not compressed.
    pub(super) content: Vec<u8>,
}

/// The modules below `directory`, each after those that it needs. One that is built into the kernel is not among them.
///
/// # Errors
/// When a module is neither there nor built in, or cannot be read.
pub(super) fn wanted(directory: &Path) -> Result<Vec<Module>> {
    let kernel = Kernel::read(directory)?;
    let mut loaded = Vec::new();
    for name in WANTED {
        kernel.add(name, &mut loaded)?;
    }
    Ok(loaded)
}

struct Kernel {
    files: HashMap<String, PathBuf>,
    built_in: HashMap<String, PathBuf>,
}

impl Kernel {
    fn read(directory: &Path) -> Result<Self> {
        let mut files = HashMap::new();
        find(directory, &mut files).with_context(|| format!("could not look through {}", directory.display()))?;
        let list = directory.join("modules.builtin");
        let text = fs::read_to_string(&list).with_context(|| format!("could not read {}", list.display()))?;
        let built_in = text.lines().map(PathBuf::from);
        let built_in = built_in.filter_map(|path| Some((name_of(&path)?, path))).collect();
        Ok(Self { files, built_in })
    }

    fn add(&self, name: &str, loaded: &mut Vec<Module>) -> Result<()> {
        if loaded.iter().any(|module| module.name == name) || self.built_in.contains_key(name) {
            return Ok(());
        }
        let Some(path) = self.files.get(name) else {
            bail!("this kernel has no module {name}");
        };
        let content = read(path).with_context(|| format!("could not read {}", path.display()))?;
        for other in needs(&content).with_context(|| format!("{} is no module", path.display()))? {
            self.add(&other, loaded)?;
        }
        loaded.push(Module {
            name: name.to_owned(),
            content,
        });
        Ok(())
    }
}

fn find(directory: &Path, files: &mut HashMap<String, PathBuf>) -> Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            find(&entry.path(), files)?;
        } else if let Some(name) = name_of(&entry.path()) {
            files.insert(name, entry.path());
        }
    }
    Ok(())
}

/// The name of the module in a file such as `nft-numgen.ko.xz`; the kernel takes both dashes for the same.
fn name_of(path: &Path) -> Option<String> {
    let (name, _) = path.file_name()?.to_str()?.split_once(".ko")?;
    Some(name.replace('-', "_"))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    if path.extension().is_some_and(|extension| extension == "xz") {
        return process::read_octets(Command::new("xz").args(["--decompress", "--stdout"]).arg(path));
    }
    Ok(fs::read(path)?)
}

/// The modules that a module needs, from the zero-terminated `depends=` of its own description.
fn needs(module: &[u8]) -> Option<Vec<String>> {
    const KEY: &[u8] = b"\0depends=";
    let start = module.windows(KEY.len()).position(|window| window == KEY)? + KEY.len();
    let list = module[start..].split(|octet| *octet == 0).next()?;
    let list = std::str::from_utf8(list).ok()?;
    Some(
        list.split(',')
            .filter(|name| !name.is_empty())
            .map(|name| name.replace('-', "_"))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_tells_the_modules_name() {
        assert_eq!(
            name_of(Path::new("net/nft-numgen.ko.xz")).as_deref(),
            Some("nft_numgen")
        );
        assert_eq!(name_of(Path::new("veth.ko")).as_deref(), Some("veth"));
        assert_eq!(name_of(Path::new("modules.order")), None);
    }

    #[test]
    fn a_module_says_what_it_needs() {
        let description = b"ELF...\0license=GPL\0depends=nfnetlink,crc32c-generic\0name=nf_tables\0";
        assert_eq!(needs(description).unwrap(), ["nfnetlink", "crc32c_generic"]);
        assert_eq!(needs(b"\0depends=\0").unwrap(), [""; 0]);
        assert_eq!(needs(b"no such key"), None);
    }

    #[test]
    fn a_module_comes_after_what_it_needs_and_once() {
        let directory = std::env::temp_dir().join(format!("xtask-modules-{}", std::process::id()));
        fs::create_dir(&directory).unwrap();
        for (name, needs) in [("a", "c,b"), ("b", "c,built_in"), ("c", "")] {
            fs::write(directory.join(format!("{name}.ko")), format!("\0depends={needs}\0")).unwrap();
        }
        fs::write(directory.join("modules.builtin"), "kernel/lib/built-in.ko\n").unwrap();
        let mut loaded = Vec::new();
        let result = Kernel::read(&directory).and_then(|kernel| kernel.add("a", &mut loaded));
        fs::remove_dir_all(&directory).unwrap();
        result.unwrap();
        let names: Vec<_> = loaded.iter().map(|module| module.name.as_str()).collect();
        assert_eq!(names, ["c", "b", "a"]);
    }
}
