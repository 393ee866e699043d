//! Programs that keep their own library, of every generation, and are led to the daemon below it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context as _, Result, ensure};
use estats_protocol::{Value, extension::Row};
use estats_spec::Id;
use estats_tests::daemon::Directory;
use estats_tests::printed::is_between;

use crate::imitation::{Access, columns, speaker};
use crate::launcher::{installed, launcher};
use crate::live::Scene;
use crate::originals::{ORIGINALS, Original};
use crate::program::succeed;

/// The row as a program that stores values as its library does is to print it: of a longer value it has the low-order bits.
fn expected(original: &Original, row: &Row) -> Result<String> {
    let mut lines = String::new();
    for variable in original.variables.lines() {
        let [name, width, kind] = columns(variable)?;
        let id = Id::from_name(name).with_context(|| format!("{name} is unknown"))?;
        let value = match row.instruments[id] {
            None => "-".to_owned(),
            Some(Value::S32(value)) => value.to_string(),
            Some(value) if width == "u8" => (value.as_u64() & 0xff).to_string(),
            Some(value) => value.as_u64().to_string(),
        };
        writeln!(lines, "{name} {width} {kind} {value}")?;
    }
    Ok(lines)
}

/// Runs the program in `directory`, led to the daemon by the launcher.
fn run(scene: &Scene, libraries: &Path, directory: &Path, access: Access) -> Result<Output> {
    let mut command: Command = launcher(libraries)?;
    command.env("LD_LIBRARY_PATH", directory).arg("--preload");
    if matches!(access, Access::Plugin) {
        command.arg(directory.join("loader"));
    }
    command.arg(directory.join("program")).args(scene.ports()?);
    scene.output(&mut command)
}

/// What a program prints that `run` runs: the row, as its library understands it.
fn print_of_row(scene: &mut Scene, original: &Original, run: impl FnOnce(&Scene) -> Result<Output>) -> Result<String> {
    let before = expected(original, &scene.row()?)?;
    let output = run(scene)?;
    let after = expected(original, &scene.row()?)?;
    let said = String::from_utf8(output.stderr)?;
    ensure!(output.status.success() && said.is_empty(), "{}: {said}", original.file);
    let printed = String::from_utf8(output.stdout)?;
    is_between(&printed, &before, &after).context(original.file)?;
    Ok(printed)
}

#[test]
fn every_generation_is_answered_in_its_own_numbers() -> Result<()> {
    let (mut scene, libraries) = (Scene::new("127.0.0.1")?, installed()?);
    for original in &ORIGINALS {
        for access in [Access::Copied, Access::Shared, Access::Plugin] {
            let program = speaker(original, access)?;
            let printed = print_of_row(&mut scene, original, |scene| {
                run(scene, libraries.path(), program.path(), access)
            })?;
            let sent = printed.lines().find(|line| line.starts_with("HCThruOctetsAcked u64 "));
            ensure!(
                sent.is_some_and(|line| line.ends_with(" 77778")),
                "{}: {printed}",
                original.file
            );
        }
    }
    Ok(())
}

#[test]
fn static_programs_of_every_generation_are_answered_in_their_own_numbers() -> Result<()> {
    let (mut scene, libraries) = (Scene::new("127.0.0.1")?, installed()?);
    for original in &ORIGINALS {
        let directory = speaker(original, Access::Static)?;
        let program = directory.path().join("program");
        let stripped = directory.path().join("stripped");
        succeed(Command::new("strip").arg("-o").arg(&stripped).arg(&program))?;
        // The table of symbols tells the generation, or the user does.
        for (program, told) in [(&program, None), (&stripped, Some(original.generation))] {
            let mut command = launcher(libraries.path())?;
            command.args(told.map(|generation| format!("--generation={generation}")));
            command.arg(program).args(scene.ports()?);
            print_of_row(&mut scene, original, |scene| scene.output(&mut command))?;
        }
    }
    Ok(())
}

#[test]
fn a_socket_may_stand_for_a_generation() -> Result<()> {
    let (sockets, libraries) = (Directory::new()?, installed()?);
    let file = sockets.path().join("estatsd.toml");
    let mut text = String::new();
    let bound: Vec<_> = ORIGINALS
        .iter()
        .filter(|original| !original.file.ends_with("so0.so"))
        .collect();
    for original in &bound {
        let path = sockets.path().join(original.generation);
        writeln!(
            text,
            "[[listen]]\npath = {path:?}\ngeneration = {:?}",
            original.generation
        )?;
    }
    fs::write(&file, text)?;
    let mut scene = Scene::with("127.0.0.1", &["--config", &file.display().to_string()])?;
    for original in bound {
        let program = speaker(original, Access::Hidden)?;
        let mut command = launcher(libraries.path())?;
        command
            .arg("--preload")
            .arg(program.path().join("program"))
            .args(scene.ports()?);
        let socket = sockets.path().join(original.generation);
        print_of_row(&mut scene, original, |scene| scene.output_at(&socket, &mut command))?;
    }
    Ok(())
}

#[test]
fn a_table_that_nobody_knows_gets_no_answer() -> Result<()> {
    let (scene, libraries) = (Scene::new("127.0.0.1")?, installed()?);
    let [known, ..] = ORIGINALS;
    let foreign = Original {
        variables: Box::leak(known.variables.replace("\nSegsIn ", "\nSegsGone ").into()),
        ..known
    };
    let program = speaker(&foreign, Access::Copied)?;
    let output = run(&scene, libraries.path(), program.path(), Access::Copied)?;
    assert_eq!(String::from_utf8(output.stderr)?, "cannot send\n");
    assert_eq!(output.status.code(), Some(1));
    Ok(())
}
