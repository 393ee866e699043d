//! What an RFC 4898 instrument is, and what the `tcp_estats` interface of `Web10G` looks like: tables only.
//!
//! This crate is the single place in the workspace that knows names, indices, types, units and attribute numbers. The
//! daemon, the C library, the tools and the documents are driven by it; it depends on nothing and computes nothing.
//!
//! * [`wire`] - family, commands, attribute numbers of every protocol generation and of the extension, limits;
//! * [`instruments`] - every variable: name, type, unit, meaning, and the mechanism behind it;
//! * [`provenance`] - where its value comes from, how exact it is, what proves it, and how `Web10G`'s differed;
//! * [`scalars`], [`notifications`] - what is not about one connection, and what the daemon says without being asked;
//! * [`sets`] - which instrument stands at which index, for each line of legacy clients;
//! * [`libraries`] - the C libraries that those clients were linked with;
//! * [`endpoint`] - where a client finds the daemon.
#![no_std]

pub mod endpoint;
pub mod instruments;
pub mod libraries;
pub mod notifications;
pub mod provenance;
pub mod scalars;
pub mod sets;
pub mod wire;

pub use instruments::{Feed, Id, Instrument, KernelType, Kind, SnmpType, Syntax, Table, Unit, WireType};
