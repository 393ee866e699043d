//! What the extension of the protocol carries beyond the old one; numbers are in [`estats_spec::wire::extension`].
//!
//! * [`Origin`] - where a socket comes from;
//! * [`ListenerTuple`] - which listening socket;
//! * [`Scalars`], [`Scalar`] - what is not about one socket.

mod listener;
mod origin;
mod scalars;

pub use listener::ListenerTuple;
pub use origin::Origin;
pub use scalars::{Scalar, Scalars};
