//! The file that programs look for before they look for the interface.

use crate::c_program::{compile, expect_success, preloaded};
use crate::temporary::fresh_path;

#[test]
fn the_switch_of_the_patched_kernel_can_be_read() {
    // A null path is part of it.
    let client = compile("switch", &["-Wno-nonnull"]);
    expect_success(&preloaded(&client.0, &fresh_path("nobody")).output().expect("it runs"));
}
