//! The library as programs meet it: C clients, compiled here, run with it preloaded against a scripted daemon.

mod c_program;
mod conversation;
mod descriptors;
mod exports;
mod failure;
mod fake_daemon;
mod legacy_messages;
mod switch;
mod temporary;
