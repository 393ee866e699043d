//! A daemon that gives prepared answers.

use crate::wire::{end, new_family};
use nix::sys::socket::{
    AddressFamily, Backlog, MsgFlags, SockFlag, SockType, UnixAddr, accept, bind, listen, recv, send, socket,
};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

/// What a command is answered with.
#[derive(Clone)]
pub(crate) enum Answer {
    /// These datagrams and the acknowledgement.
    Data(Vec<Vec<u8>>),
    /// The acknowledgement and these datagrams, then the end of the connection.
    Notices(Vec<Vec<u8>>),
    /// This error number.
    Error(i32),
    /// The end of the connection.
    HangUp,
}

/// Serves one connection. GETFAMILY is answered, then each command gets the next answer.
pub(crate) struct FakeDaemon {
    path: PathBuf,
    commands: Receiver<Vec<u8>>,
}

impl FakeDaemon {
    pub(crate) fn start(answers: Vec<Answer>) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("estats-tools-{}-{number}", std::process::id()));
        let listener = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None).expect("socket");
        bind(listener.as_raw_fd(), &UnixAddr::new(&path).expect("short path")).expect("bind");
        listen(&listener, Backlog::new(1).expect("backlog")).expect("listen");
        let (tell, commands) = channel();
        thread::spawn(move || {
            let client = accept(listener.as_raw_fd()).expect("accept");
            // SAFETY: accept returned a descriptor that nobody else owns.
            let client = unsafe { OwnedFd::from_raw_fd(client) };
            let mut answers = answers.into_iter();
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = recv(client.as_raw_fd(), &mut buffer, MsgFlags::empty()) {
                let request = &buffer[..length];
                let answer = if request[4..6] == [16, 0] {
                    Answer::Data(vec![new_family(request)])
                } else {
                    tell.send(request.to_vec()).expect("the test goes on");
                    answers.next().expect("an answer is prepared")
                };
                let last = matches!(answer, Answer::Notices(_));
                let datagrams = match answer {
                    Answer::Notices(mut data) => {
                        data.insert(0, end(request, 0));
                        data
                    }
                    Answer::Data(mut data) => {
                        data.push(end(request, 0));
                        data
                    }
                    Answer::Error(errno) => vec![end(request, errno)],
                    Answer::HangUp => return,
                };
                for datagram in datagrams {
                    send(client.as_raw_fd(), &datagram, MsgFlags::MSG_NOSIGNAL).expect("the client listens");
                }
                if last {
                    return;
                }
            }
        });
        Self { path, commands }
    }

    pub(crate) fn socket(&self) -> &Path {
        &self.path
    }

    /// The next command that arrived, without its netlink header.
    pub(crate) fn command(&self) -> Vec<u8> {
        self.commands.try_recv().expect("a command has arrived")[16..].to_vec()
    }
}

impl Drop for FakeDaemon {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}
