//! What the daemon is told about the program before the program's first request: its netlink port, and its table of variables.
//!
//! Made without allocation: the request may be the first one in a child of a threaded program.

use crate::errno;
use crate::real;
use crate::variables::Table;
use estats_spec::wire::extension::{attr, cmd};
use estats_spec::wire::{CLIENT_BUFFER, FAMILY_ID, FAMILY_VERSION};
use libc::{c_int, c_void, iovec, msghdr, pollfd};

/// Length of the netlink header.
const NLMSG_HEADER: usize = 16;
const ATTRIBUTE_HEADER: usize = 4;
/// `NLM_F_REQUEST` and `NLM_F_ACK`.
const FLAGS: u16 = 0x5;
/// `NLA_F_NESTED`.
const NESTED: u16 = 0x8000;
/// `NLMSG_ERROR`.
const ERROR: u16 = 2;

/// How long the daemon may take to answer, in milliseconds.
const LIMIT_MS: c_int = 5000;

/// Introduces the program, whose socket has this port, on a new connection. False if the daemon does not know its variables, or is
/// gone.
pub(crate) fn introduce(connection: c_int, port: u32) -> bool {
    let table = Table::find();
    let Some(message) = Message::new(port, table.as_ref()) else {
        return false;
    };
    send(connection, &message) && is_accepted(connection)
}

struct Message {
    bytes: [u8; CLIENT_BUFFER],
    length: usize,
}

impl Message {
    /// `None` if the table is longer than any that there was.
    fn new(port: u32, table: Option<&Table>) -> Option<Self> {
        let mut message = Self {
            bytes: [0; CLIENT_BUFFER],
            length: NLMSG_HEADER,
        };
        message.put(&[cmd::INTRODUCE, FAMILY_VERSION, 0, 0])?;
        message.attribute(attr::PORT, &[&port.to_ne_bytes()])?;
        if let Some(table) = table {
            message.attribute(attr::WIRE, &[table.wire.name.as_bytes(), b"\0"])?;
            let nest = message.length;
            message.put(&[0; ATTRIBUTE_HEADER])?;
            for (name, stored) in table.variables() {
                let kind = u16::try_from(stored).ok()?.checked_add(1)?;
                message.attribute(kind, &[name.to_bytes_with_nul()])?;
            }
            let length = u16::try_from(message.length.checked_sub(nest)?).ok()?;
            message.set(nest, &length.to_ne_bytes())?;
            message.set(nest + 2, &(attr::VARIABLES | NESTED).to_ne_bytes())?;
        }
        let length = u32::try_from(message.length).ok()?;
        message.set(0, &length.to_ne_bytes())?;
        message.set(4, &FAMILY_ID.to_ne_bytes())?;
        message.set(6, &FLAGS.to_ne_bytes())?;
        Some(message)
    }

    fn set(&mut self, offset: usize, bytes: &[u8]) -> Option<()> {
        let end = offset.checked_add(bytes.len())?;
        self.bytes.get_mut(offset..end)?.copy_from_slice(bytes);
        Some(())
    }

    fn put(&mut self, bytes: &[u8]) -> Option<()> {
        self.set(self.length, bytes)?;
        self.length = self.length.checked_add(bytes.len())?;
        Some(())
    }

    fn attribute(&mut self, kind: u16, payload: &[&[u8]]) -> Option<()> {
        let length = ATTRIBUTE_HEADER + payload.iter().map(|part| part.len()).sum::<usize>();
        self.put(&u16::try_from(length).ok()?.to_ne_bytes())?;
        self.put(&kind.to_ne_bytes())?;
        for part in payload {
            self.put(part)?;
        }
        let padding = length.next_multiple_of(4) - length;
        self.put([0; 3].get(..padding)?)
    }
}

fn send(connection: c_int, message: &Message) -> bool {
    let mut part = iovec {
        iov_base: message.bytes.as_ptr().cast::<c_void>().cast_mut(),
        iov_len: message.length,
    };
    // SAFETY: all zeros is a valid msghdr; the part lies within the message.
    unsafe {
        let mut header: msghdr = std::mem::zeroed();
        header.msg_iov = &raw mut part;
        header.msg_iovlen = 1;
        loop {
            let sent = real::sendmsg(connection, &raw const header, libc::MSG_NOSIGNAL);
            if sent >= 0 || errno::last() != libc::EINTR {
                return sent >= 0;
            }
        }
    }
}

/// Waits for the acknowledgement, which is the only answer.
fn is_accepted(connection: c_int) -> bool {
    let mut answer = [0_u8; NLMSG_HEADER + 4];
    loop {
        let mut polled = pollfd {
            fd: connection,
            events: libc::POLLIN,
            revents: 0,
        };
        // SAFETY: one pollfd, which lives through the call; the answer has the length given.
        let received = unsafe {
            match real::poll(&raw mut polled, 1, LIMIT_MS) {
                1 => real::recv(connection, answer.as_mut_ptr().cast(), answer.len(), libc::MSG_DONTWAIT),
                -1 => -1,
                _ => return false,
            }
        };
        if received >= 0 || !matches!(errno::last(), libc::EINTR | libc::EAGAIN) {
            let whole = usize::try_from(received) == Ok(answer.len());
            return whole && answer.get(4..6) == Some(&ERROR.to_ne_bytes()) && answer.ends_with(&[0; 4]);
        }
    }
}
