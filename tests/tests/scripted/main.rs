//! Given this exchange of segments, these instruments have these values.
//!
//! One file for each mechanism; in each, scripts for what moves an instrument and scripts for what must not. Segments have 1000
//! octets and sequence numbers are relative, so that the numbers of a script can be checked by eye.

mod congestion;
mod cwnd;
mod header;
mod lifecycle;
mod lost_again;
mod pipe;
mod queues;
mod recovery;
mod reordering;
mod rto;
mod rtt;
mod segments;
mod send_limits;
mod stalls;
mod windows;
