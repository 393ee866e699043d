//! Files that a test makes.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A path that no other test uses.
pub(crate) fn fresh_path(purpose: &str) -> PathBuf {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!(
        "{}-{}-{number}-{purpose}",
        env!("CARGO_PKG_NAME"),
        std::process::id()
    ))
}

/// A file that is removed at the end of the test.
pub(crate) struct Temporary(pub(crate) PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
