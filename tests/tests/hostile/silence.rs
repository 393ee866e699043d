//! Clients that ask and never read.

use anyhow::{Result, ensure};
use estats_protocol::{EstatsMessage, datagram};
use estats_spec::wire::FAMILY_ID;
use estats_tests::daemon::Daemon;
use estats_tests::netns::Namespace;
use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::RcvBuf;

use crate::raw::{Raw, daemon_port};
use crate::state::{descriptors, ensure_unharmed, wait_until};
use crate::witness::Witness;

/// Clients that do not read on each way.
const SILENT: usize = 5;
/// Requests of each over the Unix socket: their answers, of 3,688 octets each, are more than a socket holds.
const UNIX_REQUESTS: u32 = 200;
/// Requests of each over netlink, where fewer may wait, but there is next to no room for answers.
const NETLINK_REQUESTS: u32 = 4;

/// A client that does not read, and the number of its last request.
struct Silent(Raw, u32);

impl Silent {
    fn unix(daemon: &Daemon) -> Result<Self> {
        Ok(Self(Raw::unix(&daemon.socket())?, UNIX_REQUESTS))
    }

    /// One in the calling thread's namespace.
    fn netlink(daemon: &Daemon) -> Result<Self> {
        let raw = Raw::netlink(daemon_port(&daemon.socket())?)?;
        // As little as the kernel lets it have.
        setsockopt(&raw.fd(), RcvBuf, &1)?;
        Ok(Self(raw, NETLINK_REQUESTS))
    }

    fn ask(&self) -> Result<()> {
        (1..=self.1).try_for_each(|sequence| {
            let request = datagram::request(FAMILY_ID, sequence, EstatsMessage::init());
            self.0.send(&request)
        })
    }
}

#[test]
fn clients_that_never_read_delay_nobody_and_get_their_answers_when_they_do() -> Result<()> {
    let namespace = Namespace::new()?;
    let daemon = Daemon::start(&namespace)?;
    let mut witness = Witness::new(&namespace, &daemon)?;
    let open = descriptors(&daemon)?;
    namespace.run(|| {
        let mut silent = Vec::new();
        for _ in 0..SILENT {
            silent.extend([Silent::unix(&daemon)?, Silent::netlink(&daemon)?]);
        }
        silent.iter().try_for_each(Silent::ask)?;
        for _ in 0..100 {
            witness.look()?;
        }
        for Silent(raw, last) in &silent {
            let errno = raw.outcome(*last)?;
            ensure!(errno == 0, "the last request is refused with {errno}");
        }
        // Now they ask and never read again.
        silent.iter().try_for_each(Silent::ask)
    })?;
    wait_until("the daemon lets go of clients that are gone", || {
        Ok(descriptors(&daemon)? <= open)
    })?;
    ensure_unharmed(&daemon)
}
