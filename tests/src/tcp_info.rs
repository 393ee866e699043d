//! `TCP_INFO`: the kernel's own account of a connection.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use nix::time::{ClockId, clock_getres};

use crate::sockopt;

/// More than any kernel's `struct tcp_info`.
const ROOM: usize = 512;

/// Declares [`TcpInfo`] from the members of `struct tcp_info` (`linux/tcp.h`): their offsets never change, new ones are
/// appended.
macro_rules! tcp_info {
    (
        $($(#[$doc:meta])* $name:ident: $type:ident @ $offset:literal,)*
        ---
        $($(#[$new_doc:meta])* $new_name:ident: $new_type:ident @ $new_offset:literal,)*
    ) => {
        /// One reading of `struct tcp_info`, without the `tcpi_` prefix. Members that some supported kernel (5.15 and later)
        /// lacks are options.
        #[derive(Clone, Debug, Eq, PartialEq)]
        #[expect(missing_docs, reason = "the names are the kernel's, explained in linux/tcp.h")]
        pub struct TcpInfo {
            $($(#[$doc])* pub $name: $type,)*
            $($(#[$new_doc])* pub $new_name: Option<$new_type>,)*
        }

        impl TcpInfo {
            /// Takes the members out of what the kernel wrote.
            fn parse(written: &[u8]) -> io::Result<Self> {
                Ok(Self {
                    $($name: member(written, $offset).map($type::from_ne_bytes).ok_or_else(too_short)?,)*
                    $($new_name: member(written, $new_offset).map($new_type::from_ne_bytes),)*
                })
            }
        }
    };
}

tcp_info! {
    state: u8 @ 0,
    ca_state: u8 @ 1,
    retransmits: u8 @ 2,
    probes: u8 @ 3,
    backoff: u8 @ 4,
    /// `TCPI_OPT_*` bits: 1 timestamps, 2 SACK, 4 window scaling, 8 ECN.
    options: u8 @ 5,
    /// Our view of the peer's scale in the low four bits, of our own in the high four.
    wscales: u8 @ 6,
    /// Microseconds.
    rto: u32 @ 8,
    ato: u32 @ 12,
    snd_mss: u32 @ 16,
    rcv_mss: u32 @ 20,
    unacked: u32 @ 24,
    sacked: u32 @ 28,
    lost: u32 @ 32,
    retrans: u32 @ 36,
    /// Milliseconds ago, as the next two.
    last_data_sent: u32 @ 44,
    last_data_recv: u32 @ 52,
    last_ack_recv: u32 @ 56,
    pmtu: u32 @ 60,
    rcv_ssthresh: u32 @ 64,
    /// Microseconds.
    rtt: u32 @ 68,
    /// Microseconds: the mean deviation, not the variation that the RTO uses.
    rttvar: u32 @ 72,
    /// Segments.
    snd_ssthresh: u32 @ 76,
    /// Segments.
    snd_cwnd: u32 @ 80,
    advmss: u32 @ 84,
    reordering: u32 @ 88,
    /// Microseconds.
    rcv_rtt: u32 @ 92,
    rcv_space: u32 @ 96,
    total_retrans: u32 @ 100,
    bytes_acked: u64 @ 120,
    bytes_received: u64 @ 128,
    segs_out: u32 @ 136,
    segs_in: u32 @ 140,
    notsent_bytes: u32 @ 144,
    /// Microseconds.
    min_rtt: u32 @ 148,
    data_segs_in: u32 @ 152,
    data_segs_out: u32 @ 156,
    /// Microseconds, as the next two.
    busy_time: u64 @ 168,
    rwnd_limited: u64 @ 176,
    sndbuf_limited: u64 @ 184,
    delivered: u32 @ 192,
    delivered_ce: u32 @ 196,
    bytes_sent: u64 @ 200,
    bytes_retrans: u64 @ 208,
    dsack_dups: u32 @ 216,
    reord_seen: u32 @ 220,
    rcv_ooopack: u32 @ 224,
    snd_wnd: u32 @ 228,
    ---
    rcv_wnd: u32 @ 232,
    rehash: u32 @ 236,
    total_rto: u16 @ 240,
    total_rto_recoveries: u16 @ 242,
    /// Milliseconds.
    total_rto_time: u32 @ 244,
    received_ce: u32 @ 248,
}

/// The `N` bytes at `offset`, if the kernel wrote them.
fn member<const N: usize>(written: &[u8], offset: usize) -> Option<[u8; N]> {
    written.get(offset..offset + N)?.try_into().ok()
}

/// The error for a kernel older than 5.15.
fn too_short() -> io::Error {
    io::Error::new(
        io::ErrorKind::Unsupported,
        "TCP_INFO of this kernel is shorter than that of Linux 5.15",
    )
}

impl TcpInfo {
    /// Reads `TCP_INFO` of `socket`.
    ///
    /// # Errors
    ///
    /// Those of getsockopt(2); [`io::ErrorKind::Unsupported`] when the kernel's structure is too short.
    pub fn read(socket: &impl AsFd) -> io::Result<Self> {
        let mut buffer = [0; ROOM];
        let written = sockopt::get_bytes(socket, libc::IPPROTO_TCP, libc::TCP_INFO, &mut buffer)?;
        Self::parse(&buffer[..written])
    }

    /// The peer's window scale, if scaling is in use (bit 4 of `options`).
    #[must_use]
    pub fn snd_wscale(&self) -> Option<u8> {
        (self.options & 4 != 0).then_some(self.wscales & 0xf)
    }

    /// Our window scale, if scaling is in use.
    #[must_use]
    pub fn rcv_wscale(&self) -> Option<u8> {
        (self.options & 4 != 0).then_some(self.wscales >> 4)
    }

    /// The same reading without the three ages and the duration of a repair that is under way, which differ between any two
    /// readings.
    #[must_use]
    pub fn without_ages(mut self) -> Self {
        self.total_rto_time = None;
        (self.last_data_sent, self.last_data_recv, self.last_ack_recv) = (0, 0, 0);
        self
    }
}

/// The kernel's tick, by which the stopwatches among the members go (1 ms to 10 ms).
///
/// # Panics
///
/// When the system has no coarse clock; it has one since Linux 2.6.32.
#[must_use]
pub fn tick() -> Duration {
    let resolution = clock_getres(ClockId::CLOCK_MONOTONIC_COARSE).expect("a coarse clock");
    resolution.into()
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};

    use super::TcpInfo;

    #[test]
    fn members_are_where_the_kernel_writes_them() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        client.write_all(&[7; 1000]).unwrap();
        server.read_exact(&mut [0; 1000]).unwrap();
        let info = TcpInfo::read(&server).unwrap();
        assert_eq!(
            (info.state, info.bytes_received, info.data_segs_in, info.bytes_sent),
            (1, 1000, 1, 0)
        );
        let info = TcpInfo::read(&client).unwrap();
        assert_eq!((info.bytes_sent, info.data_segs_out, info.bytes_retrans), (1000, 1, 0));
    }

    #[test]
    fn a_member_that_the_kernel_did_not_write_is_absent() {
        let info = TcpInfo::parse(&[1; 236]).unwrap();
        assert_eq!(info.rcv_wnd, Some(0x0101_0101));
        assert_eq!(info.total_rto, None);
        TcpInfo::parse(&[1; 200]).unwrap_err();
    }
}
