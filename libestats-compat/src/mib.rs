//! `estats_get_mib`: this library's variables, if there is a daemon to read them from.
//!
//! The originals gave the kernel's list. The daemon's is no use here: its indices are those of the newest generation.

#[cfg(get_mib = "prints")]
mod printed;
#[cfg(get_mib = "returns")]
mod returned;

#[cfg(get_mib = "prints")]
pub use self::printed::*;
#[cfg(get_mib = "returns")]
pub use self::returned::*;
