//! `libestats.so.1`: the C library of `Web10G`, served by estatsd.
//!
//! A program that was linked with the original years ago runs with this one in its place: the same 50 functions and the
//! same data symbol, the same structures to the byte, the same text on stdout and in errors. What differs is where the
//! answers come from (the daemon's socket in place of a kernel module), that threads may share a client, and that NULL gives
//! `ESTATS_ERR_INVAL` where the original crashed.
//!
//! One module per C object. Rules that hold for all of them:
//!
//! - Every export runs behind a panic boundary; nothing unwinds into C.
//! - Memory that C receives comes from `malloc`: the structures are public, and programs call `free()` on strings.
//! - Functions that return `estats_error *` return NULL for success, else an error that the caller frees.
//! - "Borrowed" pointers are used during the call only.

#[macro_use]
mod layout;

mod boundary;
mod memory;
mod socket_holder;
mod socket_table;
mod stdio;

pub mod add_info;
pub mod channel;
pub mod client;
pub mod connection;
pub mod connection_vars;
pub mod error;
pub mod info;
pub mod list;
pub mod listing;
pub mod mib;
pub mod query;
pub mod record;
pub mod tuple;
pub mod val;
pub mod val_data;
pub mod var;
