//! Where a script runs, and how its connection begins.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::tun::{self, Tun};
use super::{Kernel, PATIENCE, Peer};
use crate::netns::Namespace;
use crate::scene::Family;
use crate::traffic::Options;

/// The kernel's addresses.
const KERNEL_IPV4: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const KERNEL_IPV6: Ipv6Addr = Ipv6Addr::new(0xfd09, 0, 0, 0, 0, 0, 0, 1);
/// The port of the kernel's listener.
const KERNEL_PORT: u16 = 80;
/// The peer's port in the next script: a daemon sees the connections of all namespaces, and here no two of them are alike.
static PEER_PORT: AtomicU16 = AtomicU16::new(1024);
/// What the kernel does depends on the script, not on the time that it takes: no tail loss probes, and no waiting for another
/// ACK that would allow for a larger burst (the tail of a write goes out as soon as the windows let it).
const UNHURRIED: [(&str, &str); 2] = [("ipv4/tcp_early_retrans", "0"), ("ipv4/tcp_tso_win_divisor", "250")];
/// The MTU of the device.
const MTU: u16 = 1500;

/// The options that the peer's SYN offers.
#[derive(Clone, Copy, Debug)]
pub struct Offer {
    /// MSS option, octets. A round number makes a script's sequence numbers readable.
    pub mss: Option<u16>,
    /// Window scale option. With 0, windows are what the field says.
    pub window_scale: Option<u8>,
    /// SACK-permitted option.
    pub sack_permitted: bool,
    /// Timestamps option.
    pub timestamps: bool,
    /// ECN, by flags of the SYN (RFC 3168, section 6.1.1).
    pub ecn: bool,
}

impl Default for Offer {
    /// Segments of 1000 octets, windows as they are, SACK, no timestamps, no ECN.
    fn default() -> Self {
        Self {
            mss: Some(1000),
            window_scale: Some(0),
            sack_permitted: true,
            timestamps: false,
            ecn: false,
        }
    }
}

impl Offer {
    /// A SYN without any option.
    pub const NOTHING: Self = Self {
        mss: None,
        window_scale: None,
        sack_permitted: false,
        timestamps: false,
        ecn: false,
    };
}

/// What has to be so before a script begins.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// The addresses used.
    pub family: Family,
    /// Settings of the namespace below `net.`, beyond those of [`Namespace::new`].
    pub settings: &'static [(&'static str, &'static str)],
    /// Properties of the kernel's socket.
    pub socket: Options,
    /// The options of the peer's SYN.
    pub offer: Offer,
    /// The smallest retransmission timeout, milliseconds.
    pub rto_min: u32,
}

impl Default for Setup {
    /// IPv4, reno, no ECN, and what [`Offer::default`] says. No retransmission timeout within seconds, so that a script
    /// without timeouts has none on a loaded machine either.
    fn default() -> Self {
        Self {
            family: Family::Ipv4,
            settings: &[],
            socket: Options::default(),
            offer: Offer::default(),
            rto_min: 4000,
        }
    }
}

/// What scripts have in common, to be said in a word: `Setup::default().impatient().without_sack()`.
impl Setup {
    /// Timeouts come soon, and yet a loaded machine can answer within one.
    #[must_use]
    pub fn impatient(self) -> Self {
        Self { rto_min: 200, ..self }
    }

    /// Nothing but the third duplicate ACK starts a fast retransmit.
    #[must_use]
    pub fn without_sack(mut self) -> Self {
        self.offer.sack_permitted = false;
        self
    }

    /// Both ends use timestamps, which leave 988 octets of each segment.
    #[must_use]
    pub fn with_timestamps(mut self) -> Self {
        self.offer.timestamps = true;
        self
    }

    /// Both ends want ECN.
    #[must_use]
    pub fn with_ecn(mut self) -> Self {
        self.offer.ecn = true;
        self.with_settings(&[("ipv4/tcp_ecn", "1")])
    }

    /// The kernel sends tail loss probes, which it does not in other scripts.
    #[must_use]
    pub fn with_probes(self) -> Self {
        self.with_settings(&[("ipv4/tcp_early_retrans", "3")])
    }

    /// These settings of the namespace, and no others.
    #[must_use]
    pub fn with_settings(self, settings: &'static [(&'static str, &'static str)]) -> Self {
        Self { settings, ..self }
    }
}

impl Setup {
    /// Both ends and a daemon, without a connection.
    ///
    /// # Panics
    ///
    /// When a namespace, a device or a daemon cannot be had.
    #[must_use]
    pub fn ends(&self) -> (Kernel, Peer) {
        self.try_ends().unwrap_or_else(|error| panic!("{error:#}"))
    }

    /// A connection that the peer opened and the kernel's listener accepted.
    ///
    /// # Panics
    ///
    /// As [`Setup::ends`], or when the handshake fails.
    #[must_use]
    pub fn accepted(&self) -> (Kernel, Peer) {
        let (mut kernel, mut peer) = self.ends();
        kernel.listen();
        peer.open();
        kernel.accept();
        (kernel, peer)
    }

    /// A connection that the kernel's socket opened and the peer accepted.
    ///
    /// # Panics
    ///
    /// As [`Setup::ends`], or when the handshake fails.
    #[must_use]
    pub fn connected(&self) -> (Kernel, Peer) {
        use super::{ack, syn, syn_ack};
        let (mut kernel, mut peer) = self.ends();
        kernel.begin_to_connect();
        peer.expect(if self.offer.ecn { syn().ece().cwr() } else { syn() });
        peer.send(syn_ack().acknowledging(1));
        peer.expect(ack(1));
        kernel.finish_connecting();
        (kernel, peer)
    }

    fn try_ends(&self) -> Result<(Kernel, Peer)> {
        let namespace = Namespace::new()?;
        let tun = Tun::new(&namespace)?;
        let device = tun::NAME;
        namespace.ip(&format!("link set {device} mtu {MTU} up"))?;
        namespace.ip(&format!("address add {KERNEL_IPV4}/8 dev {device}"))?;
        namespace.ip(&format!("address add {KERNEL_IPV6}/64 dev {device} nodad"))?;
        for network in ["10.0.0.0/8", "fd09::/64"] {
            namespace.ip(&format!(
                "route replace {network} dev {device} rto_min {}ms",
                self.rto_min
            ))?;
        }
        for (name, value) in UNHURRIED.iter().chain(self.settings) {
            namespace.sysctl(name, value)?;
        }
        // The process id tells the connections of this run of the tests from those of another one.
        let [.., high, low] = std::process::id().to_be_bytes();
        let (own, other): (IpAddr, IpAddr) = match self.family {
            Family::Ipv4 => (KERNEL_IPV4.into(), [10, 9, high, low].into()),
            Family::Ipv6 => {
                let process = u16::from_be_bytes([high, low]);
                (KERNEL_IPV6.into(), [0xfd09, 0, 0, 0, 0, 0, 1, process].into())
            }
        };
        namespace.run(|| wait_until_received(own))?;
        let peer_port = PEER_PORT.fetch_add(1, Ordering::Relaxed);
        let (own, other) = (SocketAddr::new(own, KERNEL_PORT), SocketAddr::new(other, peer_port));
        let kernel = Kernel::new(namespace, self.socket, own, other)?;
        Ok((kernel, Peer::new(tun, other, own, self.offer)))
    }
}

/// Waits until packets to `address` are received: the kernel finishes adding an IPv6 address on its own time.
fn wait_until_received(address: IpAddr) -> Result<()> {
    let began = Instant::now();
    while datagram_to_self(address).is_err() {
        ensure!(
            began.elapsed() < PATIENCE,
            "{address} receives nothing after {PATIENCE:?}"
        );
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// Sends a datagram from `address` to itself and receives it.
fn datagram_to_self(address: IpAddr) -> io::Result<()> {
    let socket = UdpSocket::bind((address, 0))?;
    socket.set_read_timeout(Some(Duration::from_millis(10)))?;
    socket.send_to(&[], socket.local_addr()?)?;
    socket.recv(&mut []).map(drop)
}
