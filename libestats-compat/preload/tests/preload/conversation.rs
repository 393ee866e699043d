//! A daemon that answers.

use crate::c_program::{compile, expect_success, preloaded, run};
use crate::fake_daemon::{FakeDaemon, Manner};
use std::os::unix::process::ExitStatusExt;

fn converse(case: &str) {
    run("conversation", case, FakeDaemon::start(&[Manner::Answers]).socket());
}

#[test]
fn the_calls_of_the_original_library() {
    converse("libmnl");
}

#[test]
fn options_gathered_sending_poll_and_peek() {
    converse("libnl");
}

#[test]
fn calls_without_address() {
    converse("plain calls");
}

#[test]
fn scattered_calls_and_many_messages_at_once() {
    converse("many");
}

#[test]
fn families_of_the_kernel_on_the_same_socket() {
    converse("other families");
}

#[test]
fn checked_buffers() {
    let daemon = FakeDaemon::start(&[Manner::Answers]);
    let client = compile("conversation", &["-O2", "-D_FORTIFY_SOURCE=2"]);
    expect_success(
        &preloaded(&client.0, daemon.socket())
            .arg("fortified")
            .output()
            .expect("client runs"),
    );
    let overflow = preloaded(&client.0, daemon.socket())
        .arg("overflow")
        .output()
        .expect("client runs");
    assert_eq!(
        overflow.status.signal(),
        Some(6),
        "an overflow is still detected: {overflow:?}"
    );
}
