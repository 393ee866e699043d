//! What only `libtcpe` had: values without a header, and a list that is handed to a function, one connection at a time.

mod data;
mod exchange;

pub use self::data::*;
pub use self::exchange::*;
