//! Programs that no preload library reaches: C clients, compiled here without one, run by `estats-run` against a scripted daemon.

mod c_program;
mod conversation;
#[path = "../../../preload/tests/preload/fake_daemon.rs"]
mod fake_daemon;
#[path = "../../../preload/tests/preload/legacy_messages.rs"]
mod legacy_messages;
mod process;
#[path = "../../../preload/tests/preload/temporary.rs"]
mod temporary;
