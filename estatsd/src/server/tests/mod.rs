//! The servers on connections that do not exist.

mod credentials;
mod exchange;
mod extension;
mod fake;
mod mutated;
mod netlink;
pub(super) mod notices;
mod refusals;
mod running;
mod sheets;
mod subscribers;
mod unix;

pub(super) use exchange::ROOT;
pub(super) use fake::Fake;
