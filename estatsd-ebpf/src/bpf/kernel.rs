//! Loads of kernel fields, at offsets that the daemon [fills in](estatsd_ebpf::blanks) from the kernel's type information.

use core::{arch::asm, ffi::c_void};

use aya_ebpf::helpers::generated::{bpf_ktime_get_ns, bpf_probe_read_kernel, bpf_skc_to_tcp_sock};
use estatsd_ebpf::{
    Sample, arrival::Clocks, listener::Endpoint, record::Announced, sample::ca_state, snapshot::NO_OWNER,
};

/// Reads what the daemon wrote. Volatile, or the compiler would fold in the zeros of the object file.
#[inline(always)]
pub(crate) fn constant<T: Copy>(value: &T) -> T {
    // SAFETY: a reference is valid for reads.
    unsafe { core::ptr::read_volatile(value) }
}

/// What is filled in for a blank: a number that the compiler does not know.
#[inline(always)]
pub(crate) fn filled<const BLANK: i32>() -> u64 {
    let value;
    // SAFETY: a register is given a number.
    unsafe { asm!("{} = {}", out(reg) value, const BLANK, options(pure, nomem, nostack)) };
    value
}

/// A bit-field from the octet that it lies in, by the blanks for its shift and its mask.
#[inline(always)]
pub(crate) fn bits<const SHIFT: i32, const MASK: i32>(octet: u8) -> u8 {
    let mut bits = u64::from(octet);
    // SAFETY: a calculation in a register.
    unsafe {
        asm!(
            "{bits} >>= {shift}",
            "{bits} &= {mask}",
            bits = inout(reg) bits,
            shift = const SHIFT,
            mask = const MASK,
            options(pure, nomem, nostack),
        );
    }
    bits as u8
}

/// The blank for a fact about a field.
macro_rules! blank {
    ($fact:ident of $field:ident) => {
        estatsd_ebpf::blanks::constant(
            estatsd_ebpf::blanks::Fact::$fact,
            core::mem::offset_of!(estatsd_ebpf::Layout, $field),
        )
    };
}

/// A fact about a field.
macro_rules! fact {
    ($fact:ident of $field:ident) => {
        $crate::kernel::filled::<{ $crate::kernel::blank!($fact of $field) }>()
    };
}

/// The offset of a field.
macro_rules! offset {
    ($field:ident) => {
        $crate::kernel::fact!(Offset of $field) as usize
    };
}

/// Loads a whole field through a pointer that the verifier knows to be a kernel structure.
macro_rules! load {
    ($base:expr, $field:ident: $ty:ty) => {
        $crate::kernel::load_at::<$ty>(
            $base,
            const { estatsd_ebpf::blanks::load(core::mem::offset_of!(estatsd_ebpf::Layout, $field)) },
        )
    };
}

/// Loads a bit-field that lies within one octet.
macro_rules! load_bits {
    ($base:expr, $field:ident) => {
        $crate::kernel::bits::<
            { $crate::kernel::blank!(Shift of $field) },
            { $crate::kernel::blank!(Mask of $field) },
        >($crate::kernel::load!($base, $field: u8))
    };
}

/// The kernel has a field that not all kernels have. Where it does not, the verifier leaves out what depends on it.
macro_rules! present {
    ($field:ident) => {
        $crate::kernel::fact!(Present of $field) == 1
    };
}

#[inline(always)]
pub(crate) fn load_at<T: Copy>(base: *const c_void, offset: usize) -> T {
    // SAFETY: the verifier checks the load against the type of the structure at `base`.
    unsafe { core::ptr::read_volatile(base.cast::<u8>().add(offset).cast::<T>()) }
}

pub(crate) use {blank, fact, load, load_bits, offset, present};

/// A `struct tcp_sock` that the verifier trusts.
#[derive(Clone, Copy)]
pub(crate) struct TcpSock(*mut c_void);

impl TcpSock {
    /// The TCP connection behind a socket; none for listeners' request sockets, time-wait sockets and other protocols.
    #[inline(always)]
    pub(crate) fn from_sock(sk: *mut c_void) -> Option<TcpSock> {
        // SAFETY: the helper checks the socket's type by itself.
        let tp = unsafe { bpf_skc_to_tcp_sock(sk) };
        if tp.is_null() { None } else { Some(TcpSock(tp.cast())) }
    }

    #[inline(always)]
    pub(crate) fn as_ptr(self) -> *mut c_void {
        self.0
    }

    #[inline(always)]
    pub(crate) fn state(self) -> u8 {
        load!(self.0, skc_state: u8)
    }

    /// It is being made or dumped by hand, and sends nothing meanwhile.
    #[inline(always)]
    pub(crate) fn in_repair(self) -> bool {
        load_bits!(self.0, repair) != 0
    }

    /// The peer's FIN has arrived.
    #[inline(always)]
    pub(crate) fn fin_received(self) -> bool {
        load!(self.0, skc_flags: u64) >> SOCK_DONE & 1 != 0
    }

    #[inline(always)]
    pub(crate) fn rcv_wnd(self) -> u32 {
        load!(self.0, rcv_wnd: u32)
    }

    /// What the last packet told the peer: of the window, as much as its header can say.
    #[inline(always)]
    pub(crate) fn announced(self) -> Announced {
        Announced {
            window: self.announced_window(),
            scale: load_bits!(self.0, rcv_wscale),
            ack: load!(self.0, rcv_wup: u32),
        }
    }

    /// The window that the last packet told the peer.
    #[inline(always)]
    pub(crate) fn announced_window(self) -> u32 {
        let limit = MAX_WINDOW << load_bits!(self.0, rcv_wscale);
        let window = self.rcv_wnd();
        if window > limit { limit } else { window }
    }

    /// Its own end.
    #[inline(always)]
    pub(crate) fn local_endpoint(self) -> Endpoint {
        let mut endpoint = Endpoint {
            netns: load!(self.net(), net_inum: u32),
            port: u32::from(load!(self.0, skc_num: u16)),
            address: Endpoint::ANY_IPV4,
        };
        let base = self.0.cast_const().cast::<u8>();
        // SAFETY: both destinations have the size that is read; a bad source gives an error, not a fault.
        unsafe {
            if load!(self.0, skc_family: u16) == AF_INET {
                let to = (&raw mut endpoint.address).cast::<u8>().add(12);
                bpf_probe_read_kernel(to.cast(), 4, base.add(offset!(skc_rcv_saddr)).cast());
            } else {
                let to = (&raw mut endpoint.address).cast();
                bpf_probe_read_kernel(to, 16, base.add(offset!(skc_v6_rcv_saddr)).cast());
            }
        }
        endpoint
    }

    /// The network namespace's structure.
    #[inline(always)]
    pub(crate) fn net(self) -> *const c_void {
        load!(self.0, skc_net: *const c_void)
    }

    /// Id of the cgroup that the socket belongs to; 0 when it is not known.
    #[inline(always)]
    pub(crate) fn cgroup(self) -> u64 {
        if !present!(sk_cgroup) || !present!(cgroup_kn) || !present!(kernfs_id) {
            return 0;
        }
        // A NULL on the way gives zeros.
        let cgroup = load!(self.0, sk_cgroup: *const c_void);
        let directory = load!(cgroup, cgroup_kn: *const c_void);
        load!(directory, kernfs_id: u64)
    }

    /// User that owns the socket: of a connection that nobody has accepted yet, the listener's.
    #[inline(always)]
    pub(crate) fn uid(self) -> u32 {
        if present!(sk_uid) {
            load!(self.0, sk_uid: u32)
        } else {
            NO_OWNER
        }
    }

    /// Group that owns the socket's inode; [`NO_OWNER`] while it has no file.
    #[inline(always)]
    pub(crate) fn gid(self) -> u32 {
        let mut gid = NO_OWNER;
        let socket = load!(self.0, sk_socket: *const u8);
        if !socket.is_null() {
            // The inode lies in the same allocation, after the socket.
            let distance = offset!(socket_alloc_gid) + offset!(socket_ops) - offset!(socket_alloc_socket);
            // SAFETY: the destination has the size that is read; a bad source gives an error, not a fault.
            unsafe { bpf_probe_read_kernel((&raw mut gid).cast(), 4, socket.add(distance).cast()) };
        }
        gid
    }

    /// The connection uses ECN as in RFC 3168 (`TCP_ECN_MODE_RFC3168`).
    #[inline(always)]
    pub(crate) fn ecn(self) -> bool {
        load!(self.0, ecn_flags: u8) & 1 != 0
    }

    /// Segments wait out of order.
    #[inline(always)]
    pub(crate) fn has_hole(self) -> bool {
        let waiting = load!(self.0, out_of_order_queue: u64) != 0;
        // Through memory, or the compiler would calculate with the pointer itself, which the verifier forbids.
        constant(&waiting)
    }

    /// Octets from `rcv_nxt` to the end of the last segment waiting out of order; 0 when none waits.
    #[inline(always)]
    pub(crate) fn reassembly(self) -> u32 {
        if !self.has_hole() {
            return 0;
        }
        let last = load!(self.0, ooo_last_skb: *const u8);
        let mut end_seq = 0u32;
        // SAFETY: the destination has the size that is read; a bad source gives an error, not a fault.
        unsafe {
            let end = last.add(offset!(cb_end_seq));
            bpf_probe_read_kernel((&raw mut end_seq).cast(), 4, end.cast());
        }
        end_seq.wrapping_sub(load!(self.0, rcv_nxt: u32))
    }

    /// TCP itself has to pace.
    #[inline(always)]
    pub(crate) fn pacing(self) -> bool {
        load!(self.0, sk_pacing_status: u32) == SK_PACING_NEEDED
    }

    /// The congestion control sets the window by itself.
    #[inline(always)]
    pub(crate) fn autonomous(self) -> bool {
        let ops = load!(self.0, icsk_ca_ops: *const c_void);
        load!(ops, cong_control: u64) != 0
    }

    /// The time now, and what TCP's own clock showed before.
    #[inline(always)]
    pub(crate) fn clocks(self) -> Clocks {
        Clocks {
            now_ns: now_ns(),
            tcp_ns: load!(self.0, tcp_clock_cache: u64),
            delivered_ns: self.delivered_ns(),
        }
    }

    /// When something was delivered last.
    #[inline(always)]
    pub(crate) fn delivered_ns(self) -> u64 {
        load!(self.0, delivered_mstamp: u64) * 1000
    }

    /// What is looked at when a packet leaves.
    #[inline(always)]
    pub(crate) fn sent_sample(self, state: u8) -> Sample {
        let tp = self.0;
        Sample {
            snd_una: load!(tp, snd_una: u32),
            snd_nxt: load!(tp, snd_nxt: u32),
            snd_cwnd: load!(tp, snd_cwnd: u32),
            mss_cache: load!(tp, mss_cache: u32),
            packets_out: load!(tp, packets_out: u32),
            sacked_out: load!(tp, sacked_out: u32),
            lost_out: load!(tp, lost_out: u32),
            retrans_out: load!(tp, retrans_out: u32),
            write_seq: load!(tp, write_seq: u32),
            ca_state: load_bits!(tp, icsk_ca_state),
            fin_written: state::fin_written(state),
            ..Sample::default()
        }
    }

    /// The sender's congestion state is the open one.
    #[inline(always)]
    pub(crate) fn open(self) -> bool {
        load_bits!(self.0, icsk_ca_state) == ca_state::OPEN
    }

    /// What `Record::settle_receiver` and the checks of a segment look at in ESTABLISHED, while nothing is out and nothing waits:
    /// `snd_nxt` is `snd_una`, and there was no FIN in either direction.
    #[inline(always)]
    pub(crate) fn receiver_sample(self, snd_una: u32) -> Sample {
        let tp = self.0;
        Sample {
            snd_una,
            snd_nxt: snd_una,
            snd_wnd: load!(tp, snd_wnd: u32),
            rcv_nxt: load!(tp, rcv_nxt: u32),
            copied_seq: load!(tp, copied_seq: u32),
            write_seq: snd_una,
            reassembly: self.reassembly(),
            ..Sample::ZERO
        }
    }

    /// What `Record::settle_wait` looks at.
    #[inline(always)]
    pub(crate) fn waiting_sample(self) -> Sample {
        let tp = self.0;
        Sample {
            snd_nxt: load!(tp, snd_nxt: u32),
            snd_cwnd: load!(tp, snd_cwnd: u32),
            packets_out: load!(tp, packets_out: u32),
            sacked_out: load!(tp, sacked_out: u32),
            lost_out: load!(tp, lost_out: u32),
            retrans_out: load!(tp, retrans_out: u32),
            write_seq: load!(tp, write_seq: u32),
            rwnd_limited: self.rwnd_limited(),
            ca_state: load_bits!(tp, icsk_ca_state),
            clocks: self.clocks(),
            ..Sample::ZERO
        }
    }

    /// What `Record::settle_untroubled` and the checks of a segment look at in ESTABLISHED, where there was no FIN. In the open
    /// state no segment is known to be received out of order, lost or sent again (`tcp_try_keep_open()`).
    #[inline(always)]
    pub(crate) fn untroubled_sample(self, snd_una: u32, write_seq: u32, timestamps: bool) -> Sample {
        let tp = self.0;
        let mut now = Sample {
            snd_una,
            snd_nxt: load!(tp, snd_nxt: u32),
            snd_cwnd: load!(tp, snd_cwnd: u32),
            snd_ssthresh: load!(tp, snd_ssthresh: u32),
            mss_cache: load!(tp, mss_cache: u32),
            srtt_us: load!(tp, srtt_us: u32),
            icsk_rto: load!(tp, icsk_rto: u32),
            snd_wnd: load!(tp, snd_wnd: u32),
            packets_out: load!(tp, packets_out: u32),
            rcv_nxt: load!(tp, rcv_nxt: u32),
            copied_seq: load!(tp, copied_seq: u32),
            write_seq,
            reassembly: self.reassembly(),
            rwnd_limited: self.rwnd_limited(),
            // Only without timestamps is it of interest what was sent again.
            probing: !timestamps && self.probing(),
            tstamp_ok: timestamps,
            ..Sample::ZERO
        };
        // Only what waits may wait for pacing.
        if write_seq != now.snd_nxt && self.pacing() {
            now.pacing = true;
            now.wstamp_ns = load!(tp, tcp_wstamp_ns: u64);
            now.clocks.now_ns = now_ns();
        }
        now
    }

    /// The kernel has noted that the peer's window stopped output.
    #[inline(always)]
    fn rwnd_limited(self) -> bool {
        load_bits!(self.0, chrono_type) == TCP_CHRONO_RWND_LIMITED
    }

    /// A tail loss probe that repeated a segment is out.
    #[inline(always)]
    fn probing(self) -> bool {
        load!(self.0, tlp_high_seq: u32) != 0 && load_bits!(self.0, tlp_retrans) != 0
    }

    #[inline(always)]
    pub(crate) fn sample(self) -> Sample {
        let tp = self.0;
        Sample {
            snd_una: load!(tp, snd_una: u32),
            snd_nxt: load!(tp, snd_nxt: u32),
            snd_cwnd: load!(tp, snd_cwnd: u32),
            snd_ssthresh: load!(tp, snd_ssthresh: u32),
            mss_cache: load!(tp, mss_cache: u32),
            srtt_us: load!(tp, srtt_us: u32),
            icsk_rto: load!(tp, icsk_rto: u32),
            snd_wnd: load!(tp, snd_wnd: u32),
            packets_out: load!(tp, packets_out: u32),
            sacked_out: load!(tp, sacked_out: u32),
            lost_out: load!(tp, lost_out: u32),
            retrans_out: load!(tp, retrans_out: u32),
            rcv_nxt: load!(tp, rcv_nxt: u32),
            copied_seq: load!(tp, copied_seq: u32),
            write_seq: load!(tp, write_seq: u32),
            undo_marker: load!(tp, undo_marker: u32),
            dsack_dups: load!(tp, dsack_dups: u32),
            reassembly: self.reassembly(),
            lost: load!(tp, lost: u32),
            clocks: self.clocks(),
            wstamp_ns: load!(tp, tcp_wstamp_ns: u64),
            pacing: self.pacing(),
            rwnd_limited: self.rwnd_limited(),
            fin_received: self.fin_received(),
            fin_written: state::fin_written(self.state()),
            probing: self.probing(),
            ca_state: load_bits!(tp, icsk_ca_state),
            tstamp_ok: load_bits!(tp, tstamp_ok) != 0,
        }
    }
}

pub(crate) const AF_INET: u16 = 2;

/// Bit of `sk_flags` that `tcp_fin()` sets (`enum sock_flags`).
const SOCK_DONE: u32 = 1;

/// The largest window that fits a header before scaling.
const MAX_WINDOW: u32 = 65535;
/// The peer's window stopped output (`enum tcp_chrono`).
const TCP_CHRONO_RWND_LIMITED: u8 = 2;
/// Nobody below TCP paces (`enum sk_pacing`).
const SK_PACING_NEEDED: u32 = 1;

/// Nanoseconds of `CLOCK_MONOTONIC`.
#[inline(always)]
pub(crate) fn now_ns() -> u64 {
    // SAFETY: a helper without arguments.
    unsafe { bpf_ktime_get_ns() }
}

/// TCP states, as the kernel numbers them (`include/net/tcp_states.h`).
pub(crate) mod state {
    pub(crate) const ESTABLISHED: u8 = 1;
    pub(crate) const SYN_SENT: u8 = 2;
    pub(crate) const SYN_RECV: u8 = 3;
    pub(crate) const FIN_WAIT1: u8 = 4;
    pub(crate) const FIN_WAIT2: u8 = 5;
    const TIME_WAIT: u8 = 6;
    pub(crate) const CLOSE: u8 = 7;
    pub(crate) const CLOSE_WAIT: u8 = 8;
    pub(crate) const LAST_ACK: u8 = 9;
    pub(crate) const LISTEN: u8 = 10;
    pub(crate) const CLOSING: u8 = 11;
    pub(crate) const NEW_SYN_RECV: u8 = 12;

    /// The application has closed its direction.
    #[inline(always)]
    pub(crate) fn fin_written(state: u8) -> bool {
        matches!(state, FIN_WAIT1 | FIN_WAIT2 | LAST_ACK | CLOSING)
    }

    /// The socket is none of the smaller structures that stand for one: a request, or what is left in TIME-WAIT.
    #[inline(always)]
    pub(crate) fn full(state: u8) -> bool {
        state != TIME_WAIT && state != NEW_SYN_RECV
    }

    /// A connection that has been established and is being closed.
    #[inline(always)]
    pub(crate) fn closing(state: u8) -> bool {
        matches!(state, FIN_WAIT1 | FIN_WAIT2 | CLOSE_WAIT | LAST_ACK | CLOSING)
    }
}
