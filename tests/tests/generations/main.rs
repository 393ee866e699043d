//! Every generation of the C library: what the drop-in for it exports, and programs compiled for it at work on a live daemon.
//!
//! What is expected was measured on the originals, which were built for the purpose: names, sizes and offsets are in the C
//! headers of this directory, the variables in `variables/`, in the order of the library's table, with width and type.

mod exports;
mod imitation;
mod launcher;
mod live;
mod originals;
mod program;
mod redirect;
mod wire;
