//! Duplicates, ranges, processes and threads.

use crate::c_program::run;
use crate::fake_daemon::{FakeDaemon, Manner};

fn case(name: &str) {
    run("descriptors", name, FakeDaemon::start(&[Manner::Answers]).socket());
}

#[test]
fn a_child_of_fork_shares_the_conversation() {
    case("fork");
}

#[test]
fn a_child_of_vfork_does_not_disturb_it() {
    case("vfork");
}

#[test]
fn duplicates_are_the_same_socket() {
    case("duplicates");
}

#[test]
fn hidden_descriptors_are_spared_by_ranges_and_closed_in_the_end() {
    case("ranges");
}

#[test]
fn duplicates_have_any_number_that_there_is() {
    case("highest");
}

#[test]
fn no_descriptor_left() {
    case("exhausted");
}

#[test]
fn threads_converse_side_by_side() {
    case("threads");
}

#[test]
fn first_requests_at_once() {
    case("race");
}

#[test]
fn a_waiting_thread_can_be_cancelled() {
    case("cancelled");
}
