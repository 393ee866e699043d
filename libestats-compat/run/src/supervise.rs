//! Programs that no dynamic linker reaches, static ones and those that call the kernel by themselves: their calls on generic netlink
//! sockets are looked at by a supervisor (seccomp user notification), which takes what is for `tcp_estats` to the daemon.
//!
//! ```text
//! estats-run ──┬── the supervisor: this process, until the program ends
//!              └── the program, behind a filter that its children inherit
//! ```
//!
//! Nothing else is slowed down but by the filter itself. It takes no rights but those that a debugger of the same user has.

mod conversation;
mod daemon;
mod filter;
mod listener;
mod message;
mod program;
mod socket;
mod speech;
mod target;

use std::os::fd::AsFd as _;
use std::process::ExitCode;

use anyhow::Result;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::unistd::{ForkResult, fork};

use self::conversation::Conversation;
use self::program::Program;

pub(crate) use self::speech::Speech;

/// Which of the two processes this is.
pub(crate) enum Role {
    /// The one that is to become the program.
    Program,
    /// The one that has watched it, and ends as it has ended.
    Supervisor(ExitCode),
}

/// Starts supervision. Returns twice: at once in the process that is to become the program, and when that has ended.
///
/// # Errors
/// In either process, where the kernel does not do it. In the first one the caller is to end with the status for that.
pub(crate) fn begin(speech: Speech) -> Result<Role> {
    let numbers = filter::numbers()?;
    let Some((program, listener)) = Program::start(&numbers)? else {
        return Ok(Role::Program);
    };
    let Some(listener) = listener else {
        // It says itself why.
        return Ok(Role::Supervisor(program.end()?));
    };
    let endpoint = estats_protocol::client::socket_path();
    let mut conversation = Conversation::new(listener, numbers, endpoint, speech);
    let status = loop {
        if serve(&mut conversation, Some(&program))? == Served::Signal
            && let Some(status) = program.attend()?
        {
            break status;
        }
    };
    leave_behind(&mut conversation)?;
    program::end_as(status).map(Role::Supervisor)
}

/// What there was to do.
#[derive(PartialEq, Eq)]
enum Served {
    /// Calls, or nothing any more.
    Calls,
    /// A signal for this process.
    Signal,
    /// No process is left behind the filter.
    Nobody,
}

/// Waits for something to do, and does it unless it is a signal.
fn serve(conversation: &mut Conversation, program: Option<&Program>) -> Result<Served> {
    let (told, over, signalled) = {
        let listener = conversation.listener.as_fd();
        let mut polled = vec![PollFd::new(listener, PollFlags::POLLIN)];
        polled.extend(program.map(|program| PollFd::new(program.signals(), PollFlags::POLLIN)));
        polled.extend(
            conversation
                .sockets()
                .map(|socket| PollFd::new(socket, PollFlags::POLLIN)),
        );
        let pause = conversation.pause().map_or(PollTimeout::NONE, |pause| {
            u16::try_from(pause.as_micros().div_ceil(1000))
                .unwrap_or(u16::MAX)
                .into()
        });
        match poll(&mut polled, pause) {
            Ok(_) => {}
            Err(Errno::EINTR) => return Ok(Served::Calls),
            Err(errno) => return Err(errno.into()),
        }
        let has = |index: usize, flags| polled[index].revents().is_some_and(|found| found.intersects(flags));
        let signalled = program.is_some() && has(1, PollFlags::POLLIN);
        (has(0, PollFlags::POLLIN), has(0, PollFlags::POLLHUP), signalled)
    };
    if told {
        conversation.take();
    }
    conversation.look_again();
    Ok(match (signalled, over && !told) {
        (true, _) => Served::Signal,
        (false, true) if program.is_none() => Served::Nobody,
        _ => Served::Calls,
    })
}

/// Processes that the program has started and not waited for still have their calls looked at: by a process that ends with the last of
/// them. Without it the kernel would refuse these calls.
fn leave_behind(conversation: &mut Conversation) -> Result<()> {
    let mut polled = [PollFd::new(conversation.listener.as_fd(), PollFlags::POLLIN)];
    poll(&mut polled, PollTimeout::ZERO)?;
    let is_over = polled[0]
        .revents()
        .is_some_and(|found| found.contains(PollFlags::POLLHUP));
    // SAFETY: this process has one thread.
    if is_over || !matches!(unsafe { fork() }?, ForkResult::Child) {
        return Ok(());
    }
    program::detach();
    while serve(conversation, None)? != Served::Nobody {}
    std::process::exit(0)
}
