//! Programs of every generation, and one daemon.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context as _, Result, ensure};
use estats_protocol::Value;
use estats_protocol::extension::Row;
use estats_spec::Id;
use estats_spec::endpoint::SOCKET_ENV;
use estats_tests::netns::Namespace;
use estats_tests::observer::Observer;
use estats_tests::printed::is_between;
use estats_tests::traffic::{Options, Pair, transfer};

use crate::originals::{ORIGINALS, Original};
use crate::program::{Program, succeed};

/// A daemon, and a connection of which nothing changes any more.
pub(crate) struct Scene {
    namespace: Namespace,
    observer: Observer,
    pair: Pair,
}

impl Scene {
    pub(crate) fn new(address: &str) -> Result<Self> {
        Self::with(address, &[])
    }

    /// With a daemon that is started with these arguments.
    pub(crate) fn with(address: &str, arguments: &[&str]) -> Result<Self> {
        let namespace = Namespace::new()?;
        let observer = Observer::start_with(&namespace, arguments)?;
        let end = || (&namespace, Options::default());
        let pair = Pair::open(end(), end(), address.parse()?)?;
        transfer(&pair.client, &pair.server, 77_777)?;
        pair.quiesce()?;
        Ok(Self {
            namespace,
            observer,
            pair,
        })
    }

    /// What `program` prints about the client's end.
    fn run(&self, program: &Program, arguments: &[&str]) -> Result<String> {
        let mut command = program.command(&self.observer.daemon.socket());
        command.arg(self.port()?).args(arguments);
        self.namespace.run(|| succeed(&mut command))
    }

    /// The port of the client's end.
    pub(crate) fn port(&self) -> Result<String> {
        Ok(self.pair.client.local_addr()?.port().to_string())
    }

    /// The ports of both ends, the client's first.
    pub(crate) fn ports(&self) -> Result<[String; 2]> {
        Ok([self.port()?, self.pair.client.peer_addr()?.port().to_string()])
    }

    /// Runs any other command beside the daemon.
    pub(crate) fn output(&self, command: &mut Command) -> Result<Output> {
        self.output_at(&self.observer.daemon.socket(), command)
    }

    /// Runs any other command beside the daemon, and leads it to one of the daemon's sockets.
    pub(crate) fn output_at(&self, socket: &Path, command: &mut Command) -> Result<Output> {
        command.env(SOCKET_ENV, socket);
        self.namespace.run(|| Ok(command.output()?))
    }

    /// Everything that is measured of the same end.
    pub(crate) fn row(&mut self) -> Result<Row> {
        let cid = self.observer.cid(&self.pair.client)?;
        Ok(self.observer.client.read_row(cid)?)
    }

    /// The ends of the connection as programs print them.
    fn tuple(&self) -> Result<String> {
        let (local, remote) = (self.pair.client.local_addr()?, self.pair.client.peer_addr()?);
        let [local, remote] = [local, remote].map(|end| format!("{} {}", end.ip(), end.port()));
        Ok(format!("{local} {remote}\n"))
    }
}

/// The row as a program of that generation is to print it.
fn expected(original: &Original, row: &Row) -> Result<String> {
    let mut lines = String::new();
    for variable in original.variables() {
        let name = variable.split(' ').next().context("a name")?;
        let id = Id::from_name(name).with_context(|| format!("{name} is unknown"))?;
        let value = match row.instruments[id] {
            None => "-".to_owned(),
            Some(Value::S32(value)) => value.to_string(),
            Some(value) => value.as_u64().to_string(),
        };
        writeln!(lines, "{variable} {value}")?;
    }
    Ok(lines)
}

#[test]
fn programs_of_every_generation_read_what_is_measured() -> Result<()> {
    for address in ["127.0.0.1", "::1"] {
        let mut scene = Scene::new(address)?;
        for original in &ORIGINALS {
            let program = Program::compile(original)?;
            let before = expected(original, &scene.row()?)?;
            let printed = scene.run(&program, &[])?;
            let after = expected(original, &scene.row()?)?;
            let mut values = printed.strip_prefix(&scene.tuple()?).context(original.file)?;
            if original.header.is_some() {
                let (holder, rest) = values.split_once('\n').context(original.file)?;
                values = rest;
                // The test itself holds the connection, which is established.
                let (pid, uid) = (std::process::id(), nix::unistd::getuid());
                ensure!(
                    holder == format!("pid {pid} {pid} uid {uid} state 1 inode 1"),
                    "{}: {holder}",
                    original.file
                );
            }
            is_between(values, &before, &after).context(original.file)?;
            // There is something to compare in each: what was sent and acknowledged, the SYN included.
            let sent = values.lines().find(|line| line.starts_with("HCThruOctetsAcked u64 "));
            ensure!(
                sent.is_some_and(|line| line.ends_with(" 77778")),
                "{}: {values}",
                original.file
            );
        }
    }
    Ok(())
}

#[test]
fn rows_that_the_newest_set_lacks_are_read_by_older_programs() -> Result<()> {
    let mut scene = Scene::new("127.0.0.1")?;
    let row = scene.row()?;
    for (file, name) in [
        ("libestats_l3_v124a.so", "OtherReductions"),
        ("libestats_l1_v117.so", "MaxRetxQueue"),
        ("libtcpe_l0_v117.so", "CurRetxQueue"),
    ] {
        let original = ORIGINALS.iter().find(|original| original.file == file).context(file)?;
        let printed = scene.run(&Program::compile(original)?, &[])?;
        let line = printed.lines().find(|line| line.split(' ').next() == Some(name));
        let value = line.and_then(|line| line.rsplit(' ').next()).context(name)?;
        let measured = row.instruments[Id::from_name(name).context(name)?];
        let measured = measured.with_context(|| format!("{name} is not measured"))?;
        assert_eq!(value, measured.as_u64().to_string(), "{name}");
    }
    Ok(())
}

#[test]
fn masks_have_the_size_of_their_generation() -> Result<()> {
    let scene = Scene::new("127.0.0.1")?;
    for original in &ORIGINALS {
        let program = Program::compile(original)?;
        // Bits 1 and 3 of the first table. What lies in the masks that do not count is no mask.
        let (all, masked) = (
            scene.run(&program, &["mask", "ffffffffff"])?,
            scene.run(&program, &["mask", "a"])?,
        );
        let first_of_path = "RetranThresh ";
        let (perf, others) = masked.split_at(masked.find(first_of_path).context(original.file)?);
        let shown: Vec<&str> = perf.lines().filter(|line| !line.ends_with(" -")).collect();
        assert_eq!(shown.len(), 2, "{}: {shown:?}", original.file);
        assert!(
            shown[0].starts_with("DataSegsOut ") && shown[1].starts_with("HCDataOctetsOut "),
            "{shown:?}"
        );
        let unmasked = |text: &str| text.lines().filter(|line| !line.ends_with(" -")).count();
        let rest = &all[all.find(first_of_path).context(original.file)?..];
        assert_eq!(unmasked(others), unmasked(rest), "{}", original.file);
    }
    Ok(())
}

#[test]
fn record_files_have_the_layout_of_their_generation() -> Result<()> {
    for address in ["127.0.0.1", "::1"] {
        let scene = Scene::new(address)?;
        for original in ORIGINALS.iter().filter(|original| original.header.is_some()) {
            let program = Program::compile(original)?;
            let file = program.directory.path().join("record");
            let printed = scene.run(&program, &["record", &file.display().to_string()])?;
            let values = printed.strip_prefix(&scene.tuple()?).with_context(|| printed.clone())?;
            let (read, differences) =
                values.split_at(values.match_indices("SegsOut ").nth(2).context(original.file)?.0);
            assert_eq!(read.lines().count(), original.variables().len(), "{}", original.file);
            assert!(read.contains(" 77778\n"), "{}: {read}", original.file);
            for line in differences.lines() {
                assert!(
                    line.ends_with(" 0") || line.ends_with(" -"),
                    "{}: {line}",
                    original.file
                );
            }
            let head = if original.header == Some("l1.h") { 46 } else { 44 };
            let length = 3 + head + 16 * original.variables().len() + 2;
            assert_eq!(fs::metadata(&file)?.len(), u64::try_from(length)?, "{}", original.file);
        }
    }
    Ok(())
}

#[test]
fn errors_have_the_numbers_of_their_generation() -> Result<()> {
    let scene = Scene::new("127.0.0.1")?;
    for original in &ORIGINALS {
        let printed = scene.run(&Program::compile(original)?, &["errors"])?;
        let unknown = original.unknown;
        let mut lines = vec!["cid 3".to_owned(), "9 9 Checksum error".to_owned()];
        lines.push(format!("{unknown} {unknown} Error not in error table"));
        let beyond = unknown + 1;
        lines.push(format!("{beyond} {unknown} Error not found in error table"));
        if original.header.is_some() {
            // The first generations had no number of its own for it.
            lines.push("tuple 14".to_owned());
            lines.push("13 13 Access denied".to_owned());
        }
        for line in lines {
            assert!(
                printed.lines().any(|other| other == line),
                "{}: {line}\n{printed}",
                original.file
            );
        }
    }
    Ok(())
}

#[test]
fn executables_have_a_copy_of_the_table_as_large_as_the_library_s() -> Result<()> {
    for original in &ORIGINALS {
        let program = Program::compile(original)?;
        let relocations = succeed(Command::new("readelf").arg("-rW").arg(program.path()))?;
        let copied = |line: &str| line.contains("_COPY") && line.contains(original.array());
        assert!(relocations.lines().any(copied), "{}: {relocations}", original.file);
        let symbols = succeed(Command::new("readelf").args(["-W", "--dyn-syms"]).arg(program.path()))?;
        let size = symbols
            .lines()
            .find(|line| line.contains(original.array()))
            .and_then(|line| line.split_whitespace().nth(2));
        assert_eq!(size, Some(original.table.to_string().as_str()), "{}", original.file);
    }
    Ok(())
}
