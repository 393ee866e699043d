//! The socket of a client: one request, its data, its acknowledgement.

use std::{
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    path::Path,
    time::Duration,
};

use nix::{
    errno::Errno,
    sys::{
        socket::{
            AddressFamily, MsgFlags, SockFlag, SockType, UnixAddr, connect, recv, send, setsockopt, socket,
            sockopt::{ReceiveTimeout, SendTimeout},
        },
        time::TimeVal,
    },
};

use super::Error;
use crate::{
    acknowledgement,
    datagram::{Messages, RawMessage},
};

/// Twice what a daemon sends at most, so that a longer datagram is noticed rather than accepted by chance.
const BUFFER: usize = 2 * estats_spec::wire::CLIENT_BUFFER;

#[derive(Debug)]
pub(super) struct Link {
    socket: OwnedFd,
    timeout: Duration,
    /// Set once an answer may still be under way that nobody waits for.
    lost: bool,
}

impl Link {
    pub(super) fn connect(path: &Path, timeout: Duration) -> Result<Self, Error> {
        let socket = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None)
            .map_err(|errno| Error::system("socket", errno))?;
        let link = Self::over(socket, timeout)?;
        let failed = |errno| {
            let path = path.to_owned();
            match errno {
                Errno::ENOENT | Errno::ENOTDIR | Errno::ECONNREFUSED => Error::NotRunning { path, errno },
                Errno::EACCES | Errno::EPERM => Error::NotPermitted { path, errno },
                Errno::EAGAIN => Error::Timeout(timeout),
                _ => Error::Connect { path, errno },
            }
        };
        let address = UnixAddr::new(path).map_err(failed)?;
        connect(link.socket.as_raw_fd(), &address).map_err(failed)?;
        Ok(link)
    }

    pub(super) fn over(socket: OwnedFd, timeout: Duration) -> Result<Self, Error> {
        let mut link = Self {
            socket,
            timeout,
            lost: false,
        };
        link.set_timeout(timeout)?;
        Ok(link)
    }

    pub(super) fn set_timeout(&mut self, timeout: Duration) -> Result<(), Error> {
        // Zero would mean to wait for ever.
        let timeout = timeout.max(Duration::from_millis(1));
        let seconds = i64::try_from(timeout.as_secs()).map_err(|_| Error::system("setsockopt", Errno::EDOM))?;
        let value = TimeVal::new(seconds, timeout.subsec_micros().into());
        setsockopt(&self.socket, ReceiveTimeout, &value).map_err(|errno| Error::system("setsockopt", errno))?;
        setsockopt(&self.socket, SendTimeout, &value).map_err(|errno| Error::system("setsockopt", errno))?;
        self.timeout = timeout;
        Ok(())
    }

    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Sends `request` and hands every message of the answer to `each`, until the acknowledgement has come.
    pub(super) fn exchange(
        &mut self,
        request: &[u8],
        sequence: u32,
        command: Option<u8>,
        each: &mut dyn FnMut(&RawMessage<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.lost {
            return Err(Error::ConnectionLost);
        }
        let result = self.send(request).and_then(|()| self.answer(sequence, command, each));
        self.lost = !matches!(result, Ok(()) | Err(Error::Refused { .. }));
        result
    }

    fn answer(
        &self,
        sequence: u32,
        command: Option<u8>,
        each: &mut dyn FnMut(&RawMessage<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut buffer = [0; BUFFER];
        loop {
            let mut messages = Messages::new(self.receive(&mut buffer)?);
            for message in messages.by_ref() {
                match acknowledgement::outcome(&message)? {
                    None => each(&message)?,
                    Some(_) if message.header.sequence_number != sequence => {
                        return Err(Error::Malformed("it acknowledges another request".to_owned()));
                    }
                    Some(0) => return Ok(()),
                    Some(errno) => {
                        let errno = Errno::from_raw(errno);
                        return Err(Error::Refused { command, errno });
                    }
                }
            }
            if !messages.rest().is_empty() {
                return Err(Error::Malformed("a message is cut short".to_owned()));
            }
        }
    }

    fn send(&self, request: &[u8]) -> Result<(), Error> {
        loop {
            match send(self.socket.as_raw_fd(), request, MsgFlags::MSG_NOSIGNAL) {
                Ok(_) => return Ok(()),
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(self.failed("send", errno)),
            }
        }
    }

    fn receive<'a>(&self, buffer: &'a mut [u8]) -> Result<&'a [u8], Error> {
        let length = loop {
            // With MSG_TRUNC the length is that of the datagram, however much of it fits.
            match recv(self.socket.as_raw_fd(), buffer, MsgFlags::MSG_TRUNC) {
                Ok(0) => return Err(Error::ConnectionLost),
                Ok(length) => break length,
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(self.failed("recv", errno)),
            }
        };
        buffer
            .get(..length)
            .ok_or_else(|| Error::Malformed(format!("a datagram has {length} bytes")))
    }

    fn failed(&self, doing: &'static str, errno: Errno) -> Error {
        match errno {
            Errno::EAGAIN => Error::Timeout(self.timeout),
            Errno::EPIPE | Errno::ECONNRESET | Errno::ECONNREFUSED | Errno::ENOTCONN => Error::ConnectionLost,
            _ => Error::system(doing, errno),
        }
    }
}
