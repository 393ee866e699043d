//! Putting an epoll instance over both peers in the place of the program's netlink socket.

use crate::descriptor::{self, Peers, State};
use crate::{daemon, real};
use libc::{c_int, c_ulong, sockaddr_nl};

/// Joins `fd`, a netlink socket in state `old`, with a new connection to the daemon. Called again on a joined descriptor, it
/// replaces the connection.
///
/// Duplicates of the socket that the program made before are joined with it, since it may send on one and receive on the
/// other. When another thread was faster, its peers are returned. `None` when the daemon cannot be reached or no descriptor is left.
pub(crate) fn join(fd: c_int, old: State) -> Option<Peers> {
    let kernel = kernel_of(fd, old)?;
    let Some(daemon) = daemon::connect(port(kernel)) else {
        if old == State::Netlink {
            descriptor::close_hidden(kernel);
        }
        return None;
    };
    let peers = Peers { kernel, daemon };
    let Some(epoll) = epoll_over(peers) else {
        release(peers, old);
        return None;
    };
    let joined = if descriptor::replace(fd, old, State::Joined(peers)) {
        let siblings = if old == State::Netlink { inode(fd) } else { None };
        put_in_place(epoll, fd);
        if let Some(inode) = siblings {
            join_siblings(inode, peers, epoll);
        }
        if let State::Joined(previous) = old {
            descriptor::close_hidden(previous.daemon);
        }
        Some(peers)
    } else {
        release(peers, old);
        match descriptor::state(fd) {
            State::Joined(winner) => Some(winner),
            _ => None,
        }
    };
    real::close_quietly(epoll);
    joined
}

/// The hidden netlink socket: the one there is, or a duplicate of the program's.
fn kernel_of(fd: c_int, old: State) -> Option<c_int> {
    match old {
        State::Netlink => descriptor::hide(fd),
        State::Joined(peers) => Some(peers.kernel),
        State::Other | State::Hidden => None,
    }
}

/// The port of a netlink socket. One that has none yet gets it, as sending to the kernel would give it one.
fn port(kernel: c_int) -> u32 {
    // SAFETY: all zeros is a valid sockaddr_nl: no port, no groups.
    let mut address: sockaddr_nl = unsafe { std::mem::zeroed() };
    address.nl_family = libc::sa_family_t::try_from(libc::AF_NETLINK).unwrap_or(0);
    let unbound = address;
    for _ in 0..2 {
        let mut length = daemon::length_of::<sockaddr_nl>();
        // SAFETY: both addresses have the length given.
        unsafe {
            if real::getsockname(kernel, (&raw mut address).cast(), &raw mut length) != 0 || address.nl_pid != 0 {
                break;
            }
            real::bind(kernel, (&raw const unbound).cast(), length);
        }
    }
    address.nl_pid
}

/// Undoes what was opened for a join from state `old` that did not come about.
fn release(peers: Peers, old: State) {
    descriptor::close_hidden(peers.daemon);
    if old == State::Netlink {
        descriptor::close_hidden(peers.kernel);
    }
}

/// An epoll instance that is readable when one of the peers is.
fn epoll_over(peers: Peers) -> Option<c_int> {
    // SAFETY: takes an integer.
    let epoll = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
    if epoll < 0 {
        return None;
    }
    let added = [peers.kernel, peers.daemon].into_iter().all(|peer| {
        let mut event = libc::epoll_event {
            events: libc::EPOLLIN.cast_unsigned(),
            u64: 0,
        };
        // SAFETY: the event lives through the call.
        unsafe { libc::epoll_ctl(epoll, libc::EPOLL_CTL_ADD, peer, &raw mut event) == 0 }
    });
    if !added {
        real::close_quietly(epoll);
        return None;
    }
    Some(epoll)
}

/// Replaces the file behind `fd` by the epoll instance, keeping the two flags of the descriptor that a program may have set.
fn put_in_place(epoll: c_int, fd: c_int) {
    // SAFETY: these fcntl commands take integers, dup3 too.
    unsafe {
        let nonblocking = real::fcntl(fd, libc::F_GETFL, 0) & libc::O_NONBLOCK;
        let close_on_exec = real::fcntl(fd, libc::F_GETFD, 0) & libc::FD_CLOEXEC != 0;
        real::fcntl(epoll, libc::F_SETFL, c_ulong::try_from(nonblocking).unwrap_or(0));
        real::dup3(epoll, fd, if close_on_exec { libc::O_CLOEXEC } else { 0 });
    }
}

/// Joins the other descriptors of the netlink socket `inode` to the same peers.
///
/// Each gets hidden duplicates of its own, so that closing one descriptor never takes the peers away from another.
fn join_siblings(inode: libc::ino_t, peers: Peers, epoll: c_int) {
    for (fd, state) in descriptor::followed() {
        if state != State::Netlink || self::inode(fd) != Some(inode) {
            continue;
        }
        let Some(peers) = duplicate(peers) else { return };
        if descriptor::replace(fd, State::Netlink, State::Joined(peers)) {
            put_in_place(epoll, fd);
        } else {
            release(peers, State::Netlink);
        }
    }
}

/// Hidden duplicates of both peers.
pub(crate) fn duplicate(peers: Peers) -> Option<Peers> {
    let kernel = descriptor::hide(peers.kernel)?;
    let Some(daemon) = descriptor::hide(peers.daemon) else {
        descriptor::close_hidden(kernel);
        return None;
    };
    Some(Peers { kernel, daemon })
}

/// Inode number of a socket: the same for all its descriptors, different from any other socket's.
fn inode(fd: c_int) -> Option<libc::ino_t> {
    // SAFETY: all zeros is a valid stat, which lives through the call.
    unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        (libc::fstat(fd, &raw mut stat) == 0).then_some(stat.st_ino)
    }
}
