//! Packet capture on one device, into memory.

use std::io::IoSliceMut;
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, ensure};
use nix::cmsg_space;
use nix::errno::Errno;
use nix::net::if_::if_nametoindex;
use nix::poll::{PollFd, PollFlags, poll};
use nix::sys::socket::sockopt::{RcvBufForce, ReceiveTimestampns};
use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, LinkAddr, MsgFlags, RecvMsg, SockFlag, SockProtocol, SockType, recvmsg,
    setsockopt, socket,
};
use nix::sys::time::TimeSpec;

use crate::netns::Namespace;
use crate::segment::Segment;
use crate::sockopt;

/// Frames wait here while the reading thread is not scheduled: some seconds of loopback traffic.
const BUFFER: usize = 64 << 20;
/// Longer than the kernel takes to do what it is asked for.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the reader waits before it looks whether it should stop.
const PATIENCE_MS: u16 = 20;
/// `PACKET_STATISTICS` of `linux/if_packet.h`.
const PACKET_STATISTICS: i32 = 6;

/// A running capture of the TCP segments that pass a device.
#[derive(Debug)]
pub struct Capture {
    stop: Arc<AtomicBool>,
    reader: JoinHandle<Result<Vec<Segment>>>,
}

impl Capture {
    /// Starts capturing on `device` of `namespace`: every segment that passes after this call returned is captured.
    ///
    /// # Errors
    ///
    /// When the device does not exist or the caller lacks `CAP_NET_RAW`.
    pub fn start(namespace: &Namespace, device: &str) -> Result<Self> {
        let (socket, index) = namespace.run(|| -> Result<_> {
            let index = if_nametoindex(device).with_context(|| format!("device {device}"))?;
            let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
            let socket = socket(AddressFamily::Packet, SockType::Raw, flags, SockProtocol::EthAll)
                .context("opening a packet socket")?;
            setsockopt(&socket, RcvBufForce, &BUFFER)?;
            setsockopt(&socket, ReceiveTimestampns, &true)?;
            wait_for_timestamps().context("waiting for the kernel to note when packets pass")?;
            Ok((socket, index as usize))
        })?;
        let stop = Arc::new(AtomicBool::new(false));
        let reader = thread::spawn({
            let stop = Arc::clone(&stop);
            move || read(&socket, index, &stop)
        });
        Ok(Self { stop, reader })
    }

    /// Ends the capture and returns its segments in the order in which they passed.
    ///
    /// # Errors
    ///
    /// When segments were lost or could not be read: a capture with holes proves nothing.
    pub fn finish(self) -> Result<Vec<Segment>> {
        self.stop.store(true, Ordering::Relaxed);
        self.reader.join().unwrap_or_else(|panic| resume_unwind(panic))
    }
}

/// Waits until packets get their time when they pass. The kernel switches that on some time after it is asked to, and until then gives a
/// packet the time at which it is read.
fn wait_for_timestamps() -> Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.connect(socket.local_addr()?)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    setsockopt(&socket, ReceiveTimestampns, &true)?;
    let started = Instant::now();
    loop {
        socket.send(&[0])?;
        let sent = SystemTime::now().duration_since(UNIX_EPOCH)?;
        thread::sleep(Duration::from_millis(1));
        let (mut octet, mut control) = ([0], cmsg_space!(TimeSpec));
        let mut buffers = [IoSliceMut::new(&mut octet)];
        let message = recvmsg::<()>(socket.as_raw_fd(), &mut buffers, Some(&mut control), MsgFlags::empty())?;
        // Over loopback a packet has passed when it is sent.
        if timestamp(&message)?.context("a datagram without timestamp")? <= sent {
            return Ok(());
        }
        ensure!(started.elapsed() < PATIENCE, "it has not begun after {PATIENCE:?}");
    }
}

/// When a packet passed, since the epoch.
fn timestamp<S>(message: &RecvMsg<'_, '_, S>) -> Result<Option<Duration>> {
    Ok(message.cmsgs()?.find_map(|control| match control {
        ControlMessageOwned::ScmTimestampns(time) => Some(Duration::from(time)),
        _ => None,
    }))
}

/// Reads segments of device `index` until `stop` is set and the socket is empty.
fn read(socket: &OwnedFd, index: usize, stop: &AtomicBool) -> Result<Vec<Segment>> {
    let mut segments = Vec::new();
    let mut frame = vec![0; 1 << 17];
    loop {
        let stopping = stop.load(Ordering::Relaxed);
        match read_one(socket, index, &mut frame) {
            Ok(segment) => segments.extend(segment),
            Err(error) if error.downcast_ref() == Some(&Errno::EAGAIN) => {
                if stopping {
                    break;
                }
                poll(&mut [PollFd::new(socket.as_fd(), PollFlags::POLLIN)], PATIENCE_MS)?;
            }
            Err(error) => return Err(error),
        }
    }
    let mut statistics = [0; 8];
    sockopt::get_bytes(socket, libc::SOL_PACKET, PACKET_STATISTICS, &mut statistics)?;
    let [_, _, _, _, dropped @ ..] = statistics;
    ensure!(
        dropped == [0; 4],
        "the capture lost {} packets",
        u32::from_ne_bytes(dropped)
    );
    Ok(segments)
}

/// Reads one frame; nothing when it is not a TCP segment of device `index`.
fn read_one(socket: &OwnedFd, index: usize, frame: &mut [u8]) -> Result<Option<Segment>> {
    let mut control = cmsg_space!(TimeSpec);
    let mut buffers = [IoSliceMut::new(frame)];
    let message = recvmsg::<LinkAddr>(socket.as_raw_fd(), &mut buffers, Some(&mut control), MsgFlags::empty())?;
    let length = message.bytes;
    let device = message.address.context("a frame without link-layer address")?;
    let time = timestamp(&message)?;
    if device.ifindex() != index {
        return Ok(None);
    }
    let time = time.context("a frame without timestamp")?;
    Segment::parse(&frame[..length], time, device.pkttype() == libc::PACKET_OUTGOING)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};

    use super::Capture;
    use crate::netns::Namespace;

    #[test]
    fn both_directions_of_loopback_are_captured() {
        let namespace = Namespace::new().unwrap();
        let capture = Capture::start(&namespace, "lo").unwrap();
        let address = namespace.run(|| {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (mut server, _) = listener.accept().unwrap();
            client.write_all(&[1; 100]).unwrap();
            server.read_exact(&mut [0; 100]).unwrap();
            server.local_addr().unwrap()
        });
        let segments = capture.finish().unwrap();
        for outgoing in [true, false] {
            let payload: u32 = segments
                .iter()
                .filter(|segment| segment.outgoing == outgoing && segment.destination == address)
                .map(|segment| segment.payload)
                .sum();
            assert_eq!(payload, 100);
        }
        assert!(segments.iter().any(|segment| segment.syn && segment.mss == Some(65495)));
    }
}
