//! The listener table, row by row: what the peer of each test sends, and what the application does, are known.

mod adopted;
mod backlog;
mod life;
mod many;
mod scripted;
mod watch;
