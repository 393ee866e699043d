//! The socket of a client: one request, its data, its acknowledgement.

use std::{
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    path::Path,
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
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
    wakefulness::Wakefulness,
};

/// What a daemon sends at most, in octets. A longer datagram is noticed by its length.
pub(super) const BUFFER: u32 = estats_spec::wire::extension::BUFFER_MAX;

#[derive(Debug)]
pub(super) struct Link {
    socket: OwnedFd,
    timeout: Duration,
    /// Where datagrams are received, [`BUFFER`] long; the system gives it memory only as far as they reach.
    buffer: Vec<u8>,
    /// Set once an answer may still be under way that nobody waits for.
    lost: bool,
    wakefulness: Wakefulness,
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
            buffer: vec![0; BUFFER as usize],
            lost: false,
            wakefulness: Wakefulness::default(),
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

    /// Waits for a datagram that nobody asked for and hands its messages to `each`; `false` if none comes within the time, of
    /// which `None` has no end.
    pub(super) fn unasked(
        &mut self,
        within: Option<Duration>,
        each: &mut dyn FnMut(&RawMessage<'_>) -> Result<(), Error>,
    ) -> Result<bool, Error> {
        if self.lost {
            return Err(Error::ConnectionLost);
        }
        if !self.readable(within)? {
            return Ok(false);
        }
        let result = self.receive().and_then(|length| {
            let mut messages = Messages::new(&self.buffer[..length]);
            messages.by_ref().try_for_each(|message| each(&message))?;
            whole(&messages)
        });
        self.lost = result.is_err();
        result.map(|()| true)
    }

    /// Whether there is something to receive, or the end of the connection, within the time.
    fn readable(&self, within: Option<Duration>) -> Result<bool, Error> {
        let deadline = within.map(|within| Instant::now() + within);
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let round = left.map_or(PollTimeout::NONE, |left| {
                u16::try_from(left.as_micros().div_ceil(1000))
                    .unwrap_or(u16::MAX)
                    .into()
            });
            let mut socket = [PollFd::new(self.socket.as_fd(), PollFlags::POLLIN)];
            match poll(&mut socket, round) {
                Ok(0) if left.is_some_and(|left| left > Duration::ZERO) => {}
                Ok(ready) => return Ok(ready > 0),
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(Error::system("poll", errno)),
            }
        }
    }

    fn answer(
        &mut self,
        sequence: u32,
        command: Option<u8>,
        each: &mut dyn FnMut(&RawMessage<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        loop {
            let length = self.receive()?;
            let mut messages = Messages::new(&self.buffer[..length]);
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
            whole(&messages)?;
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

    /// Receives a datagram into the buffer; its length.
    fn receive(&mut self) -> Result<usize, Error> {
        let awake_until = self.wakefulness.awake_until();
        // With MSG_TRUNC the length is that of the datagram, however much of it fits.
        let mut flags = MsgFlags::MSG_TRUNC | MsgFlags::MSG_DONTWAIT;
        let length = loop {
            match recv(self.socket.as_raw_fd(), &mut self.buffer, flags) {
                Ok(0) => return Err(Error::ConnectionLost),
                Ok(length) => break length,
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) if flags.contains(MsgFlags::MSG_DONTWAIT) => {
                    // The daemon may wait for this very processor.
                    if Instant::now() >= awake_until || !self.wakefulness.give_way() {
                        flags.remove(MsgFlags::MSG_DONTWAIT);
                    }
                }
                Err(errno) => return Err(self.failed("recv", errno)),
            }
        };
        if length > self.buffer.len() {
            return Err(Error::Malformed(format!("a datagram has {length} bytes")));
        }
        Ok(length)
    }

    fn failed(&self, doing: &'static str, errno: Errno) -> Error {
        match errno {
            Errno::EAGAIN => Error::Timeout(self.timeout),
            Errno::EPIPE | Errno::ECONNRESET | Errno::ECONNREFUSED | Errno::ENOTCONN => Error::ConnectionLost,
            _ => Error::system(doing, errno),
        }
    }
}

/// A walk through a datagram has to have come to its end.
fn whole(messages: &Messages<'_>) -> Result<(), Error> {
    if messages.rest().is_empty() {
        Ok(())
    } else {
        Err(Error::Malformed("a message is cut short".to_owned()))
    }
}
