//! The daemon's parts. Data flows one way: kernel record, copy of a connection, instruments, codec, transport.

pub mod backlog;
pub mod command_line;
pub mod configuration;
pub mod connections;
pub mod controls;
pub mod daemon;
pub mod instruments;
pub mod kernel;
pub mod known;
pub mod listeners;
pub mod notices;
pub mod origin;
pub mod report;
pub mod server;
pub mod slots;
pub mod table;
pub mod told;
