//! Opening, duplicating and closing descriptors.

use crate::descriptor::{State, followed, forget, record, state};
use crate::{errno, join, real};
use libc::{c_int, c_uint, c_ulong};

/// `socket`: a generic netlink socket is followed from here on.
///
/// # Safety
/// None of its own; unsafe like every export.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn socket(domain: c_int, kind: c_int, protocol: c_int) -> c_int {
    // SAFETY: takes integers.
    let fd = unsafe { real::socket(domain, kind, protocol) };
    if fd >= 0 {
        let generic = domain == libc::AF_NETLINK && protocol == libc::NETLINK_GENERIC;
        // Recording the others too heals a number whose closing went past this library.
        record(fd, if generic { State::Netlink } else { State::Other });
    }
    fd
}

/// `close`: of a joined descriptor, also what is hidden behind it. A hidden descriptor is not open to the program.
///
/// # Safety
/// None of its own; unsafe like every export.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn close(fd: c_int) -> c_int {
    if state(fd) == State::Hidden {
        return errno::fail(libc::EBADF);
    }
    // Before the number can be given to another thread.
    forget(fd);
    // SAFETY: takes an integer.
    unsafe { real::close(fd) }
}

/// `close_range`: like [`close`] for each number, so hidden descriptors stay.
///
/// # Safety
/// None of its own; unsafe like every export.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn close_range(first: c_uint, last: c_uint, flags: c_int) -> c_int {
    let close_on_exec_only = flags & libc::CLOSE_RANGE_CLOEXEC.cast_signed() != 0;
    let mut from = first;
    if !close_on_exec_only && first <= last {
        let in_range = |fd: c_int| (first..=last).contains(&fd.cast_unsigned());
        followed()
            .filter(|(fd, state)| in_range(*fd) && *state != State::Hidden)
            .for_each(|(fd, _)| forget(fd));
        for (hidden, _) in followed().filter(|(fd, _)| in_range(*fd)) {
            let hidden = hidden.cast_unsigned();
            // SAFETY: takes integers.
            if hidden > from && unsafe { real::close_range(from, hidden.saturating_sub(1), flags) } != 0 {
                return -1;
            }
            from = hidden.saturating_add(1);
        }
        if from > last {
            return 0;
        }
    }
    // SAFETY: takes integers.
    unsafe { real::close_range(from, last, flags) }
}

/// `closefrom`.
///
/// # Safety
/// None of its own; unsafe like every export.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn closefrom(first: c_int) {
    // SAFETY: as safe as the call itself.
    unsafe { close_range(first.max(0).cast_unsigned(), c_uint::MAX, 0) };
}

/// Gives the fresh duplicate `new` of `fd` the state of `fd`. Returns `new`, or -1 when no descriptor is left for its peers.
fn inherit(fd: c_int, new: c_int) -> c_int {
    if new < 0 || new == fd {
        return new;
    }
    let inherited = match state(fd) {
        // The program cannot know the number of a hidden descriptor.
        State::Other | State::Hidden => State::Other,
        State::Netlink => State::Netlink,
        State::Joined(peers) => {
            let Some(peers) = join::duplicate(peers) else {
                real::close_quietly(new);
                return errno::fail(libc::EMFILE);
            };
            State::Joined(peers)
        }
    };
    record(new, inherited);
    new
}

/// `dup`.
///
/// # Safety
/// None of its own; unsafe like every export.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn dup(fd: c_int) -> c_int {
    // SAFETY: takes an integer.
    inherit(fd, unsafe { real::dup(fd) })
}

/// Does what [`dup2`] and [`dup3`] have in common: `duplicate` replaces `new`.
fn replace(fd: c_int, new: c_int, duplicate: impl FnOnce() -> c_int) -> c_int {
    if fd == new {
        return duplicate();
    }
    if state(new) == State::Hidden {
        // An error that both calls document, for a number that is just being taken.
        return errno::fail(libc::EBUSY);
    }
    let result = duplicate();
    if result >= 0 {
        forget(new);
    }
    inherit(fd, result)
}

/// `dup2`; fails with `EBUSY` on the number of a hidden descriptor.
///
/// # Safety
/// None of its own; unsafe like every export.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn dup2(fd: c_int, new: c_int) -> c_int {
    // SAFETY: takes integers.
    replace(fd, new, || unsafe { real::dup2(fd, new) })
}

/// `dup3`; fails with `EBUSY` on the number of a hidden descriptor.
///
/// # Safety
/// None of its own; unsafe like every export.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn dup3(fd: c_int, new: c_int, flags: c_int) -> c_int {
    // SAFETY: takes integers.
    replace(fd, new, || unsafe { real::dup3(fd, new, flags) })
}

/// `fcntl`, whose duplicating commands are followed.
///
/// The C function is variadic. On the systems `Web10G` ran on, and all where Linux passes variadic integers and pointers as
/// any others, this signature receives the same.
///
/// # Safety
/// The contract of the C function.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn fcntl(fd: c_int, command: c_int, argument: c_ulong) -> c_int {
    // SAFETY: the caller keeps the contract of the C function.
    let result = unsafe { real::fcntl(fd, command, argument) };
    match command {
        libc::F_DUPFD | libc::F_DUPFD_CLOEXEC => inherit(fd, result),
        _ => result,
    }
}

/// `fcntl` as called by programs compiled for 64-bit file offsets; the same function on 64-bit systems.
///
/// # Safety
/// The contract of the C function.
#[cfg(target_pointer_width = "64")]
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn fcntl64(fd: c_int, command: c_int, argument: c_ulong) -> c_int {
    // SAFETY: the caller keeps the contract of the C function.
    unsafe { fcntl(fd, command, argument) }
}
