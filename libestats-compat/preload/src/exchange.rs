//! Sending to and receiving from the two peers of a joined descriptor.

use crate::descriptor::{Peers, State};
use crate::{daemon, errno, join, real};
use libc::{c_int, c_short, c_uint, c_void, msghdr, nfds_t, pollfd, sockaddr_nl, ssize_t, timeval};
use std::time::{Duration, Instant};

/// Longest wait for an answer on a joined descriptor, in milliseconds; the program's own `SO_RCVTIMEO` may shorten it.
pub(crate) const ANSWER_LIMIT_MS: u64 = 5000;

/// Sends a datagram meant for the daemon, joining `fd` or replacing a dead connection if need be. Fails with `ECONNREFUSED`
/// when the daemon cannot be reached, or ends the new connection before it has the datagram.
///
/// # Safety
/// `message` describes readable memory, as `sendmsg` demands.
pub(crate) unsafe fn send_to_daemon(fd: c_int, old: State, message: &msghdr, flags: c_int) -> ssize_t {
    // Neither the netlink address nor netlink credentials mean anything on the connection.
    // SAFETY: all zeros is a valid msghdr.
    let mut plain: msghdr = unsafe { std::mem::zeroed() };
    plain.msg_iov = message.msg_iov;
    plain.msg_iovlen = message.msg_iovlen;
    // A program written for netlink does not expect SIGPIPE.
    let flags = flags | libc::MSG_NOSIGNAL | if is_nonblocking(fd) { libc::MSG_DONTWAIT } else { 0 };

    if let State::Joined(peers) = old {
        // SAFETY: the caller vouches for the vector.
        let sent = unsafe { real::sendmsg(peers.daemon, &raw const plain, flags) };
        if !found_ended(sent) {
            return sent;
        }
    }
    let Some(peers) = join::join(fd, old) else {
        return errno::fail(libc::ECONNREFUSED);
    };
    // SAFETY: as above.
    let sent = unsafe { real::sendmsg(peers.daemon, &raw const plain, flags) };
    // A daemon that is just ending may still take a connection, which then ends with its listener. The program knows netlink,
    // where sending fails with no error of a connection.
    if found_ended(sent) {
        return errno::fail(libc::ECONNREFUSED);
    }
    sent
}

/// Whether `sendmsg`, which returned `sent`, failed because the other side has ended the connection.
fn found_ended(sent: ssize_t) -> bool {
    sent < 0 && matches!(errno::last(), libc::EPIPE | libc::ECONNRESET | libc::ENOTCONN)
}

/// Whether the daemon, or this library after a wait in vain, has ended the connection.
pub(crate) fn has_ended(peers: Peers) -> bool {
    let mut polled = pollfd {
        fd: peers.daemon,
        events: 0,
        revents: 0,
    };
    // SAFETY: one pollfd, which lives through the call.
    let ready = unsafe { real::poll(&raw mut polled, 1, 0) };
    ready == 1 && polled.revents & libc::POLLHUP != 0
}

/// Receives one datagram from whichever peer has one, waiting unless the descriptor or the call is non-blocking.
///
/// Signals do not cut the wait short: it is bounded, and a handler installed with `SA_RESTART` would not cut a netlink receive
/// short either, which is what the legacy programs rely on.
///
/// # Safety
/// `message` describes writable memory, as `recvmsg` demands.
pub(crate) unsafe fn receive(fd: c_int, peers: Peers, message: &mut msghdr, flags: c_int) -> ssize_t {
    let wait = Wait::new(fd, peers, flags);
    loop {
        match ready(peers, wait.remaining()) {
            Ready::Nobody => return wait.give_up(peers),
            Ready::Failed if errno::last() == libc::EINTR => {}
            Ready::Failed => return -1,
            Ready::Peer(peer) => {
                // SAFETY: the caller vouches for the message.
                let received = unsafe { receive_from(peer, peers, message, flags | libc::MSG_DONTWAIT) };
                // Another thread may have taken what was there.
                if received >= 0 || errno::last() != libc::EAGAIN || wait.limit.is_zero() {
                    return received;
                }
            }
        }
    }
}

unsafe fn receive_from(peer: c_int, peers: Peers, message: &mut msghdr, flags: c_int) -> ssize_t {
    let name_room = message.msg_namelen;
    // SAFETY: the caller vouches for the message.
    let received = unsafe { real::recvmsg(peer, &raw mut *message, flags) };
    if peer == peers.kernel || received < 0 {
        return received;
    }
    // The daemon sends no empty packet: 0 is the end of the connection, unless the program's buffer has no room at all.
    if received == 0 && message.msg_flags & libc::MSG_TRUNC == 0 {
        return errno::fail(libc::ECONNRESET);
    }
    // SAFETY: msg_name has room for name_room bytes, or is null.
    unsafe { put_kernel_address(message, name_room) };
    received
}

/// Makes a datagram of the daemon look as if it came from the kernel, port id 0: legacy clients insist on the address length.
unsafe fn put_kernel_address(message: &mut msghdr, room: c_uint) {
    if message.msg_name.is_null() {
        return;
    }
    // SAFETY: all zeros is a valid sockaddr_nl.
    let mut kernel: sockaddr_nl = unsafe { std::mem::zeroed() };
    kernel.nl_family = libc::sa_family_t::try_from(libc::AF_NETLINK).unwrap_or(0);
    let length = usize::try_from(room).unwrap_or(0).min(size_of::<sockaddr_nl>());
    // SAFETY: the caller vouches for `room` writable bytes at msg_name; a sockaddr_nl has at least `length`.
    unsafe { std::ptr::copy_nonoverlapping((&raw const kernel).cast::<u8>(), message.msg_name.cast(), length) };
    message.msg_namelen = daemon::length_of::<sockaddr_nl>();
}

enum Ready {
    Peer(c_int),
    Nobody,
    Failed,
}

/// Waits until a peer has something to read. The kernel comes first: it answers at once, and its answers must not be lost
/// behind the end of a connection, which stays readable for good.
fn ready(peers: Peers, limit: Duration) -> Ready {
    let mut polled = [peers.kernel, peers.daemon].map(|fd| pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    });
    // Rounded up, so that a rest below a millisecond does not spin.
    let limit = c_int::try_from(limit.as_micros().div_ceil(1000)).unwrap_or(c_int::MAX);
    // SAFETY: the array lives through the call and has the length given.
    match unsafe { real::poll(polled.as_mut_ptr(), nfds_t::try_from(polled.len()).unwrap_or(0), limit) } {
        0 => Ready::Nobody,
        ..0 => Ready::Failed,
        _ => polled
            .iter()
            .find(|peer| peer.revents != c_short::default())
            .map_or(Ready::Nobody, |peer| Ready::Peer(peer.fd)),
    }
}

/// How long one receive may take.
struct Wait {
    start: Instant,
    limit: Duration,
}

impl Wait {
    fn new(fd: c_int, peers: Peers, flags: c_int) -> Self {
        let limit = if flags & libc::MSG_DONTWAIT != 0 || is_nonblocking(fd) {
            Duration::ZERO
        } else {
            let ours = Duration::from_millis(ANSWER_LIMIT_MS);
            receive_timeout(peers.kernel).map_or(ours, |programs| programs.min(ours))
        };
        Self {
            start: Instant::now(),
            limit,
        }
    }

    fn remaining(&self) -> Duration {
        self.limit.saturating_sub(self.start.elapsed())
    }

    /// Fails with `EAGAIN`. After the longest wait it also ends the connection: the answer, should it still come, must not
    /// pass for the answer to the next request.
    fn give_up(&self, peers: Peers) -> ssize_t {
        if self.limit == Duration::from_millis(ANSWER_LIMIT_MS) {
            // SAFETY: takes integers.
            unsafe { real::shutdown(peers.daemon, libc::SHUT_RDWR) };
        }
        errno::fail(libc::EAGAIN)
    }
}

/// The program's `SO_RCVTIMEO`, which is kept by its netlink socket. `None` when there is none.
fn receive_timeout(kernel: c_int) -> Option<Duration> {
    let mut value = timeval { tv_sec: 0, tv_usec: 0 };
    let mut length = daemon::length_of::<timeval>();
    let to: *mut c_void = (&raw mut value).cast();
    // SAFETY: the value is a timeval of the length given.
    let failed = unsafe { real::getsockopt(kernel, libc::SOL_SOCKET, libc::SO_RCVTIMEO, to, &raw mut length) } != 0;
    let timeout = Duration::new(
        value.tv_sec.try_into().ok()?,
        u32::try_from(value.tv_usec).ok()?.saturating_mul(1000),
    );
    (!failed && !timeout.is_zero()).then_some(timeout)
}

/// Whether the program set `O_NONBLOCK` on its descriptor; an epoll instance keeps the flag as any file does.
fn is_nonblocking(fd: c_int) -> bool {
    // SAFETY: F_GETFL takes no argument.
    let flags = unsafe { real::fcntl(fd, libc::F_GETFL, 0) };
    flags >= 0 && flags & libc::O_NONBLOCK != 0
}
