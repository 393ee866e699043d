//! `listconns` and `readvars`, as `Web10G` users know them, and `listlisteners`, `estats-events` and `estats-control`.
//!
//! What the first two print is, byte for byte, what the classic tools print: scripts parse it. That holds for their failures
//! too, except where the classic tools crashed or passed over a failure in silence. New are `--all`, `--json`, `--socket`, `--help`
//! and `--version`.
//!
//! * [`listconns`], [`readvars`], [`listlisteners`], [`control`] - each program as a function from its arguments to an
//!   [`Outcome`]; [`events`], which goes on and on;
//! * [`connection_table`], [`variable_listing`], [`instrument_listing`], [`listener_table`], [`event_line`], [`json`] - the
//!   output formats, pure functions; with [`origin`] and [`scalars`], parts of them;
//! * [`address`], [`mask`], [`command_line`] - addresses as text, the argument of `-m`, what the command lines have in common.

pub mod address;
pub mod command_line;
pub mod connection_table;
pub mod control;
pub mod event_line;
pub mod events;
pub mod instrument_listing;
pub mod json;
pub mod listconns;
pub mod listener_table;
pub mod listlisteners;
pub mod mask;
pub mod origin;
pub mod outcome;
pub mod readvars;
pub mod scalars;
pub mod variable_listing;

pub use outcome::Outcome;
