//! The programs as users meet them, against a daemon that speaks from a script.

mod extension;
mod failures;
mod fake_daemon;
mod listconns;
mod lists;
mod program;
mod readvars;
mod recording;
mod usage;
mod watching;
mod wire;
