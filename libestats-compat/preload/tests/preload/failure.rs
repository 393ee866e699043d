//! A daemon that is absent, ends, or is silent.

use crate::c_program::{compile, expect_success, library, preloaded, run};
use crate::fake_daemon::{FakeDaemon, Manner};
use crate::temporary::{Temporary, fresh_path};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

#[test]
fn only_the_request_fails_without_a_daemon() {
    run("failure", "absent", &fresh_path("nobody"));
}

#[test]
fn a_path_too_long_for_a_socket_is_no_daemon() {
    run("failure", "absent", Path::new(&format!("/tmp/{}", "x".repeat(200))));
}

#[test]
fn the_end_of_the_connection_is_an_error_and_the_next_request_connects_again() {
    run(
        "failure",
        "hangs up",
        FakeDaemon::start(&[Manner::HangsUp, Manner::Answers]).socket(),
    );
}

#[test]
fn a_silent_daemon_holds_nobody_for_ever() {
    run(
        "failure",
        "silent",
        FakeDaemon::start(&[Manner::Silent, Manner::Answers]).socket(),
    );
}

#[test]
fn signals_do_not_cut_a_wait_short() {
    run("failure", "slow", FakeDaemon::start(&[Manner::AnswersLate]).socket());
}

#[test]
fn a_daemon_killed_during_a_request() {
    let socket = Temporary(fresh_path("sock"));
    let mute = compile("mute_daemon", &[]);
    let client = compile("failure", &[]);
    let mut daemon = Command::new(&mute.0)
        .arg(&socket.0)
        .stdout(Stdio::piped())
        .spawn()
        .expect("daemon runs");
    let mut said = BufReader::new(daemon.stdout.take().expect("a pipe")).lines();
    assert_eq!(said.next().expect("a line").expect("text"), "listening");

    let mut client = preloaded(&client.0, &socket.0)
        .arg("killed")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("client runs");
    assert_eq!(said.next().expect("a line").expect("text"), "asked");
    daemon.kill().expect("SIGKILL");
    daemon.wait().expect("daemon ends");
    drop(client.stdin.take());
    expect_success(&client.wait_with_output().expect("client ends"));
}

#[test]
fn a_new_connection_that_has_ended_already_is_no_daemon() {
    let daemon = FakeDaemon::start(&[Manner::EndsAtOnce, Manner::Answers]);
    let outlived = compile("outlived_connect", &["-shared", "-fPIC"]);
    let client = compile("failure", &[]);
    let both = format!("{}:{}", library().display(), outlived.0.display());
    let output = preloaded(&client.0, daemon.socket())
        .env("LD_PRELOAD", both)
        .arg("stillborn")
        .output()
        .expect("client runs");
    expect_success(&output);
}
