//! The tools of `Web10G`, as its users know them, and `listlisteners`, `estats-events` and `estats-control`.
//!
//! What the classic ones print is, byte for byte, what they always printed: scripts parse it. That holds for their failures
//! too, except where the classic tools crashed or passed over a failure in silence. New are `--all`, `--json`, `--socket`, `--help`
//! and `--version`, filters, and `--interval` and `--count` for all that can go on.
//!
//! * [`listconns`], [`listconninfo`], [`readvars`], [`watching`], [`logger`], [`writevar`], [`getmib`], [`record_write`],
//!   [`record_read`]; [`listlisteners`], [`control`], [`events`] - each program as a function from its arguments to an
//!   [`Outcome`];
//! * [`connection_table`], [`owner_table`], [`record_listing`], [`variable_listing`], [`variable_rows`], [`instrument_listing`], [`listener_table`], [`event_line`],
//!   [`json`] - the output formats, pure functions; with [`origin`] and [`scalars`], parts of them;
//! * [`command_line`], [`subject`], [`mask`], [`filter`], [`rounds`], [`recording`] - what the command lines have in common; [`address`] -
//!   addresses as text.

pub mod address;
pub mod command_line;
pub mod connection_table;
pub mod control;
pub mod event_line;
pub mod events;
pub mod filter;
pub mod getmib;
pub mod instrument_listing;
pub mod json;
pub mod listconninfo;
pub mod listconns;
pub mod listener_table;
pub mod listlisteners;
pub mod logger;
pub mod mask;
pub mod origin;
pub mod outcome;
pub mod owner_table;
pub mod readvars;
pub mod record_listing;
pub mod record_read;
pub mod record_write;
pub mod recording;
pub mod rounds;
pub mod scalars;
pub mod subject;
pub mod variable_listing;
pub mod variable_rows;
pub mod watching;
pub mod writevar;

pub use outcome::Outcome;
