//! `listconns` and `readvars`, as `Web10G` users know them.
//!
//! What the programs print is, byte for byte, what the classic tools print: scripts parse it. That holds for their failures
//! too, except where the classic tools crashed or passed over a failure in silence. New are `--json`, `--socket`, `--help` and
//! `--version`.
//!
//! * [`listconns`], [`readvars`] - each program as a function from its arguments to an [`Outcome`];
//! * [`connection_table`], [`variable_listing`], [`json`] - the output formats, pure functions;
//! * [`address`], [`mask`], [`command_line`] - addresses as text, the argument of `-m`, what the command lines have in common.

pub mod address;
pub mod command_line;
pub mod connection_table;
pub mod json;
pub mod listconns;
pub mod mask;
pub mod outcome;
pub mod readvars;
pub mod variable_listing;

pub use outcome::Outcome;
