//! Clients that mean harm, or do it: the daemon survives them, gives nothing away, and goes on serving the others.

mod credentials;
mod crowded;
mod fragments;
mod fuzz;
mod greedy;
mod mutation;
mod raw;
mod seeds;
mod silence;
mod squatter;
mod state;
mod witness;

/// A user without rights whom no other test has: what its requests change are its own connections.
const USER: u32 = 61_803;
