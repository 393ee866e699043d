//! The daemon's parts. Data flows one way: kernel record, snapshot, instruments, codec, transport.

pub mod kernel;
