//! Every kind of connection has the right values: however it begins, whatever it uses, and however it ends.
//!
//! Most are scripts as in `scripted`, told kind by kind instead of mechanism by mechanism. Where a script ends, all its counters
//! are compared, those that must not have moved included.

mod adopted;
mod closing;
mod congestion_control;
mod counters;
mod dctcp;
mod fast_open;
mod idle;
mod multipath;
mod opening;
mod options;
mod path;
mod repair;
mod resets;
mod spurious;
mod tail;
mod wrapping;
mod writes;
