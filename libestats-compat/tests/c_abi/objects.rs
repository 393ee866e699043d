//! The calls that need no daemon, from C.

use std::process::Command;

use crate::support::{build_program, run, scratch};

#[test]
fn objects_errors_and_lists_behave_as_in_the_original() {
    let directory = scratch("objects");
    let program = build_program("objects", &directory);
    let output = run(&mut Command::new(program));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    assert!(output.status.success());
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "extra: Error thrown from genetlink library at file.c:7 in function function\n\
         Invalid argument\n\
         path: No such file or directory\n"
    );
}
