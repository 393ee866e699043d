//! The `tcp_estats` messages, and a client for them.
//!
//! The codec knows attributes and no sockets; names and numbers come from [`estats_spec`]:
//!
//! * [`datagram`] - messages in datagrams, requests and replies;
//! * [`message`], [`attribute`] - a command and its attributes; the nests are [`tuple`], [`masks`], [`table`], [`time`],
//!   [`write`] and [`mib`];
//! * [`acknowledgement`] - how a request ends;
//! * [`control`] - how a client finds the family;
//! * [`value`] - a value in its width on the wire;
//! * `dialect` - the form that messages have for older clients;
//! * [`reading`] - the values of a connection by their names;
//! * [`record_file`] - the files in which the C library keeps values;
//! * [`owners`] - whose a connection is;
//! * [`extension`] - what the old protocol never carried;
//! * [`client`] - a blocking client for the daemon's Unix socket;
//! * [`wakefulness`] - how both ends wait for the next message;
//! * [`survival`] - what holds for any bytes, for the fuzz target and the tests.
//!
//! Decoding accepts what the kernel accepted, keeps what it does not know, and never panics.

pub mod acknowledgement;
pub mod attribute;
pub mod client;
pub mod control;
pub mod datagram;
mod dialect;
pub mod extension;
pub mod masks;
pub mod message;
pub mod mib;
mod nest;
pub mod owners;
pub mod reading;
pub mod record_file;
pub mod survival;
pub mod table;
pub mod time;
pub mod tuple;
pub mod value;
mod w3p;
pub mod wakefulness;
pub mod write;

pub use client::Client;
pub use extension::{Details, Events, Instruments, ListenerReading, ListenerTuple, Origin, Row, Scalar, Scalars};
pub use masks::Masks;
pub use message::EstatsMessage;
pub use reading::{Reading, Values};
pub use time::Time;
pub use tuple::Tuple;
pub use value::Value;
