//! What the kernel side of estatsd and the daemon share.
//!
//! The kernel keeps one [`Record`] per connection. It is brought up to date by comparing what a hook sees of the socket (a
//! [`Sample`]) with what the last hook saw: see [`Record::settle`]. The same code runs in the daemon on a copy, so that a read
//! includes what has happened since the last segment.
//!
//! One module per mechanism; the BPF programs that call them are in `bpf/`.
#![no_std]
#![expect(
    clippy::inline_always,
    reason = "the verifier follows pointers through inlined code only, and a call costs as much as the work"
)]

pub mod arrival;
pub mod blanks;
pub mod congestion;
pub mod control;
pub mod cwnd;
pub mod event;
pub mod glance;
pub mod header;
pub mod held;
pub mod layout;
pub mod listener;
pub mod origin;
pub mod pipe;
pub mod queues;
pub mod record;
pub mod recovery;
pub mod reordering;
pub mod rto;
pub mod rtt;
pub mod sample;
pub mod segments;
pub mod send_limits;
pub mod snapshot;
pub mod spans;
pub mod tables;
pub mod windows;

pub use control::Control;
pub use event::{Closed, Event, Final};
pub use held::Held;
pub use layout::{Field, Layout};
pub use listener::Listener;
pub use record::Record;
pub use sample::Sample;
pub use snapshot::Snapshot;
pub use spans::{Span, Spans};
pub use tables::Tables;
