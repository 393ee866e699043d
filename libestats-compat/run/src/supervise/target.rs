//! The process whose call is looked at: its memory, its descriptors, its rights.

use std::fs;
use std::io::{IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::path::PathBuf;

use nix::errno::Errno;
use nix::sys::uio::{RemoteIoVec, process_vm_readv, process_vm_writev};
use nix::unistd::Pid;

/// A process of those that are supervised.
pub(super) struct Target {
    /// The thread that calls. Its memory is the process's.
    thread: Pid,
    process: Pid,
    handle: OwnedFd,
}

impl Target {
    /// The process of a thread.
    pub(super) fn of(thread: i32) -> nix::Result<Self> {
        let process: i32 = status(&thread.to_string())
            .and_then(|text| field(&text, "Tgid:")?.parse().ok())
            .ok_or(Errno::ESRCH)?;
        // SAFETY: takes integers.
        let handle = unsafe { libc::syscall(libc::SYS_pidfd_open, process, 0) };
        Ok(Self {
            thread: Pid::from_raw(thread),
            process: Pid::from_raw(process),
            handle: descriptor(handle)?,
        })
    }

    /// A descriptor for the file that one of the process's is for.
    pub(super) fn descriptor(&self, number: u32) -> nix::Result<OwnedFd> {
        // SAFETY: takes integers.
        descriptor(unsafe { libc::syscall(libc::SYS_pidfd_getfd, self.handle.as_raw_fd(), number, 0) })
    }

    /// Whether a number is for no file.
    pub(super) fn is_free(&self, number: u32) -> bool {
        matches!(self.descriptor(number), Err(Errno::EBADF))
    }

    /// Its process id.
    pub(super) fn process(&self) -> u32 {
        self.process.as_raw().cast_unsigned()
    }

    /// The file that it executes.
    pub(super) fn executable(&self) -> PathBuf {
        PathBuf::from(format!("/proc/{}/exe", self.process))
    }

    /// Whether it has the users and groups of this process, and its network namespace: what is done for it here, it may do.
    pub(super) fn is_like_us(&self) -> bool {
        let identity = |process: &str| {
            let text = status(process)?;
            let ids = ["Uid:", "Gid:", "Groups:"].map(|name| field(&text, name).map(str::to_owned));
            let namespace = fs::read_link(format!("/proc/{process}/ns/net")).ok()?;
            Some((ids, namespace))
        };
        let theirs = identity(&self.thread.to_string());
        theirs.is_some() && theirs == identity("self")
    }

    /// Octets at an address.
    pub(super) fn read(&self, address: u64, length: usize) -> nix::Result<Vec<u8>> {
        let mut octets = vec![0; length];
        let from = [remote(address, length)];
        let read = process_vm_readv(self.thread, &mut [IoSliceMut::new(&mut octets)], &from)?;
        if read == length { Ok(octets) } else { Err(Errno::EFAULT) }
    }

    /// Writes octets to an address.
    pub(super) fn write(&self, address: u64, octets: &[u8]) -> nix::Result<()> {
        if octets.is_empty() {
            return Ok(());
        }
        let written = process_vm_writev(self.thread, &[IoSlice::new(octets)], &[remote(address, octets.len())])?;
        if written == octets.len() {
            Ok(())
        } else {
            Err(Errno::EFAULT)
        }
    }
}

fn remote(address: u64, len: usize) -> RemoteIoVec {
    // Programs of this machine have addresses of this width.
    let base = usize::try_from(address).unwrap_or(0);
    RemoteIoVec { base, len }
}

fn descriptor(result: i64) -> nix::Result<OwnedFd> {
    let number = Errno::result(result)?;
    let number = RawFd::try_from(number).map_err(|_| Errno::EBADF)?;
    // SAFETY: the call has made the descriptor, and nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

fn status(process: &str) -> Option<String> {
    fs::read_to_string(format!("/proc/{process}/status")).ok()
}

/// What a line of a status says.
fn field<'text>(status: &'text str, name: &str) -> Option<&'text str> {
    status.lines().find_map(|line| line.strip_prefix(name)).map(str::trim)
}
