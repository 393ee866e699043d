//! `record_write` and `record_read`.

use crate::fake_daemon::{Answer, FakeDaemon};
use crate::program::{Result, command, nowhere, run};
use crate::wire::some_variables;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A directory that is gone at the end of the test.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("estats-recording-{}-{number}", std::process::id()));
        fs::create_dir(&path).expect("a new directory");
        Self(path)
    }

    /// Runs a program in it.
    fn run(&self, program: &str, socket: &Path, arguments: &[&str]) -> Result {
        let mut command = command(program, socket);
        command.current_dir(&self.0).args(arguments);
        command.output().expect("the program runs").into()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A record of connection 7, in a file in the directory.
fn recorded(arguments: &[&str]) -> (Directory, Result) {
    let directory = Directory::new();
    let daemon = FakeDaemon::start(vec![Answer::Data(vec![some_variables()])]);
    let result = directory.run("record_write", daemon.socket(), &[&["7"], arguments].concat());
    assert_eq!((result.stderr.as_str(), result.status), ("", Some(0)));
    (directory, result)
}

#[test]
fn the_listing_has_every_variable_and_is_read_back() {
    let (directory, written) = recorded(&[]);
    let mut lines = written.stdout.lines();
    assert_eq!(lines.next(), Some("Timestamp sec: 1700000000, usec: 4242"));
    assert_eq!(lines.next(), Some("Address: 127.0.0.1 22 10.0.0.2 40000"));
    assert_eq!(lines.next(), Some("SegsOut:  4294967295"));
    assert_eq!(lines.next(), Some("DataSegsOut:  0"));
    assert_eq!(
        (lines.count(), written.stdout.lines().last()),
        (122, Some("Priority:  0"))
    );
    assert!(written.stdout.contains("\nWinScaleSent:  -1\n"));
    assert!(written.stdout.contains("\nHCDataOctetsOut:  18446744073709551615\n"));
    assert_eq!(directory.run("record_read", &nowhere(), &[]), written);
}

/// Start, one record, checksum: 3 + 44 + 16 x 124 + 2 bytes.
#[test]
fn the_file_has_the_old_format() {
    let (directory, _) = recorded(&["--little-endian"]);
    let file = fs::read(directory.file("test-record")).expect("it was written");
    assert_eq!(file.len(), 2033);
    assert_eq!(file[..3], [0, 0, 0]);
    assert_eq!(
        file[3..11],
        [&1_700_000_000_u32.to_le_bytes()[..], &4242_u32.to_le_bytes()].concat()
    );
    assert_eq!(file[11..15], [10, 0, 0, 2]);
    assert_eq!(file[27..31], [127, 0, 0, 1]);
    assert_eq!(
        file[43..47],
        [&40_000_u16.to_le_bytes()[..], &22_u16.to_le_bytes()].concat()
    );
    // SegsOut, and DataSegsOut that was not measured.
    assert_eq!(file[47..63], [0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0]);
    assert_eq!(file[63..71], [1, 0, 0, 0, 0, 0, 0, 0]);
    let sum: u32 = file
        .chunks(2)
        .map(|word| u32::from(word[0]) << 8 | u32::from(word.get(1).copied().unwrap_or(0)))
        .sum();
    assert_eq!((sum & 0xffff) + (sum >> 16), 0xffff);
}

#[test]
fn json_and_back_is_the_same_file_in_every_generation_and_byte_order() {
    for generation in ["l3-v124b", "l3-v122", "l2-v121", "l1-v117"] {
        for order in ["--big-endian", "--little-endian"] {
            let (directory, _) = recorded(&[order, "--generation", generation, "-o", "first"]);
            let json = directory.run(
                "record_read",
                &nowhere(),
                &["--json", "--generation", generation, "first"],
            );
            assert_eq!((json.stderr.as_str(), json.stdout.lines().count()), ("", 1));
            assert!(
                json.stdout
                    .contains(r#""perf":{"SegsOut":4294967295,"DataSegsOut":null,"#)
            );
            fs::write(directory.file("lines"), &json.stdout).expect("written");
            let arguments = [
                "--from-json",
                "lines",
                order,
                "--generation",
                generation,
                "--output",
                "second",
            ];
            let back = directory.run("record_write", &nowhere(), &arguments);
            assert_eq!(back, Result::new("", "", 0));
            let read = |name| fs::read(directory.file(name)).expect("it was written");
            assert!(read("first") == read("second"), "{generation} {order}");
        }
    }
}

/// What `readvars --json` prints is a record as well.
#[test]
fn lines_of_readvars_become_records() {
    let directory = Directory::new();
    let daemon = FakeDaemon::start(vec![Answer::Data(vec![some_variables()]); 2]);
    let line = run("readvars", daemon.socket(), &["7", "--json", "--count", "2", "-i", "0"]);
    assert_eq!(line.stdout.lines().count(), 2);
    fs::write(directory.file("lines"), line.stdout).expect("written");
    let result = directory.run("record_write", &nowhere(), &["--from-json", "lines"]);
    assert_eq!(result, Result::new("", "", 0));
    let (_other, one) = recorded(&[]);
    assert_eq!(directory.run("record_read", &nowhere(), &[]), one);
    let all = directory.run("record_read", &nowhere(), &["--all"]);
    assert_eq!(all, Result::new(&one.stdout.repeat(2), "", 0));
}

#[test]
fn files_that_cannot_be_read() {
    let (directory, _) = recorded(&[]);
    let intact = fs::read(directory.file("test-record")).expect("it was written");
    let mut changed = intact.clone();
    changed[100] ^= 4;
    let reason = |text: &str| format!("record_read: ./test-record: {text}\n");
    for (content, stderr) in [
        (
            changed,
            "Checksum error\n".to_owned()
                + &reason(
                    "the checksum at the end is not that of the file: it was changed or cut short, or is no record file",
                ),
        ),
        (
            intact[..2031].to_vec(),
            "Checksum error\n".to_owned()
                + &reason("the checksum at the end is missing: the program that wrote the file did not close it"),
        ),
        (
            vec![],
            "Checksum error\n".to_owned() + &reason("0 bytes are no record file: one without any record has 5"),
        ),
        (vec![0, 0, 0, 0xff, 0xff], "End of file\n".to_owned()),
    ] {
        fs::write(directory.file("test-record"), content).expect("written");
        assert_eq!(
            directory.run("record_read", &nowhere(), &[]),
            Result::new("", &stderr, 1)
        );
    }
    fs::write(directory.file("test-record"), &intact).expect("written");
    let other = directory.run("record_read", &nowhere(), &["--generation", "l3-v122"]);
    let fits = "records of 1996 bytes leave 32 over: another generation wrote the file (it fits l3-v124b, l3-v124a)";
    assert_eq!(other, Result::new("", &format!("End of file\n{}", reason(fits)), 1));
    assert_eq!(
        directory.run("record_read", &nowhere(), &["missing"]),
        Result::new("", "missing: No such file or directory\n", 1)
    );
}

#[test]
fn what_cannot_be_recorded_leaves_no_file() {
    let directory = Directory::new();
    let daemon = FakeDaemon::start(vec![Answer::Error(22)]);
    let genetlink = "mnl_cb_run error: Error thrown from genetlink library\n";
    assert_eq!(
        directory.run("record_write", daemon.socket(), &["99"]),
        Result::new("Invalid argument\n", genetlink, 1)
    );
    assert_eq!(
        directory.run("record_write", &nowhere(), &[]),
        Result::new("Usage: record_write cid\n", "", 1)
    );
    assert_eq!(
        directory.run("record_write", &nowhere(), &["0"]),
        Result::new("", "Invalid argument\n", 1)
    );
    fs::write(directory.file("lines"), "\n{}\n").expect("written");
    let result = directory.run("record_write", &nowhere(), &["--from-json", "lines"]);
    assert_eq!((result.stdout.as_str(), result.status), ("", Some(1)));
    let expected = "record_write: lines, line 2: missing field `tuple`";
    assert!(result.stderr.starts_with(expected), "{}", result.stderr);
    let result = directory.run("record_write", &nowhere(), &["7", "--generation", "l0-v117"]);
    let expected = "record_write: there are no record files of 'l0-v117', but of l3-v124b, l3-v122, ";
    assert!(result.stderr.starts_with(expected), "{}", result.stderr);
    assert!(!directory.file("test-record").exists());
}
