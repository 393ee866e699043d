//! The process that becomes the program: starting it, passing signals on to it, ending as it has ended.

use std::fs::OpenOptions;
use std::io::{IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SigHandler, SigSet, Signal, kill, raise, signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::socket::{
    AddressFamily, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, recvmsg, sendmsg, socketpair,
};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

use super::filter::{self, Numbers};
use super::listener::Listener;

/// The program's process, as its parent has it.
pub(super) struct Program {
    process: Pid,
    signals: SignalFd,
}

/// What is passed on, if somebody sends it to this process. Stopping and going on is left to the terminal, which tells both.
const PASSED_ON: [Signal; 7] = [
    Signal::SIGHUP,
    Signal::SIGINT,
    Signal::SIGQUIT,
    Signal::SIGTERM,
    Signal::SIGUSR1,
    Signal::SIGUSR2,
    Signal::SIGALRM,
];

impl Program {
    /// Makes the process. `None` in the process itself; in its parent there is a listener unless something went wrong there.
    pub(super) fn start(numbers: &Numbers) -> Result<Option<(Self, Option<Listener>)>> {
        let (ours, theirs) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)?;
        let mut taken: SigSet = PASSED_ON.into_iter().collect();
        taken.add(Signal::SIGCHLD);
        let before = taken.thread_swap_mask(nix::sys::signal::SigmaskHow::SIG_BLOCK)?;
        // SAFETY: this process has one thread.
        match unsafe { fork() }? {
            ForkResult::Child => {
                drop(ours);
                before.thread_set_mask()?;
                // So that nobody is left whose calls the kernel refuses.
                nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
                hand_over(&theirs, numbers)?;
                Ok(None)
            }
            ForkResult::Parent { child } => {
                drop(theirs);
                let signals = SignalFd::with_flags(&taken, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
                let program = Self {
                    process: child,
                    signals,
                };
                Ok(Some((program, take_over(&ours)?)))
            }
        }
    }

    /// Readable when there is something to attend to.
    pub(super) fn signals(&self) -> BorrowedFd<'_> {
        self.signals.as_fd()
    }

    /// Passes signals on, and says how the program has ended, if it has.
    pub(super) fn attend(&self) -> Result<Option<WaitStatus>> {
        while let Some(told) = self.signals.read_signal()? {
            // What the kernel sends, the terminal's, the program has been sent itself. SIGCHLD is meant for us.
            let signal = Signal::try_from(i32::try_from(told.ssi_signo)?)?;
            if told.ssi_code <= libc::SI_USER && signal != Signal::SIGCHLD {
                match kill(self.process, signal) {
                    Ok(()) | Err(Errno::ESRCH) => {}
                    Err(errno) => return Err(errno.into()),
                }
            }
        }
        let status = waitpid(self.process, Some(WaitPidFlag::WNOHANG))?;
        let has_ended = matches!(status, WaitStatus::Exited(..) | WaitStatus::Signaled(..));
        Ok(has_ended.then_some(status))
    }

    /// Waits for its end, and ends likewise.
    pub(super) fn end(&self) -> Result<ExitCode> {
        end_as(waitpid(self.process, None)?)
    }
}

/// Ends as a process has ended: with its status, or by its signal.
///
/// # Errors
/// When a signal was no end.
pub(super) fn end_as(status: WaitStatus) -> Result<ExitCode> {
    match status {
        WaitStatus::Exited(_, status) => Ok(ExitCode::from(u8::try_from(status & 0xff)?)),
        WaitStatus::Signaled(_, number, _) => {
            // The program has left a core file, if one is wanted.
            setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
            if !matches!(number, Signal::SIGKILL | Signal::SIGSTOP) {
                // SAFETY: the default action runs nothing of ours.
                unsafe { signal(number, SigHandler::SigDfl) }?;
            }
            SigSet::from(number).thread_unblock()?;
            raise(number)?;
            bail!("the program was ended by {number}, which does not end this process")
        }
        _ => bail!("the program has ended in a way that nobody knows"),
    }
}

/// Leaves the terminal and the pipes to others.
pub(super) fn detach() {
    // Without a session of its own it is told to end with the terminal, which is no harm. The same holds for the streams.
    let _ = nix::unistd::setsid();
    let Ok(nothing) = OpenOptions::new().read(true).write(true).open("/dev/null") else {
        return;
    };
    let _ = nix::unistd::dup2_stdin(&nothing);
    let _ = nix::unistd::dup2_stdout(&nothing);
    let _ = nix::unistd::dup2_stderr(&nothing);
}

/// Puts this process behind the filter, and its parent in front of it.
fn hand_over(parent: &OwnedFd, numbers: &Numbers) -> Result<()> {
    let listener = filter::install(numbers).context(
        "the kernel does not let this process supervise the program: it takes Linux 5.14 with CONFIG_SECCOMP_FILTER, and nobody else \
         who does so already",
    )?;
    let descriptors = [listener.as_raw_fd()];
    sendmsg::<()>(
        parent.as_raw_fd(),
        &[IoSlice::new(&[0])],
        &[ControlMessage::ScmRights(&descriptors)],
        MsgFlags::MSG_NOSIGNAL,
        None,
    )?;
    Ok(())
}

/// Takes what the child hands over, if it does not end before.
fn take_over(child: &OwnedFd) -> Result<Option<Listener>> {
    let mut octet = [0];
    let mut parts = [IoSliceMut::new(&mut octet)];
    let mut space = cmsg_space!(i32);
    let received = recvmsg::<()>(
        child.as_raw_fd(),
        &mut parts,
        Some(&mut space),
        MsgFlags::MSG_CMSG_CLOEXEC,
    )?;
    for message in received.cmsgs()? {
        if let ControlMessageOwned::ScmRights(descriptors) = message
            && let Some(listener) = descriptors.first()
        {
            // SAFETY: the kernel has made the descriptor for this process, and nobody else has it.
            return Ok(Some(Listener::new(unsafe { OwnedFd::from_raw_fd(*listener) })));
        }
    }
    Ok(None)
}
