//! The C libraries of `Web10G`, served by estatsd.
//!
//! A program that was linked with an original years ago runs with one of these in its place: the same functions and the
//! same data symbol, the same structures to the byte, the same text on stdout and in errors. What differs is where the
//! answers come from (the daemon's socket in place of a kernel module), that threads may share a client, and that NULL gives
//! `ESTATS_ERR_INVAL` where the originals crashed.
//!
//! This source makes a library for each generation of the originals: see [`library`]. One module per C object. Rules that hold
//! for all of them:
//!
//! - Every export runs behind a panic boundary; nothing unwinds into C.
//! - Memory that C receives comes from `malloc`: the structures are public, and programs call `free()` on strings.
//! - Functions that return `estats_error *` return NULL for success, else an error that the caller frees.
//! - "Borrowed" pointers are used during the call only.
//!
//! The oldest library, `libtcpe`, had another interface, in [`tcpe`]; what it shares with the others is exported under both names.

#[macro_use]
mod layout;

mod boundary;
mod failure;
mod memory;
mod reading;
mod stdio;

pub mod channel;
pub mod client;
pub mod error;
pub mod library;
pub mod tuple;
pub mod val;
pub mod var;
pub mod write;

#[cfg(layout = "l0")]
pub mod tcpe;

#[cfg(layout = "l3")]
pub mod activity;
#[cfg(not(layout = "l0"))]
pub mod add_info;
#[cfg(not(layout = "l0"))]
pub mod connection;
#[cfg(layout = "l3")]
pub mod connection_vars;
#[cfg(not(layout = "l0"))]
pub mod info;
#[cfg(not(layout = "l0"))]
pub mod list;
#[cfg(not(layout = "l0"))]
pub mod listing;
#[cfg(layout = "l3")]
pub mod listing_vars;
#[cfg(not(get_mib = "absent"))]
pub mod mib;
#[cfg(not(layout = "l0"))]
pub mod query;
#[cfg(not(layout = "l0"))]
pub mod record;
#[cfg(not(layout = "l0"))]
pub mod val_data;
