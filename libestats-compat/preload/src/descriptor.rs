//! What this library knows of each file descriptor: one atomic word for each number.
//!
//! Nothing but loads, stores and compare-exchange, so that it may be used by any thread, after `fork` and in a signal
//! handler. The array is zero-initialised memory of which only the pages in use exist.

use crate::{errno, process, real};
use libc::{c_int, c_ulong};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Descriptors below this number are followed: all that a process can have while `fs.nr_open` is what the kernel sets it to. It is 8 MiB
/// of address space.
pub(crate) const LIMIT: usize = 1 << 20;

/// Where hidden descriptors are placed if the resource limit allows it: out of the way of the small numbers that programs
/// count on or choose, within the range that `select` can handle.
const HIDDEN_FROM: c_ulong = 960;

static WORDS: [AtomicU64; LIMIT] = [const { AtomicU64::new(0) }; LIMIT];

/// One more than the highest number that was ever followed.
static END: AtomicUsize = AtomicUsize::new(0);

/// The two hidden descriptors behind a joined one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peers {
    /// The netlink socket that the program opened.
    pub(crate) kernel: c_int,
    /// The connection to the daemon.
    pub(crate) daemon: c_int,
}

/// State of one descriptor number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Not ours: closed, or something that the program opened for itself.
    Other,
    /// A generic netlink socket of the program that has not asked for `tcp_estats` yet.
    Netlink,
    /// An epoll instance in the place of such a socket.
    Joined(Peers),
    /// One of [`Peers`]: open, but not the program's.
    Hidden,
}

/// A word holds the state in its two upper bits and the peers, 31 bits each, below.
const NETLINK: u64 = 1 << 62;
const JOINED: u64 = 2 << 62;
const HIDDEN: u64 = 3 << 62;
const FD_MASK: u64 = (1 << 31) - 1;

impl State {
    fn encode(self) -> u64 {
        match self {
            Self::Other => 0,
            Self::Netlink => NETLINK,
            Self::Hidden => HIDDEN,
            Self::Joined(peers) => {
                JOINED | u64::from(peers.kernel.cast_unsigned()) << 31 | u64::from(peers.daemon.cast_unsigned())
            }
        }
    }

    fn decode(word: u64) -> Self {
        let fd = |bits: u64| c_int::try_from(bits & FD_MASK).unwrap_or(-1);
        match word & HIDDEN {
            0 => Self::Other,
            NETLINK => Self::Netlink,
            JOINED => Self::Joined(Peers {
                kernel: fd(word >> 31),
                daemon: fd(word),
            }),
            _ => Self::Hidden,
        }
    }
}

fn word(fd: c_int) -> Option<&'static AtomicU64> {
    WORDS.get(usize::try_from(fd).ok()?)
}

/// State of `fd`. In a child of `vfork` every descriptor is [`State::Other`].
pub(crate) fn state(fd: c_int) -> State {
    match word(fd).map_or(0, |word| word.load(Ordering::Acquire)) {
        0 => State::Other,
        _ if !process::owns_memory() => State::Other,
        bits => State::decode(bits),
    }
}

/// Records the state of `fd`, and says whether it could: false for a number from [`LIMIT`] on and in a child of `vfork`.
pub(crate) fn record(fd: c_int, state: State) -> bool {
    let Some(word) = word(fd) else { return false };
    let bits = state.encode();
    if bits == 0 && word.load(Ordering::Relaxed) == 0 {
        return true;
    }
    if !process::owns_memory() {
        return false;
    }
    END.fetch_max(
        usize::try_from(fd).map_or(0, |fd| fd.saturating_add(1)),
        Ordering::Relaxed,
    );
    word.store(bits, Ordering::Release);
    true
}

/// Replaces state `old` of `fd` by `new` unless another thread changed it meanwhile.
pub(crate) fn replace(fd: c_int, old: State, new: State) -> bool {
    word(fd).is_some_and(|word| {
        word.compare_exchange(old.encode(), new.encode(), Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    })
}

/// The netlink socket that calls about address and options are meant for: the hidden one where `fd` is joined, else `fd`.
pub(crate) fn netlink_socket(fd: c_int) -> c_int {
    match state(fd) {
        State::Joined(peers) => peers.kernel,
        _ => fd,
    }
}

/// The numbers that are not [`State::Other`], ascending.
pub(crate) fn followed() -> impl Iterator<Item = (c_int, State)> {
    (0..)
        .take(END.load(Ordering::Relaxed))
        .map(|fd| (fd, state(fd)))
        .filter(|(_, state)| *state != State::Other)
}

/// Makes a hidden duplicate of `fd`, which closes on `exec`. `None` when the process has no descriptor left.
pub(crate) fn hide(fd: c_int) -> Option<c_int> {
    // SAFETY: F_DUPFD_CLOEXEC takes an integer.
    let duplicate = |from| unsafe { real::fcntl(fd, libc::F_DUPFD_CLOEXEC, from) };
    let hidden = match duplicate(HIDDEN_FROM) {
        // A low resource limit, or the upper numbers are used up.
        -1 if matches!(errno::last(), libc::EINVAL | libc::EMFILE) => duplicate(3),
        hidden => hidden,
    };
    if hidden >= 0 && !record(hidden, State::Hidden) {
        real::close_quietly(hidden);
        return None;
    }
    (hidden >= 0).then_some(hidden)
}

/// Closes a descriptor made by [`hide`].
pub(crate) fn close_hidden(hidden: c_int) {
    record(hidden, State::Other);
    real::close_quietly(hidden);
}

/// Ends the following of `fd`, which is about to be closed or has been replaced, and closes what was hidden behind it.
pub(crate) fn forget(fd: c_int) {
    let state = state(fd);
    record(fd, State::Other);
    if let State::Joined(peers) = state {
        close_hidden(peers.kernel);
        close_hidden(peers.daemon);
    }
}
