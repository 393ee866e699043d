//! `estats-run`: what it makes of programs, and that it becomes them.

use std::fs;
use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context as _, Result};
use estats_tests::daemon::{Directory, built};

use crate::imitation::{Access, imitate, speaker};
use crate::live::Scene;
use crate::originals::ORIGINALS;
use crate::program::{Program, succeed};

/// The libraries as they are installed.
pub(crate) fn installed() -> Result<Directory> {
    let directory = Directory::new()?;
    for original in &ORIGINALS {
        let generation = directory.path().join(original.generation);
        fs::create_dir_all(&generation)?;
        symlink(built(original.file)?, generation.join(original.soname))?;
    }
    let shim = "libestats_preload.so";
    symlink(built(shim)?, directory.path().join(shim))?;
    Ok(directory)
}

/// The launcher with those libraries.
pub(crate) fn launcher(libraries: &Path) -> Result<Command> {
    let mut command = Command::new(built("estats-run")?);
    command.arg("--libraries").arg(libraries);
    command.env_remove("LD_LIBRARY_PATH").env_remove("LD_PRELOAD");
    Ok(command)
}

/// What it says about a program, in the environment of a library of the program's own.
fn which(libraries: &Directory, own: &Path, program: &Path) -> Result<String> {
    succeed(
        launcher(libraries.path())?
            .env("LD_LIBRARY_PATH", own)
            .arg("--which")
            .arg(program),
    )
}

/// The generation in what it says.
fn generation(said: &str) -> Option<&str> {
    let line = said.lines().find(|line| line.starts_with("generation "))?;
    line.split([' ', ':']).filter(|word| !word.is_empty()).nth(1)
}

#[test]
fn an_original_that_is_still_there_tells_the_generation() -> Result<()> {
    let libraries = installed()?;
    for original in &ORIGINALS {
        let (program, own) = (Program::compile(original)?, Directory::new()?);
        imitate(original, own.path())?;
        let said = which(&libraries, own.path(), program.path())?;
        assert_eq!(generation(&said), Some(original.generation), "{said}");
        assert!(!said.contains("possible "), "{said}");
    }
    Ok(())
}

#[test]
fn without_it_the_size_of_the_copy_and_the_functions_tell() -> Result<()> {
    let (libraries, nothing) = (installed()?, Directory::new()?);
    for (file, expected, others) in [
        ("libestats.so", "l3-v124b", Some("l3-v124a")),
        ("libestats_l3_v124a.so", "l3-v124b", Some("l3-v124a")),
        ("libestats_l3_v122.so", "l3-v122", None),
        ("libestats_l3_v120.so", "l3-v120", None),
        ("libestats_l3_v116.so", "l3-v116", None),
        ("libestats_l3_v123.so", "l3-v123", Some("l2x-v123, l2i-v123g")),
        ("libestats_l2i_v123g.so", "l2i-v123g", None),
        ("libestats_l2_v121.so", "l2-v121", None),
        ("libestats_l1_v117.so", "l1-v117", None),
        ("libestats_l1_v117_so0.so", "l1-v117", None),
        ("libtcpe_l0_v117.so", "l0-v117", None),
    ] {
        let original = ORIGINALS.iter().find(|original| original.file == file).context(file)?;
        let program = Program::compile(original)?;
        let said = which(&libraries, nothing.path(), program.path())?;
        assert_eq!(generation(&said), Some(expected), "{file}: {said}");
        let possible = others.map(|others| format!("possible    {others} (--generation NAME)"));
        let line = said.lines().find(|line| line.starts_with("possible "));
        assert_eq!(line, possible.as_deref(), "{file}: {said}");
        assert!(said.contains(&format!("a copy of {} octets", original.table)), "{said}");
    }
    Ok(())
}

#[test]
fn a_static_program_tells_by_the_table_that_it_has() -> Result<()> {
    let (libraries, nothing) = (installed()?, Directory::new()?);
    for original in &ORIGINALS {
        let program = speaker(original, Access::Static)?;
        let said = which(&libraries, nothing.path(), &program.path().join("program"))?;
        // Functions that nobody calls are not linked in, so that a newer generation with the same variables may fit as well.
        let possible = said.lines().filter_map(|line| line.strip_prefix("possible    "));
        let mut named: Vec<&str> = possible.flat_map(|others| others.split([' ', ',', '('])).collect();
        named.extend(generation(&said));
        let own = named.iter().filter(|name| **name == original.generation);
        assert_eq!(own.count(), 1, "{}: {said}", original.file);
        assert!(
            said.contains("way         its calls on generic netlink sockets"),
            "{said}"
        );
    }
    Ok(())
}

#[test]
fn a_drop_in_is_not_taken_for_an_original() -> Result<()> {
    let libraries = installed()?;
    let original = ORIGINALS
        .iter()
        .find(|original| original.table == 1952)
        .context("V122")?;
    let (program, own) = (Program::compile(original)?, Directory::new()?);
    symlink(built("libestats.so")?, own.path().join("libestats.so.1"))?;
    let said = which(&libraries, own.path(), program.path())?;
    assert_eq!(generation(&said), Some("l3-v122"), "{said}");
    assert!(said.contains("original    not found"), "{said}");
    Ok(())
}

#[test]
fn programs_run_with_the_library_of_their_generation() -> Result<()> {
    let (scene, libraries) = (Scene::new("127.0.0.1")?, installed()?);
    let port = scene.port()?;
    for file in [
        "libestats_l3_v120.so",
        "libestats_l2_v121.so",
        "libestats_l1_v117_so0.so",
        "libtcpe_l0_v117.so",
    ] {
        let original = ORIGINALS.iter().find(|original| original.file == file).context(file)?;
        let program = Program::compile(original)?;
        let mut command = launcher(libraries.path())?;
        command.arg("-v").arg(program.path()).arg(&port);
        let output = scene.output(&mut command)?;
        let (printed, said) = (String::from_utf8(output.stdout)?, String::from_utf8(output.stderr)?);
        assert!(output.status.success(), "{file}: {said}");
        let sent = printed.lines().find(|line| line.starts_with("HCThruOctetsAcked "));
        assert!(sent.is_some_and(|line| line.ends_with(" 77778")), "{file}: {printed}");
        assert_eq!(generation(&said), Some(original.generation), "{said}");
    }
    Ok(())
}

#[test]
fn the_user_has_the_last_word() -> Result<()> {
    let libraries = installed()?;
    let original = ORIGINALS
        .iter()
        .find(|original| original.generation == "l3-v124b")
        .context("V124b")?;
    let program = Program::compile(original)?;
    let said = succeed(
        launcher(libraries.path())?
            .args(["--which", "--generation", "L3-V124a"])
            .arg(program.path()),
    )?;
    assert_eq!(generation(&said), Some("l3-v124a"), "{said}");
    let said = succeed(
        launcher(libraries.path())?
            .args(["--which", "--preload"])
            .arg(program.path()),
    )?;
    assert!(said.contains("LD_PRELOAD=") && generation(&said).is_none(), "{said}");
    for wrong in ["l3-v7", "l0-v117"] {
        let output = launcher(libraries.path())?
            .args(["--generation", wrong])
            .arg(program.path())
            .output()?;
        assert_eq!(output.status.code(), Some(126), "{wrong}");
    }
    Ok(())
}

/// Runs a shell command under the launcher.
fn shell(script: &str) -> Result<Output> {
    let libraries = installed()?;
    let mut command = launcher(libraries.path())?;
    command.env("LD_PRELOAD", "").args(["sh", "-c", script]);
    Ok(command.output()?)
}

#[test]
fn exit_status_and_signals_are_the_program_s() -> Result<()> {
    assert_eq!(shell("exit 7")?.status.code(), Some(7));
    assert_eq!(shell("kill -TERM $$")?.status.signal(), Some(15));
    let output = shell("echo out; echo err >&2; sh -c 'echo \"$LD_PRELOAD\"'")?;
    let printed = String::from_utf8(output.stdout)?;
    assert_eq!(output.stderr, b"err\n");
    // Children are led the same way.
    let mut lines = printed.lines();
    assert_eq!(lines.next(), Some("out"));
    assert!(
        lines.next().is_some_and(|line| line.ends_with("/libestats_preload.so")),
        "{printed}"
    );
    Ok(())
}

#[test]
fn what_cannot_be_run_is_said_in_a_line() -> Result<()> {
    let (libraries, directory) = (installed()?, Directory::new()?);
    let refused = |program: &Path, status: i32, words: &str| -> Result<()> {
        let output = launcher(libraries.path())?.arg(program).output()?;
        let said = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(status), "{said}");
        assert!(
            said.starts_with("estats-run: ") && said.contains(words) && said.lines().count() == 1,
            "{said}"
        );
        Ok(())
    };
    refused(Path::new("no-such-program"), 127, "not found")?;
    refused(&directory.path().join("nothing"), 127, "not found")?;

    let (source, fixed) = (directory.path().join("static.c"), directory.path().join("static"));
    fs::write(&source, "void _start(void) { for (;;); }\n")?;
    succeed(
        Command::new("cc")
            .args(["-static", "-nostdlib", "-o"])
            .arg(&fixed)
            .arg(&source),
    )?;
    chown(&fixed, Some(65_534), None)?;
    // chown takes the right away.
    fs::set_permissions(&fixed, Permissions::from_mode(0o4755))?;
    refused(&fixed, 126, "gives rights")?;

    let text = directory.path().join("text");
    fs::write(&text, "no program\n")?;
    refused(&text, 126, "ermission denied")?;

    let elf = directory.path().join("damaged");
    fs::write(&elf, b"\x7fELF\x02\x01\x01 and no more")?;
    refused(&elf, 125, "damaged")
}

#[test]
fn a_program_that_gives_rights_is_refused_every_way() -> Result<()> {
    let (libraries, directory) = (installed()?, Directory::new()?);
    let program = directory.path().join("program");
    fs::copy(Program::compile(&ORIGINALS[0])?.path(), &program)?;
    chown(&program, Some(65_534), None)?;
    // chown takes the right away.
    fs::set_permissions(&program, Permissions::from_mode(0o4755))?;
    for options in [
        &[][..],
        &["--preload"],
        &["--generation", "l3-v124b"],
        &["--supervise"],
        &["--supervise", "--generation", "l3-v124b"],
    ] {
        let output = launcher(libraries.path())?.args(options).arg(&program).output()?;
        let said = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(126), "{options:?}: {said}");
        assert!(said.contains("gives rights"), "{options:?}: {said}");
    }
    Ok(())
}

#[test]
fn without_the_libraries_it_says_what_is_missing() -> Result<()> {
    let nothing = Directory::new()?;
    let program = Program::compile(&ORIGINALS[0])?;
    let output = launcher(nothing.path())?.arg(program.path()).output()?;
    let said = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(126), "{said}");
    assert!(said.contains("/l3-v124b/libestats.so.1 is not there"), "{said}");
    Ok(())
}
