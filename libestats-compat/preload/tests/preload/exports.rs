//! What the library defines for others.

use crate::c_program::library;
use std::collections::BTreeSet;
use std::process::Command;

#[test]
fn only_the_interposed_functions_are_exported() {
    let output = Command::new("nm")
        .args(["-D", "--defined-only", "--format=posix"])
        .arg(library())
        .output()
        .expect("nm runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let exported: BTreeSet<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
    let interposed: BTreeSet<&str> = [
        "socket",
        "close",
        "close_range",
        "closefrom",
        "dup",
        "dup2",
        "dup3",
        "fcntl",
        "fcntl64",
        "bind",
        "connect",
        "getsockname",
        "getpeername",
        "setsockopt",
        "getsockopt",
        "shutdown",
        "write",
        "writev",
        "send",
        "sendto",
        "sendmsg",
        "sendmmsg",
        "read",
        "readv",
        "recv",
        "recvfrom",
        "recvmsg",
        "recvmmsg",
        "access",
        "eaccess",
        "euidaccess",
        "faccessat",
        "stat",
        "stat64",
        "__xstat",
        "__xstat64",
        "lstat",
        "lstat64",
        "__lxstat",
        "__lxstat64",
        "fstatat",
        "fstatat64",
        "__fxstatat",
        "__fxstatat64",
        "statx",
        "getxattr",
        "lgetxattr",
        "realpath",
        "__realpath_chk",
        "open",
        "open64",
        "openat",
        "openat64",
        "__open_2",
        "__open64_2",
        "__openat_2",
        "__openat64_2",
        "fopen",
        "fopen64",
        "__read_chk",
        "__recv_chk",
        "__recvfrom_chk",
    ]
    .into();
    assert_eq!(exported, interposed);
}
