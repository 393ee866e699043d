//! What a program gets to see of its sockets.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use crate::c_program::{compile, launcher, printed, run};
use crate::fake_daemon::{FakeDaemon, Manner};
use crate::temporary::{Temporary, fresh_path};

fn converse(client: &str, case: &str) {
    run(client, case, FakeDaemon::start(&[Manner::Answers]).socket());
}

#[test]
fn the_calls_of_the_original_library() {
    converse("conversation", "libmnl");
}

#[test]
fn options_gathered_sending_poll_and_peek() {
    converse("conversation", "libnl");
}

#[test]
fn calls_without_address() {
    converse("conversation", "plain calls");
}

#[test]
fn families_of_the_kernel_on_the_same_socket() {
    converse("conversation", "other families");
}

#[test]
fn threads_that_wait_with_epoll_and_in_a_receive() {
    for manner in [&[Manner::Answers], &[Manner::AnswersLate]] {
        run("raw", "threads", FakeDaemon::start(manner).socket());
    }
}

#[test]
fn several_messages_at_once() {
    converse("raw", "many");
}

#[test]
fn a_wait_has_the_end_that_the_program_gives_it() {
    converse("raw", "timeout");
}

#[test]
fn a_signal_ends_a_wait() {
    converse("raw", "signal");
}

#[test]
fn duplicates_and_descendants_have_the_same_socket() {
    converse("raw", "fork");
}

#[test]
fn the_kernel_s_own_answer_is_untouched() {
    let (daemon, client) = (FakeDaemon::start(&[Manner::Answers]), compile("raw"));
    let alone = printed(&Command::new(&client.0).arg("nlctrl").output().expect("client runs"));
    let supervised = printed(
        &launcher(daemon.socket())
            .arg(&client.0)
            .arg("nlctrl")
            .output()
            .expect("client runs"),
    );
    assert!(alone.len() > 100, "{alone}");
    assert_eq!(alone, supervised);
}

#[test]
fn a_daemon_that_goes_away_or_says_nothing_is_an_error() {
    for manner in [&[Manner::HangsUp], &[Manner::EndsAtOnce], &[Manner::Silent]] {
        run("raw", "refused", FakeDaemon::start(manner).socket());
    }
    run("raw", "refused", &fresh_path("nobody"));
}

#[test]
fn nobody_in_particular_may_use_it() {
    let (daemon, client) = (FakeDaemon::start(&[Manner::Answers]), compile("conversation"));
    let launcher = Temporary(fresh_path("launcher"));
    fs::copy(env!("CARGO_BIN_EXE_estats-run"), &launcher.0).expect("copied");
    for file in [daemon.socket(), &client.0, &launcher.0] {
        fs::set_permissions(file, Permissions::from_mode(0o777)).expect("own files");
    }
    let mut command = Command::new(&launcher.0);
    command
        .env("ESTATS_SOCKET", daemon.socket())
        .arg(&client.0)
        .arg("libmnl");
    if nix::unistd::geteuid().is_root() {
        command.uid(65_534).gid(65_534);
    }
    printed(&command.output().expect("client runs"));
}
