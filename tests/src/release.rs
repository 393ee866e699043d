//! The version of the running kernel, where what a test may expect depends on it.

use nix::sys::utsname::uname;

/// Its first two numbers.
///
/// # Panics
///
/// When the kernel's name for its release does not begin with two numbers.
#[must_use]
pub fn release() -> (u32, u32) {
    let names = uname().expect("uname");
    let release = names.release().to_string_lossy();
    let mut numbers = release.split(['.', '-']).map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor),
        _ => panic!("a release without numbers: {release}"),
    }
}
