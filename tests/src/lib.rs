//! What the cross-crate tests need: real TCP connections under known conditions, and counts of what they did that do not come
//! from the daemon.
//!
//! * [`netns`], [`path`], [`offloads`], [`napi`], [`impairment`]: where the traffic runs and what happens to it.
//! * [`traffic`], [`sockopt`]: the connections themselves; [`credentials`], [`cgroup`]: on whose behalf.
//! * [`tcp_info`], [`nstat`], [`flows`], [`capture`], [`analysis`]: the independent witnesses.
//! * [`daemon`], [`observer`], [`printed`]: the estatsd under test, and what it and its clients say.
//! * [`peer`]: a TCP endpoint that does what a script says, in place of one of the two ends.
//! * [`random`]: choices that can be made again.
//! * [`octets`]: messages of the protocol, by its numbers.
//! * [`release`]: which kernel all of it runs on.
//! * [`scene`], [`oracle`]: all of this around one connection, and the comparison.
//! * [`descriptors`], [`memory`], [`processors`]: what a process has and takes.
//! * [`comparison`], [`crowd`], [`inet_diag`], [`reference`]: for the benchmarks.
//!
//! Everything here needs Linux and root (`CAP_NET_ADMIN`, `CAP_NET_RAW`, `CAP_SYS_ADMIN`), and touches only network
//! namespaces that it made itself.

pub mod analysis;
pub mod capture;
pub mod cgroup;
pub mod comparison;
pub mod credentials;
pub mod crowd;
pub mod daemon;
pub mod descriptors;
pub mod flows;
pub mod impairment;
pub mod inet_diag;
pub mod memory;
pub mod napi;
pub mod netns;
pub mod nstat;
pub mod observer;
pub mod octets;
pub mod offloads;
pub mod oracle;
pub mod path;
pub mod peer;
pub mod printed;
pub mod processors;
pub mod random;
pub mod reference;
pub mod release;
pub mod scene;
pub mod segment;
pub mod sockopt;
pub mod tcp_info;
pub mod traffic;
