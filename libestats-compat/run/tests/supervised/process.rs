//! What others get to see of a supervised program: its status, its signals, its children.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Output;

use crate::c_program::{compile, launcher, printed};
use crate::fake_daemon::{FakeDaemon, Manner};
use crate::temporary::fresh_path;

/// Runs a shell command under supervision.
fn shell(script: &str) -> Output {
    let mut command = launcher(&fresh_path("nobody"));
    command
        .args(["--supervise", "sh", "-c", script])
        .output()
        .expect("sh runs")
}

#[test]
fn exit_status_and_signals_are_the_program_s() {
    assert_eq!(shell("exit 7").status.code(), Some(7));
    for signal in [9, 15] {
        assert_eq!(shell(&format!("kill -{signal} $$")).status.signal(), Some(signal));
    }
    let output = shell("echo out; echo err >&2");
    assert_eq!(
        (output.stdout.as_slice(), output.stderr.as_slice()),
        (&b"out\n"[..], &b"err\n"[..])
    );
}

#[test]
fn signals_are_passed_on() {
    // The parent of the shell is the supervisor.
    let output = shell("trap 'exit 9' USR1; kill -USR1 $PPID; while :; do sleep 0.01; done");
    assert_eq!(output.status.code(), Some(9));
}

#[test]
fn programs_that_a_program_starts_are_led_too() {
    let (daemon, client) = (FakeDaemon::start(&[Manner::Answers]), compile("conversation"));
    let script = format!("{0} libmnl && {0} libmnl | cat", client.0.display());
    printed(
        &launcher(daemon.socket())
            .args(["--supervise", "sh", "-c", &script])
            .output()
            .expect("sh runs"),
    );
}

#[test]
fn programs_that_outlive_their_starter_are_led_too() {
    let (daemon, client) = (FakeDaemon::start(&[Manner::Answers]), compile("conversation"));
    // The first shell ends when the second one has seen that it is gone; the output ends with the second.
    let wait = "while kill -0 $0 2>/dev/null; do sleep 0.01; done";
    let script = format!("sh -c '{wait}; {} libmnl && echo led' $$ &", client.0.display());
    let output = launcher(daemon.socket())
        .args(["--supervise", "sh", "-c", &script])
        .output()
        .expect("sh runs");
    assert_eq!(printed(&output), "led\n");
}

#[test]
fn it_says_what_it_does() {
    let client = compile("raw");
    let output = launcher(&fresh_path("nobody"))
        .arg("-v")
        .arg(&client.0)
        .arg("refused")
        .output()
        .expect("client runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("way         its calls on generic netlink sockets"),
        "{said}"
    );
}

#[test]
fn there_is_but_one_supervisor() {
    let own = env!("CARGO_BIN_EXE_estats-run");
    let output = shell(&format!("{own} --supervise true"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(126), "{said}");
    assert!(said.contains("does not let this process supervise"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}
