//! Libraries with the names of an original and nothing in them: what tells a generation to those who look at a library.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use estats_tests::daemon::Directory;

use crate::originals::Original;
use crate::program::succeed;

/// Name of its source.
const SOURCE: &str = "imitation.c";

/// Makes the library in `directory`, and the one that originals needed.
pub(crate) fn imitate(original: &Original, directory: &Path) -> Result<()> {
    let mut source = "struct var { const char *name; int valtype, type; };\n".to_owned();
    writeln!(source, "struct var {}[] = {{", original.array())?;
    for variable in original.variables.lines() {
        let [name, width, kind] = columns(variable)?;
        let stored = match width {
            "u64" => 0,
            "u32" => 1,
            "s32" => 2,
            "u16" => 3,
            "u8" => 4,
            _ => bail!("{width} is no width"),
        };
        writeln!(source, "\t{{ \"{name}\", {stored}, {kind} }},")?;
    }
    source += "};\n";
    let first = original.header.map_or("tcpe_client_init", |_| "estats_nl_client_init");
    for function in original.more.iter().copied().flatten().chain([&first]) {
        writeln!(source, "void {function}(void) {{}}")?;
    }
    let (file, empty) = (directory.join(SOURCE), directory.join("empty.c"));
    fs::write(&file, source)?;
    fs::write(&empty, "")?;
    let mnl = directory.join("libmnl.so.0");
    let shared = |name: &str, from: &Path| {
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", &format!("-Wl,-soname,{name}"), "-o"]);
        compiler.arg(directory.join(name)).arg(from);
        compiler
    };
    succeed(&mut shared("libmnl.so.0", &empty))?;
    succeed(shared(original.soname, &file).arg("-Wl,--no-as-needed").arg(&mnl))?;
    Ok(())
}

/// Name, width and type of a variable.
pub(crate) fn columns(variable: &str) -> Result<[&str; 3]> {
    let columns: Vec<&str> = variable.split(' ').collect();
    columns.try_into().ok().context("three columns")
}

/// How programs come to the table of variables.
#[derive(Clone, Copy)]
pub(crate) enum Access {
    /// By a copy of their own, as they were built in those years.
    Copied,
    /// Where the library has it.
    Shared,
    /// Likewise, in a part of the program that it has loaded for itself, library and all.
    Plugin,
    /// Within the program, out of the dynamic linker's sight.
    Hidden,
    /// Likewise, in a program that has no dynamic linker.
    Static,
}

/// A program that speaks the protocol of an original by itself, beside an imitation of its library.
pub(crate) fn speaker(original: &Original, access: Access) -> Result<Directory> {
    let directory = Directory::new()?;
    imitate(original, directory.path())?;
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/generations/c");
    let mut compiler = Command::new("cc");
    compiler.args([
        "-std=gnu11",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-Wno-address-of-packed-member",
    ]);
    compiler.args(match access {
        Access::Copied => ["-fno-pie", "-no-pie"],
        Access::Shared | Access::Hidden => ["-fPIC", "-pie"],
        Access::Plugin => ["-fPIC", "-shared"],
        Access::Static => ["-fno-pie", "-static"],
    });
    for (name, value) in original.wire.defines() {
        compiler.arg(format!("-D{name}={value}"));
    }
    let sizes = original.sizes.map(|size| size.to_string()).join(",");
    compiler.arg(format!("-DTABLE={}", original.array()));
    compiler.arg(format!("-DVARIABLES={}", original.variables.lines().count()));
    compiler.arg(format!("-DSIZES={sizes}"));
    compiler
        .arg("-o")
        .arg(directory.path().join("program"))
        .arg(sources.join("redirected.c"));
    compiler.arg(directory.path().join(match access {
        Access::Hidden | Access::Static => SOURCE,
        _ => original.soname,
    }));
    compiler.arg(format!("-Wl,-rpath-link,{}", directory.path().display()));
    succeed(&mut compiler)?;
    let loader = ["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-o"];
    succeed(
        Command::new("cc")
            .args(loader)
            .arg(directory.path().join("loader"))
            .arg(sources.join("loader.c"))
            .arg("-ldl"),
    )?;
    Ok(directory)
}
