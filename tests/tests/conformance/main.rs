//! Every command of every generation of the protocol, octet by octet.
//!
//! What is sent and what is expected is written out here, from what was found of the original libraries and kernel modules; nothing of
//! it is made by the codec under test. The server is the daemon's, on connections whose values are known.
//!
//! Written out in the byte order of the machines that these tests run on.
#![cfg(target_endian = "little")]

mod client;
mod connections;
mod sets;
mod w1;
mod w2;
mod w3;
mod w3p;
