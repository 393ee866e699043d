//! A client that sends an octet at a time. On both ways a datagram is a whole request or none: nothing is kept of what is too short.

use anyhow::{Result, ensure};
use estats_protocol::{EstatsMessage, datagram};
use estats_spec::wire::FAMILY_ID;
use estats_tests::daemon::Daemon;
use estats_tests::memory::resident;
use estats_tests::netns::Namespace;

use crate::raw::{Raw, daemon_port};
use crate::state::ensure_unharmed;
use crate::witness::Witness;

/// A netlink header; a datagram that is shorter says nothing that could be refused.
const HEADER: usize = 16;
/// How often the request comes in pieces.
const ROUNDS: usize = 50;

/// Sends a request in pieces, and a whole one, which gets the only answer.
fn drip(raw: &Raw, witness: &mut Witness) -> Result<()> {
    let request = datagram::request(FAMILY_ID, 77, EstatsMessage::timestamp(0));
    for _ in 0..ROUNDS {
        for length in [1, 2, HEADER - 1] {
            for piece in request.chunks(length) {
                ensure!(piece.len() < HEADER, "a piece is too long");
                raw.send(piece)?;
            }
        }
        witness.look()?;
    }
    let whole = datagram::request(FAMILY_ID, 78, EstatsMessage::timestamp(0));
    raw.send(&whole)?;
    let answer = raw.receive()?;
    let errno = raw.outcome(78)?;
    ensure!(errno == 0, "the whole request is refused with {errno}");
    // Data, not a refusal of a piece.
    ensure!(answer[4..6] == FAMILY_ID.to_ne_bytes(), "{answer:02x?}");
    ensure!(raw.received()?.is_none(), "pieces were answered");
    Ok(())
}

#[test]
fn pieces_of_a_request_are_no_request() -> Result<()> {
    let namespace = Namespace::new()?;
    let daemon = Daemon::start(&namespace)?;
    let mut witness = Witness::new(&namespace, &daemon)?;
    let before = resident(daemon.pid())?;
    drip(&Raw::unix(&daemon.socket())?, &mut witness)?;
    namespace.run(|| drip(&Raw::netlink(daemon_port(&daemon.socket())?)?, &mut witness))?;
    println!("{} and {} KiB", before >> 10, resident(daemon.pid())? >> 10);
    ensure_unharmed(&daemon)
}

#[test]
fn a_request_that_ends_early_is_refused() -> Result<()> {
    let namespace = Namespace::new()?;
    let daemon = Daemon::start(&namespace)?;
    let request = datagram::request(FAMILY_ID, 79, EstatsMessage::list(1, None));
    let cut_short = |raw: &Raw| -> Result<()> {
        for length in HEADER..request.len() {
            raw.send(&request[..length])?;
            let errno = raw.outcome(79)?;
            ensure!(errno == libc::EINVAL, "{length} octets are answered with {errno}");
        }
        Ok(())
    };
    cut_short(&Raw::unix(&daemon.socket())?)?;
    namespace.run(|| cut_short(&Raw::netlink(daemon_port(&daemon.socket())?)?))?;
    ensure_unharmed(&daemon)
}
