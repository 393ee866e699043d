//! What an RFC 4898 instrument is, and what the `tcp_estats` interface of `Web10G` looks like: tables only.
//!
//! This crate is the single place in the workspace that knows names, indices, types, units and attribute numbers. The
//! daemon, the C library, the tools and the documents are driven by it; it depends on nothing and computes nothing.
//!
//! * [`wire`] - family, commands, attribute numbers of every protocol generation, limits;
//! * [`endpoint`] - where a client finds the daemon.
#![no_std]

pub mod endpoint;
pub mod wire;
