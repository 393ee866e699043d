//! Where a client finds the daemon.
//!
//! The daemon listens in two ways. Both carry exactly the netlink datagrams that the `tcp_estats` kernel module
//! exchanged with its clients:
//!
//! * a Unix `SOCK_SEQPACKET` socket in the file system, one netlink datagram per packet, reachable from every network
//!   namespace;
//! * a `NETLINK_USERSOCK` socket in the daemon's own network namespace, whose port id is published in a file beside the
//!   Unix socket.

use crate::libraries::{self, Library};
use crate::sets::{V124B, VarSet};
use crate::wire::{Generation, W3P};

/// Environment variable holding the path of the Unix socket; daemon and clients both honour it.
pub const SOCKET_ENV: &str = "ESTATS_SOCKET";

/// Path of the Unix socket where [`SOCKET_ENV`] is unset or empty.
pub const DEFAULT_SOCKET: &str = "/run/estatsd/estats.sock";

/// Appended to the path of the Unix socket, gives the path of the port id file.
///
/// The file holds the netlink port id of the daemon as decimal text. It is written by root with mode 0644: any process
/// may bind any free port id, so a well-known number could be squatted, and a client must not believe a file that
/// somebody else owns.
pub const PORTID_SUFFIX: &str = ".portid";

/// What a client speaks.
///
/// A `LIST_CONNS` request without attributes does not tell the generation, and no request tells the set. So a client says both, or
/// its endpoint stands for both.
#[derive(Clone, Copy, Debug)]
pub struct Profile {
    /// Attribute numbers and traits of the protocol.
    pub generation: &'static Generation,
    /// What stands at which index.
    pub set: &'static VarSet,
}

impl Profile {
    /// The last state of the original library and kernel module.
    pub const DEFAULT: Profile = Profile {
        generation: &W3P,
        set: &V124B,
    };

    /// What programs of a library speak.
    #[must_use]
    pub const fn of(library: &Library) -> Profile {
        Profile {
            generation: library.wire,
            set: library.set,
        }
    }

    /// What programs of a generation of libraries speak, by its name in any ASCII case, like `l1-v117`.
    #[must_use]
    pub fn named(generation: &str) -> Option<Profile> {
        let named = |library: &&Library| library.generation.eq_ignore_ascii_case(generation);
        libraries::ALL.into_iter().find(named).map(Profile::of)
    }
}
