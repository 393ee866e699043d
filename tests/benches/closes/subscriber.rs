//! A subscriber that counts closings and does as little as it can beside, to leave the processors to the daemon.

use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::MetadataExt as _;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use estats_protocol::{EstatsMessage, Events, datagram};
use estats_spec::wire::FAMILY_ID;
use estats_spec::wire::extension::{BUFFER_MAX, attr, cmd, origin_member};
use estats_tests::netns::Namespace;
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockType, UnixAddr, connect, recv, send, setsockopt, socket, sockopt,
};
use nix::sys::time::TimeVal;

use estats_tests::processors;

/// How long nothing may come until nothing more is expected.
const SILENCE: Duration = Duration::from_secs(2);

const CLOSINGS: Events = Events {
    established: false,
    closed: true,
};

/// What it heard.
pub(crate) struct Heard {
    pub(crate) closings: u64,
    pub(crate) cpu: Duration,
}

pub(crate) struct Subscriber {
    closings: Arc<AtomicU64>,
    enough: Arc<AtomicU64>,
    thread: JoinHandle<Result<Duration>>,
}

impl Subscriber {
    /// Counts the closings in `namespace` that the daemon on `path` tells of.
    pub(crate) fn start(path: &Path, namespace: &Namespace) -> Result<Self> {
        let netns = namespace.run(|| std::fs::metadata("/proc/thread-self/ns/net"))?.ino();
        let netns = u32::try_from(netns)?;
        let socket = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None)?;
        connect(socket.as_raw_fd(), &UnixAddr::new(path)?)?;
        let request = datagram::request(FAMILY_ID, 1, EstatsMessage::subscribe(CLOSINGS, Some(BUFFER_MAX)));
        send(socket.as_raw_fd(), &request, MsgFlags::empty())?;
        setsockopt(&socket, sockopt::ReceiveTimeout, &TimeVal::new(0, 100_000))?;
        let (closings, enough) = (Arc::default(), Arc::new(AtomicU64::new(u64::MAX)));
        let (counter, limit) = (Arc::clone(&closings), Arc::clone(&enough));
        let thread = thread::spawn(move || {
            count(&socket, netns, &counter, &limit)?;
            Ok(processors::of_this_thread())
        });
        Ok(Self {
            closings,
            enough,
            thread,
        })
    }

    /// Waits until it has heard of so many closings, or nothing comes any more.
    pub(crate) fn finish(self, expected: u64) -> Result<Heard> {
        let (mut last, mut since) = (0, Instant::now());
        while last < expected && since.elapsed() < SILENCE {
            sleep(Duration::from_millis(10));
            let now = self.closings.load(Ordering::Relaxed);
            if now != last {
                (last, since) = (now, Instant::now());
            }
        }
        self.enough.store(0, Ordering::Relaxed);
        let cpu = self.thread.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        Ok(Heard {
            closings: self.closings.load(Ordering::Relaxed),
            cpu,
        })
    }
}

fn count(socket: &OwnedFd, netns: u32, closings: &AtomicU64, enough: &AtomicU64) -> Result<()> {
    let mut buffer = vec![0; BUFFER_MAX as usize];
    while enough.load(Ordering::Relaxed) != 0 {
        let length = match recv(socket.as_raw_fd(), &mut buffer, MsgFlags::empty()) {
            Ok(0) => anyhow::bail!("the daemon has hung up"),
            Ok(length) => length,
            Err(nix::errno::Errno::EAGAIN) => continue,
            Err(error) => return Err(error).context("waiting for notices"),
        };
        let messages = datagram::Messages::new(&buffer[..length]);
        let ours = messages.filter(|message| {
            message.genl_header().is_ok_and(|header| header.cmd == cmd::CLOSED)
                && netns_of(message.attributes()) == Some(netns)
        });
        closings.fetch_add(ours.count() as u64, Ordering::Relaxed);
    }
    Ok(())
}

/// The namespace that a notice names.
fn netns_of(attributes: &[u8]) -> Option<u32> {
    let origin = find(attributes, attr::ORIGIN)?;
    let octets = find(origin, origin_member::NETNS)?;
    Some(u32::from_ne_bytes(octets.try_into().ok()?))
}

/// The payload of an attribute.
fn find(mut attributes: &[u8], kind: u16) -> Option<&[u8]> {
    /// Both flags of a kind: nested, and network byte order.
    const FLAGS: u16 = 0xc000;
    loop {
        let [low, high, kind_low, kind_high, ..] = *attributes else {
            return None;
        };
        let length = usize::from(u16::from_ne_bytes([low, high]));
        if u16::from_ne_bytes([kind_low, kind_high]) & !FLAGS == kind {
            return attributes.get(4..length);
        }
        attributes = attributes.get(length.max(4).next_multiple_of(4)..)?;
    }
}
