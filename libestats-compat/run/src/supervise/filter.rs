//! Which system calls the kernel shows to the supervisor: a program in classic BPF, which sees the number and the arguments of a
//! call, and not what is behind a pointer or a descriptor.
//!
//! So that it can tell the sockets in question from all else by their numbers, these get numbers of their own, in [`Numbers`].

use std::io;
use std::ops::Range;
use std::os::fd::{FromRawFd as _, OwnedFd, RawFd};

use libc::{c_long, sock_filter, sock_fprog};

/// `AUDIT_ARCH_*` of `linux/audit.h`: calls in the manner of another machine have other numbers.
const ARCHITECTURE: Option<u32> = if cfg!(target_arch = "x86_64") {
    Some(0xc000_003e)
} else if cfg!(target_arch = "aarch64") {
    Some(0xc000_00b7)
} else {
    None
};

/// Offsets in `struct seccomp_data`.
const NUMBER: u32 = 0;
const ARCH: u32 = 4;

/// The descriptors that generic netlink sockets get: high, where no program that opens one file after the other will be, and within what
/// `select` can handle.
pub(super) type Numbers = Range<u32>;

/// So many in each process.
const SOCKETS: u32 = 64;
/// `FD_SETSIZE`.
const SELECTABLE: u64 = 1024;

/// The numbers, below the limit that the program starts with.
///
/// # Errors
/// When that cannot be read, or there is no room below it.
pub(super) fn numbers() -> io::Result<Numbers> {
    let (soft, _) = nix::sys::resource::getrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE)?;
    let end = u32::try_from(soft.min(SELECTABLE)).unwrap_or(0);
    match end.checked_sub(SOCKETS) {
        Some(first) if first >= SOCKETS => Ok(first..end),
        _ => Err(io::Error::other("the limit of open files is too low: ulimit -n 256")),
    }
}

/// Calls that send, receive or duplicate, if their first argument is one of the numbers.
const ON_SOCKETS: [c_long; 11] = [
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_recvmmsg,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_dup,
];

/// Installs the filter for this thread and what it will start, for good.
///
/// # Errors
/// When the kernel cannot do it, or does not allow it: filters can be forbidden, and there can be but one supervisor.
pub(super) fn install(numbers: &Numbers) -> io::Result<OwnedFd> {
    let architecture = ARCHITECTURE.ok_or_else(|| io::Error::from(io::ErrorKind::Unsupported))?;
    let mut program = program(architecture, numbers);
    let program = sock_fprog {
        len: u16::try_from(program.len()).map_err(io::Error::other)?,
        filter: program.as_mut_ptr(),
    };
    // SAFETY: takes integers; the program lives through the call and has the length given, and the kernel copies it.
    let listener = unsafe {
        if libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 {
            return Err(io::Error::last_os_error());
        }
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            libc::SECCOMP_FILTER_FLAG_NEW_LISTENER,
            &raw const program,
        )
    };
    match RawFd::try_from(listener) {
        // SAFETY: the call has made the descriptor, and nobody else has it.
        Ok(listener @ 0..) => Ok(unsafe { OwnedFd::from_raw_fd(listener) }),
        _ => Err(io::Error::last_os_error()),
    }
}

fn program(architecture: u32, numbers: &Numbers) -> Vec<sock_filter> {
    let numbered = [
        load(argument(0)),
        jump(libc::BPF_JGE, numbers.start, 0, 2),
        jump(libc::BPF_JGE, numbers.end, 1, 0),
        verdict(libc::SECCOMP_RET_USER_NOTIF),
        verdict(libc::SECCOMP_RET_ALLOW),
    ];
    let opens = [
        load(argument(0)),
        jump(libc::BPF_JEQ, libc::AF_NETLINK.cast_unsigned(), 0, 3),
        load(argument(2)),
        jump(libc::BPF_JEQ, libc::NETLINK_GENERIC.cast_unsigned(), 0, 1),
        verdict(libc::SECCOMP_RET_USER_NOTIF),
        verdict(libc::SECCOMP_RET_ALLOW),
    ];
    // What else fcntl does ends with the last instruction of `numbered`.
    let duplicates = [
        load(argument(1)),
        jump(libc::BPF_JEQ, libc::F_DUPFD.cast_unsigned(), 1, 0),
        jump(libc::BPF_JEQ, libc::F_DUPFD_CLOEXEC.cast_unsigned(), 0, 4),
    ];

    let mut program = vec![
        load(ARCH),
        jump(libc::BPF_JEQ, architecture, 1, 0),
        verdict(libc::SECCOMP_RET_ALLOW),
        load(NUMBER),
    ];
    let mut on = |call: c_long, block: &[&[sock_filter]]| {
        let block = block.concat();
        // Numbers of calls and lengths of blocks are small.
        let (call, length) = (
            u32::try_from(call).unwrap_or(u32::MAX),
            u8::try_from(block.len()).unwrap_or(0),
        );
        program.push(jump(libc::BPF_JEQ, call, 0, length));
        program.extend(block);
    };
    on(libc::SYS_socket, &[&opens]);
    on(libc::SYS_fcntl, &[&duplicates, &numbered]);
    for call in ON_SOCKETS {
        on(call, &[&numbered]);
    }
    program.push(verdict(libc::SECCOMP_RET_ALLOW));
    program
}

/// The lower half of an argument, of which the kernel takes no more for an `int`.
fn argument(index: u32) -> u32 {
    const FIRST: u32 = 16;
    let upper_first = u32::from(cfg!(target_endian = "big"));
    FIRST + 8 * index + 4 * upper_first
}

fn load(offset: u32) -> sock_filter {
    instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset, 0, 0)
}

/// Compares what was loaded, and skips so many instructions.
fn jump(comparison: u32, with: u32, skipped_if: u8, skipped_unless: u8) -> sock_filter {
    instruction(
        libc::BPF_JMP | comparison | libc::BPF_K,
        with,
        skipped_if,
        skipped_unless,
    )
}

fn verdict(verdict: u32) -> sock_filter {
    instruction(libc::BPF_RET | libc::BPF_K, verdict, 0, 0)
}

fn instruction(code: u32, k: u32, jt: u8, jf: u8) -> sock_filter {
    // Codes have 16 bits.
    let code = u16::try_from(code).unwrap_or(0);
    sock_filter { code, jt, jf, k }
}
