//! A request, taken to the daemon and back.
//!
//! Each has a connection of its own: there is nothing to follow over `fork`, `dup` and `exec`, and a daemon that was started anew is
//! as good as the old one.

use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::Path;

use estats_protocol::EstatsMessage;
use estats_protocol::acknowledgement;
use estats_protocol::datagram::{self, Messages, RawMessage};
use estats_spec::endpoint::Profile;
use estats_spec::wire::FAMILY_ID;
use estats_spec::wire::extension::BUFFER_MAX;
use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockType, UnixAddr, connect, recv, send, setsockopt, socket,
    sockopt::{ReceiveTimeout, SendTimeout},
};
use nix::sys::time::TimeVal;

/// How long the daemon may take for any step, in seconds. So long other calls wait that are looked at.
const LIMIT: i64 = 5;
/// `NLM_F_ACK`, and where flags are in a message.
const ACK: u16 = 0x4;
const FLAGS: std::ops::Range<usize> = 6..8;

/// Asks the daemon what a client asks that has this port and speaks this, or what the endpoint stands for. Returns the datagrams of the
/// answer.
///
/// # Errors
/// `ECONNREFUSED` if there is no daemon, or it does not know what the client speaks; `ECONNRESET` if it goes away; `ETIMEDOUT`.
pub(super) fn ask(path: &Path, request: &[u8], profile: Option<&Profile>, port: u32) -> nix::Result<Vec<Vec<u8>>> {
    let connection = reach(path).map_err(|_| Errno::ECONNREFUSED)?;
    let introduction = datagram::request(FAMILY_ID, 0, EstatsMessage::introduce(profile, Some(port)));
    let mut answers = Vec::new();
    exchange(&connection, &introduction, &mut answers).map_err(lost)?;
    let outcome = answers.last().and_then(|last| ending(last));
    if outcome != Some(0) {
        return Err(Errno::ECONNREFUSED);
    }
    answers.clear();
    for message in Messages::new(request) {
        ask_one(&connection, &message, &mut answers).map_err(lost)?;
    }
    Ok(answers)
}

fn reach(path: &Path) -> nix::Result<OwnedFd> {
    let connection = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None)?;
    let limit = TimeVal::new(LIMIT, 0);
    setsockopt(&connection, ReceiveTimeout, &limit)?;
    setsockopt(&connection, SendTimeout, &limit)?;
    connect(connection.as_raw_fd(), &UnixAddr::new(path)?)?;
    Ok(connection)
}

/// A message by itself. One that is not to be acknowledged is, so that its answer has an end; the client does not get to see that.
fn ask_one(connection: &OwnedFd, message: &RawMessage<'_>, answers: &mut Vec<Vec<u8>>) -> nix::Result<()> {
    let mut octets = message.bytes.to_vec();
    let flags = octets.get_mut(FLAGS).ok_or(Errno::EINVAL)?;
    let wanted = u16::from_ne_bytes([flags[0], flags[1]]);
    flags.copy_from_slice(&(wanted | ACK).to_ne_bytes());
    exchange(connection, &octets, answers)?;
    if wanted & ACK == 0 && answers.last().and_then(|last| ending(last)) == Some(0) {
        answers.pop();
    }
    Ok(())
}

/// Sends a message and receives all up to its acknowledgement, or the refusal.
fn exchange(connection: &OwnedFd, message: &[u8], answers: &mut Vec<Vec<u8>>) -> nix::Result<()> {
    send(connection.as_raw_fd(), message, MsgFlags::MSG_NOSIGNAL)?;
    let mut buffer = vec![0; BUFFER_MAX as usize];
    loop {
        let datagram = match recv(connection.as_raw_fd(), &mut buffer, MsgFlags::empty()) {
            Ok(0) => return Err(Errno::ECONNRESET),
            Ok(length) => &buffer[..length],
            Err(Errno::EINTR) => continue,
            Err(errno) => return Err(errno),
        };
        answers.push(datagram.to_vec());
        if ending(datagram).is_some() {
            return Ok(());
        }
    }
}

/// The error number in the last message, if that ends an answer: 0 for none.
fn ending(datagram: &[u8]) -> Option<i32> {
    acknowledgement::outcome(&Messages::new(datagram).last()?).ok()?
}

fn lost(errno: Errno) -> Errno {
    match errno {
        Errno::EAGAIN => Errno::ETIMEDOUT,
        Errno::EINVAL => errno,
        _ => Errno::ECONNRESET,
    }
}
