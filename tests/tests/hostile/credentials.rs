//! Clients that claim to be others. The kernel tells who somebody is; nothing else is believed.

use std::io::IoSlice;
use std::os::fd::AsRawFd as _;

use anyhow::{Result, ensure};
use estats_protocol::{EstatsMessage, Masks, control, datagram};
use estats_spec::wire::FAMILY_ID;
use estats_tests::credentials::as_user;
use estats_tests::daemon::Daemon;
use estats_tests::netns::Namespace;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessage, MsgFlags, UnixCredentials, sendmsg};

use crate::USER;
use crate::raw::{Raw, daemon_port};
use crate::witness::Witness;

/// Sends a request as if it came from these ids.
fn send_as(raw: &Raw, request: &[u8], uid: u32, gid: u32) -> Result<(), Errno> {
    let credentials = UnixCredentials::from(libc::ucred {
        pid: std::process::id().cast_signed(),
        uid,
        gid,
    });
    let claim = [ControlMessage::ScmCredentials(&credentials)];
    let pieces = [IoSlice::new(request)];
    sendmsg::<()>(raw.fd().as_raw_fd(), &pieces, &claim, MsgFlags::MSG_NOSIGNAL, None).map(drop)
}

/// Both ways to the daemon, from the calling thread.
fn ways(daemon: &Daemon) -> Result<[Raw; 2]> {
    Ok([
        Raw::unix(&daemon.socket())?,
        Raw::netlink(daemon_port(&daemon.socket())?)?,
    ])
}

#[test]
fn nobody_reads_in_the_name_of_root() -> Result<()> {
    let namespace = Namespace::new()?;
    let daemon = Daemon::start(&namespace)?;
    let witness = Witness::new(&namespace, &daemon)?;
    let request = datagram::request(FAMILY_ID, 9, EstatsMessage::read_vars(witness.cid(), &Masks::ALL));
    namespace.run(|| {
        as_user(USER, USER, || {
            for raw in ways(&daemon)? {
                for (uid, gid) in [(0, 0), (0, USER), (USER, 0)] {
                    let sent = send_as(&raw, &request, uid, gid);
                    ensure!(sent == Err(Errno::EPERM), "as user {uid} of group {gid}: {sent:?}");
                }
                // In its own name it may ask, and is refused; nothing else has come, of what the kernel refused.
                ensure!(
                    send_as(&raw, &request, USER, USER).is_ok(),
                    "in its own name it cannot ask"
                );
                let errno = raw.outcome(9)?;
                ensure!(errno == libc::EACCES, "it is answered with {errno}");
                ensure!(raw.received()?.is_none(), "there is more than one answer");
            }
            Ok(())
        })
    })
}

#[test]
fn a_unix_client_is_who_connected_whatever_root_says_of_it() -> Result<()> {
    let namespace = Namespace::new()?;
    let daemon = Daemon::start(&namespace)?;
    let witness = Witness::new(&namespace, &daemon)?;
    let request = datagram::request(FAMILY_ID, 9, EstatsMessage::read_vars(witness.cid(), &Masks::ALL));
    let raw = as_user(USER, USER, || Raw::unix(&daemon.socket()))?;
    // The test is root, and so may claim to be anybody.
    send_as(&raw, &request, 0, 0)?;
    let errno = raw.outcome(9)?;
    ensure!(errno == libc::EACCES, "it is answered with {errno}");
    Ok(())
}

#[test]
fn answers_go_to_who_asked_whatever_port_the_request_names() -> Result<()> {
    let namespace = Namespace::new()?;
    let daemon = Daemon::start(&namespace)?;
    namespace.run(|| {
        let port = daemon_port(&daemon.socket())?;
        let (victim, other) = (Raw::netlink(port)?, Raw::netlink(port)?);
        // The port of the victim in the introduction and in the header.
        let mut claim = datagram::request(FAMILY_ID, 11, EstatsMessage::introduce(None, Some(victim.port()?)));
        claim[12..16].copy_from_slice(&victim.port()?.to_ne_bytes());
        let mut request = control::family_request(12);
        request[12..16].copy_from_slice(&victim.port()?.to_ne_bytes());
        as_user(USER, USER, || {
            other.send(&[claim.clone(), request.clone()].concat())?;
            for sequence in [11, 12] {
                let errno = other.outcome(sequence)?;
                ensure!(errno == 0, "request {sequence} is refused with {errno}");
            }
            Ok(())
        })?;
        // The other one has all its answers: what the victim was to get is there by now.
        ensure!(victim.received()?.is_none(), "the victim got what it did not ask for");
        Ok(())
    })
}
