//! The servers on connections that do not exist.

mod credentials;
mod exchange;
mod fake;
mod mutated;
mod netlink;
mod refusals;
mod running;
mod unix;

pub(super) use fake::Fake;
