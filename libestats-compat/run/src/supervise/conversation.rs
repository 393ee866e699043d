//! What becomes of each call that the filter has found.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use estats_spec::wire::routing::{HEAD, has_no_family, is_for_daemon};
use nix::errno::Errno;

use super::daemon;
use super::filter::Numbers;
use super::listener::{Call, Listener};
use super::message::Message;
use super::socket::{Head, Socket};
use super::speech::Speech;
use super::target::Target;

/// A datagram of requests has at most so many octets; theirs have less than a hundred.
const LONGEST: usize = 1 << 16;
/// Of so many sockets it is known that they have answers that nobody has received, or were refused any. They are forgotten oldest first:
/// nobody says when a socket is closed.
const MOST_SOCKETS: usize = 1024;
/// How often it is looked whether a call still waits that waits for something to receive.
const ROUND: Duration = Duration::from_secs(1);

/// All that is known of the sockets of the processes.
pub(super) struct Conversation {
    pub(super) listener: Listener,
    numbers: Numbers,
    endpoint: PathBuf,
    speech: Speech,
    /// What the daemon has answered and was not received yet, by the socket. Where there is any, a token is in the socket's queue.
    answers: BTreeMap<u64, VecDeque<Vec<u8>>>,
    /// So many datagrams there were for the socket that has asked last, before it did.
    before: usize,
    /// Sockets on which the daemon was asked in vain.
    refused: BTreeSet<u64>,
    waiting: Vec<Waiting>,
}

/// A call that waits for something to receive.
struct Waiting {
    call: Call,
    target: Target,
    socket: Socket,
    message: Message,
    until: Option<Instant>,
}

impl Conversation {
    pub(super) fn new(listener: Listener, numbers: Numbers, endpoint: PathBuf, speech: Speech) -> Self {
        Self {
            listener,
            numbers,
            endpoint,
            speech,
            answers: BTreeMap::new(),
            before: 0,
            refused: BTreeSet::new(),
            waiting: Vec::new(),
        }
    }

    /// Takes one call.
    pub(super) fn take(&mut self) {
        let Some(call) = self.listener.receive() else { return };
        // A thread that has gone away meanwhile may have left its number to another. What was found by it counts only if it is there.
        let handled = Target::of(call.thread)
            .ok()
            .filter(|_| self.listener.is_waiting(&call))
            .and_then(|target| self.handle(call, target));
        if handled.is_none() {
            self.listener.leave(&call);
        }
    }

    /// `None` if the call is none of our business.
    fn handle(&mut self, call: Call, target: Target) -> Option<()> {
        let number = u32::try_from(call.arguments[0] & 0xffff_ffff).ok()?;
        if call.number == libc::SYS_socket {
            return self.open(&call, &target);
        }
        let socket = Socket::from(target.descriptor(number).ok()?)?;
        match call.number {
            libc::SYS_dup | libc::SYS_fcntl => self.duplicate(&call, &target, &socket),
            libc::SYS_sendto | libc::SYS_sendmsg | libc::SYS_sendmmsg | libc::SYS_write | libc::SYS_writev => {
                self.send(&call, &target, &socket)
            }
            _ => {
                let message = Message::of(&call, &target).ok()?;
                self.receive(Waiting {
                    until: socket.receive_timeout().map(|timeout| Instant::now() + timeout),
                    call,
                    target,
                    socket,
                    message,
                });
                Some(())
            }
        }
    }

    /// A socket like the one that is asked for, with one of our numbers.
    fn open(&self, call: &Call, target: &Target) -> Option<()> {
        let kind = i32::try_from(call.arguments[1] & 0xffff_ffff).ok()?;
        if !target.is_like_us() {
            return None;
        }
        let socket = Socket::open(kind).ok()?;
        let number = self.numbers.clone().find(|number| target.is_free(*number))?;
        let closes_on_exec = kind & libc::SOCK_CLOEXEC != 0;
        self.listener
            .answer_with(call, socket.as_fd(), number, closes_on_exec)
            .then_some(())
    }

    /// Another number of ours for the same socket.
    fn duplicate(&self, call: &Call, target: &Target, socket: &Socket) -> Option<()> {
        let is_fcntl = call.number == libc::SYS_fcntl;
        let lowest = if is_fcntl {
            u32::try_from(call.arguments[2]).ok()?
        } else {
            0
        };
        let closes_on_exec =
            is_fcntl && call.arguments[1] & 0xffff_ffff == libc::F_DUPFD_CLOEXEC.cast_unsigned().into();
        let mut numbers = self.numbers.clone().filter(|number| *number >= lowest);
        let number = numbers.find(|number| target.is_free(*number))?;
        self.listener
            .answer_with(call, socket.as_fd(), number, closes_on_exec)
            .then_some(())
    }

    fn send(&mut self, call: &Call, target: &Target, socket: &Socket) -> Option<()> {
        let message = Message::of(call, target).ok()?;
        let head = message.gather(target, HEAD).ok()?;
        let cookie = socket.cookie().ok()?;
        let result = if is_for_daemon(&head) {
            let result = self.ask(&message, target, socket, cookie);
            if result.is_ok() {
                self.refused.remove(&cookie);
            } else {
                self.refused.insert(cookie);
                while self.refused.len() > MOST_SOCKETS {
                    self.refused.pop_first();
                }
            }
            result
        } else if has_no_family(&head) && self.refused.contains(&cookie) {
            Err(Errno::ECONNREFUSED)
        } else {
            return None;
        };
        if !self.listener.answer(call, result) && result.is_ok() {
            self.withdraw(socket, cookie);
        }
        Some(())
    }

    /// Forgets what was put last for a socket: a signal has ended the call, and the program will send again, or not.
    fn withdraw(&mut self, socket: &Socket, cookie: u64) {
        let Some(queue) = self.answers.get_mut(&cookie) else {
            return;
        };
        queue.truncate(self.before);
        if queue.is_empty() {
            self.answers.remove(&cookie);
            if matches!(socket.head(), Ok(Head::Token)) {
                let _ = socket.take_token();
            }
        }
    }

    /// Takes a request to the daemon, and has its answers received.
    fn ask(&mut self, message: &Message, target: &Target, socket: &Socket, cookie: u64) -> nix::Result<i64> {
        if message.length() > LONGEST {
            return Err(Errno::EMSGSIZE);
        }
        if !target.is_like_us() {
            // The daemon would take it for a request of ours.
            return Err(Errno::EPERM);
        }
        let request = message.gather(target, LONGEST)?;
        let (profile, port) = (self.speech.of(target), socket.port(target.process())?);
        let answers = daemon::ask(&self.endpoint, &request, profile.as_ref(), port)?;
        let queue = self.answers.entry(cookie).or_default();
        self.before = queue.len();
        if queue.is_empty() && !answers.is_empty() {
            socket.put_token()?;
        }
        queue.extend(answers);
        while self.answers.len() > MOST_SOCKETS {
            self.answers.pop_first();
        }
        message.result(target, request.len())
    }

    fn receive(&mut self, waiting: Waiting) {
        let Waiting {
            call,
            target,
            socket,
            message,
            ..
        } = &waiting;
        match socket.head() {
            Ok(Head::Token) => self.deliver(call, target, socket, message),
            Ok(Head::Other) => self.listener.leave(call),
            Ok(Head::Nothing) if message.flags & libc::MSG_DONTWAIT != 0 || socket.is_nonblocking() => {
                self.listener.leave(call);
            }
            Ok(Head::Nothing) if waiting.until.is_some_and(|until| until <= Instant::now()) => {
                self.listener.answer(call, Err(Errno::EAGAIN));
            }
            Ok(Head::Nothing) => self.waiting.push(waiting),
            Err(errno) => {
                self.listener.answer(call, Err(errno));
            }
        }
    }

    /// Ends a call with the next datagram of the daemon, in the place of a token.
    fn deliver(&mut self, call: &Call, target: &Target, socket: &Socket, message: &Message) {
        let Some(queue) = socket.cookie().ok().and_then(|cookie| self.answers.get_mut(&cookie)) else {
            // Forgotten. Netlink says so of what is lost.
            let _ = socket.take_token();
            self.listener.answer(call, Err(Errno::ENOBUFS));
            return;
        };
        let datagram = queue.pop_front().unwrap_or_default();
        let stays = message.flags & libc::MSG_PEEK != 0;
        let result = message.deliver(target, &datagram);
        // The socket has to be as it will be when the process goes on: readable while there is more.
        let taken = if stays { Ok(()) } else { socket.take_token() };
        if !stays && !queue.is_empty() {
            let _ = socket.put_token();
        }
        let is_received = self.listener.answer(call, taken.and(result));
        if stays || !is_received {
            if !stays && queue.is_empty() {
                let _ = socket.put_token();
            }
            queue.push_front(datagram);
        }
        if queue.is_empty()
            && let Ok(cookie) = socket.cookie()
        {
            self.answers.remove(&cookie);
        }
    }

    /// The sockets on which calls wait.
    pub(super) fn sockets(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.waiting.iter().map(|waiting| waiting.socket.as_fd())
    }

    /// How long there is nothing to do unless something happens; `None` for ever.
    pub(super) fn pause(&self) -> Option<Duration> {
        let now = Instant::now();
        let ends = self.waiting.iter().filter_map(|waiting| waiting.until);
        let next = ends.map(|until| until.saturating_duration_since(now)).min();
        (!self.waiting.is_empty()).then(|| next.map_or(ROUND, |next| next.min(ROUND)))
    }

    /// Looks at the calls that wait. Those that have gone away, with their thread or by a signal, take nothing with them.
    pub(super) fn look_again(&mut self) {
        for waiting in std::mem::take(&mut self.waiting) {
            if self.listener.is_waiting(&waiting.call) {
                self.receive(waiting);
            }
        }
    }
}
