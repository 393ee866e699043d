//! A daemon that refuses, dies, or is not there; connection ids that are none.

use crate::fake_daemon::{Answer, FakeDaemon};
use crate::program::{Result, nowhere, run};

const EACCES: i32 = 13;
const EINVAL: i32 = 22;
const ENOMEM: i32 = 12;

const GENETLINK: &str = "mnl_cb_run error: Error thrown from genetlink library\n";

const HEADER: &str = "\
CID      LocalAddr            LocalPort RemAddr              RemPort \n\
-------- -------------------- -------- -------------------- --------\n\
\n";

#[test]
fn unknown_connection() {
    let daemon = FakeDaemon::start(vec![Answer::Error(EINVAL)]);
    assert_eq!(
        run("readvars", daemon.socket(), &["99"]),
        Result::new("Invalid argument\n", GENETLINK, 1)
    );
}

#[test]
fn connection_of_somebody_else() {
    let daemon = FakeDaemon::start(vec![Answer::Error(EACCES)]);
    assert_eq!(
        run("readvars", daemon.socket(), &["1"]),
        Result::new("Permission denied\n", GENETLINK, 1)
    );
}

#[test]
fn refused_list() {
    let daemon = FakeDaemon::start(vec![Answer::Error(ENOMEM)]);
    let expected = Result::new(HEADER, "error: Error thrown from genetlink library\n", 1);
    assert_eq!(run("listconns", daemon.socket(), &[]), expected);
}

/// With --json, standard output has JSON or nothing.
#[test]
fn refusals_in_json_go_to_standard_error_only() {
    for (program, arguments) in [("readvars", &["--json", "99"][..]), ("listconns", &["--json"])] {
        let daemon = FakeDaemon::start(vec![Answer::Error(EINVAL)]);
        let result = run(program, daemon.socket(), arguments);
        assert_eq!((result.stdout.as_str(), result.status), ("", Some(1)));
        assert!(result.stderr.starts_with(&format!("{program}: ")), "{}", result.stderr);
        assert!(result.stderr.contains("Invalid argument"), "{}", result.stderr);
    }
}

#[test]
fn a_daemon_that_dies_during_the_request() {
    for (program, arguments, stdout) in [("readvars", &["1"][..], ""), ("listconns", &[], HEADER)] {
        let daemon = FakeDaemon::start(vec![Answer::HangUp]);
        let result = run(program, daemon.socket(), arguments);
        assert_eq!((result.stdout.as_str(), result.status), (stdout, Some(1)));
        assert_eq!(result.stderr.lines().count(), 1, "{}", result.stderr);
        assert!(
            result.stderr.contains("connection to estatsd was lost"),
            "{}",
            result.stderr
        );
    }
}

#[test]
fn no_daemon() {
    for (program, arguments) in [("readvars", &["1"][..]), ("listconns", &[]), ("listconns", &["--json"])] {
        let result = run(program, &nowhere(), arguments);
        assert_eq!((result.stdout.as_str(), result.status), ("", Some(1)));
        assert_eq!(result.stderr.lines().count(), 1, "{}", result.stderr);
        assert!(result.stderr.contains("estatsd is not running"), "{}", result.stderr);
        assert!(
            result.stderr.contains(nowhere().to_str().expect("text")),
            "{}",
            result.stderr
        );
    }
}

#[test]
fn connection_ids_that_are_none() {
    for arguments in [
        &["0"][..],
        &["abc"],
        &[""],
        &["12abc"],
        &["2147483648"],
        &["--", "-5"],
        &["-m", "f", "0"],
    ] {
        assert_eq!(
            run("readvars", &nowhere(), arguments),
            Result::new("", "Invalid argument\n", 1),
            "{arguments:?}"
        );
    }
}

#[test]
fn output_that_cannot_be_written() {
    let daemon = FakeDaemon::start(vec![Answer::Data(vec![])]);
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .expect("/dev/full");
    let output = crate::program::command("listconns", daemon.socket())
        .stdout(full)
        .output()
        .expect("it runs");
    let result = Result::from(output);
    assert_eq!(result.status, Some(1));
    assert!(
        result.stderr.starts_with("cannot write to standard output: "),
        "{}",
        result.stderr
    );
}
