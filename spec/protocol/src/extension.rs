//! What the extension of the protocol carries beyond the old one; numbers are in [`estats_spec::wire::extension`].
//!
//! * [`Instruments`] - a value for each instrument that is measured: the ROW nest;
//! * [`Origin`] - where a socket comes from;
//! * [`ListenerTuple`], [`ListenerReading`] - listening sockets;
//! * [`Scalars`], [`Scalar`] - what is not about one socket;
//! * [`Details`], [`Row`], [`Notice`] - what a client gets to know of a connection;
//! * [`KnownAttr`] - a variable that a client says it knows;
//! * [`row()`], [`closing()`] - the messages that there are most of;
//! * [`Sheet`], [`SheetWriter`] - the values of very many connections.

mod connection;
mod instruments;
mod introduction;
mod listener;
mod measured;
mod message;
mod notice;
mod origin;
mod scalars;
mod sheet;
mod sheet_writer;

pub use connection::{Details, Row};
pub use instruments::Instruments;
pub use introduction::KnownAttr;
pub use listener::{ListenerAttr, ListenerReading, ListenerTuple};
pub use measured::{closing, row};
pub use notice::{Event, Events, Notice};
pub use origin::{Origin, OriginAttr};
pub use scalars::{Scalar, Scalars};
pub use sheet::{Sheet, SheetRow};
pub use sheet_writer::SheetWriter;
