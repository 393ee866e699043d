//! `cargo +nightly fuzz run datagram`, in the directory above: any bytes as a datagram from a peer.
#![no_main]

libfuzzer_sys::fuzz_target!(|datagram: &[u8]| estats_protocol::survival::survive(datagram));
