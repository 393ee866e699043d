//! Given this exchange of segments, these instruments have these values.
//!
//! One file for each mechanism; in each a script for what moves an instrument, and one for what must not.

mod header;
