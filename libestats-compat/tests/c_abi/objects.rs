//! The calls that need no daemon, from C.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;

use crate::support::{build_program, build_program_with, run, scratch};

const STDERR: &str = "extra: Error thrown from genetlink library at file.c:7 in function function\n\
                      Invalid argument\n\
                      path: No such file or directory\n";

#[track_caller]
fn assert_objects(options: &[&str]) {
    let directory = scratch("objects");
    let output = run(&mut Command::new(build_program_with(options, "objects", &directory)));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    assert_eq!(String::from_utf8_lossy(&output.stderr), STDERR);
    assert!(output.status.success());
}

#[test]
fn objects_errors_and_lists_behave_as_in_the_original() {
    assert_objects(&[]);
}

#[test]
fn a_program_compiled_with_debug_checks_its_lists_through_the_library() {
    assert_objects(&["-DDEBUG"]);
}

#[test]
fn a_broken_list_is_named_and_the_program_aborted() {
    let directory = scratch("broken_list");
    let output = run(&mut Command::new(build_program("broken_list", &directory)));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.starts_with("the place: prev corrupt in node 0x"), "{stderr}");
    assert!(stderr.contains(" (2) of 0x"), "the second node: {stderr}");
    assert_eq!(output.status.signal(), Some(6));
}
