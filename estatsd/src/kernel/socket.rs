//! A copy of a `tcp_sock`, read through the layout.

use estatsd_ebpf::{Field, Layout, Sample, arrival::Clocks};

/// Bit of `sk_flags` that `tcp_fin()` sets (`enum sock_flags`).
const SOCK_DONE: u32 = 1;

/// The peer's window stopped output (`enum tcp_chrono`).
const TCP_CHRONO_RWND_LIMITED: u32 = 2;
/// Nobody below TCP paces (`enum sk_pacing`).
const SK_PACING_NEEDED: u32 = 1;

/// The states in which the application has closed its direction, a bit each (`include/net/tcp_states.h`): FIN-WAIT-1, FIN-WAIT-2,
/// LAST-ACK, CLOSING.
const FIN_WRITTEN: u32 = 1 << 4 | 1 << 5 | 1 << 9 | 1 << 11;

/// The copy, and where its fields are.
#[derive(Clone, Copy)]
pub struct Socket<'a> {
    image: &'a [u8],
    layout: &'a Layout,
}

impl<'a> Socket<'a> {
    /// Reads `image` by `layout`.
    #[must_use]
    pub fn new(image: &'a [u8], layout: &'a Layout) -> Socket<'a> {
        Socket { image, layout }
    }

    /// The layout, to name fields by.
    #[must_use]
    pub fn layout(&self) -> &'a Layout {
        self.layout
    }

    /// The octets of a field; `None` when this kernel does not have it.
    #[must_use]
    pub fn octets(&self, field: Field) -> Option<&'a [u8]> {
        let at = field.offset as usize;
        (field.present != 0).then(|| self.image.get(at..at + usize::from(field.size)))?
    }

    /// The value of a field; `None` when this kernel does not have it.
    #[must_use]
    pub fn u64(&self, field: Field) -> Option<u64> {
        let bytes = self.octets(field)?;
        let whole = match *bytes {
            [octet] => u64::from(octet),
            [a, b] => u64::from(u16::from_ne_bytes([a, b])),
            [a, b, c, d] => u64::from(u32::from_ne_bytes([a, b, c, d])),
            _ => u64::from_ne_bytes(bytes.try_into().ok()?),
        };
        Some(match field.bits {
            0 => whole,
            bits => whole >> field.shift & ((1 << bits) - 1),
        })
    }

    /// The low 32 bits of a field.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "32-bit counters are the low half of the kernel's 64-bit ones"
    )]
    pub fn u32(&self, field: Field) -> Option<u32> {
        self.u64(field).map(|value| value as u32)
    }

    /// What the programs compare from hook to hook, at the time `now_ns`. All of it is required of a kernel, so nothing is missing. What
    /// waits in the reassembly queue is no field of the socket.
    #[must_use]
    pub fn sample(&self, reassembly: u32, now_ns: u64) -> Sample {
        let l = self.layout;
        let word = |field| self.u32(field).unwrap_or_default();
        Sample {
            snd_una: word(l.snd_una),
            snd_nxt: word(l.snd_nxt),
            snd_cwnd: word(l.snd_cwnd),
            snd_ssthresh: word(l.snd_ssthresh),
            mss_cache: word(l.mss_cache),
            srtt_us: word(l.srtt_us),
            icsk_rto: word(l.icsk_rto),
            snd_wnd: word(l.snd_wnd),
            packets_out: word(l.packets_out),
            sacked_out: word(l.sacked_out),
            lost_out: word(l.lost_out),
            retrans_out: word(l.retrans_out),
            rcv_nxt: word(l.rcv_nxt),
            copied_seq: word(l.copied_seq),
            write_seq: word(l.write_seq),
            undo_marker: word(l.undo_marker),
            dsack_dups: word(l.dsack_dups),
            reassembly,
            lost: word(l.lost),
            clocks: Clocks {
                now_ns,
                tcp_ns: self.u64(l.tcp_clock_cache).unwrap_or_default(),
                delivered_ns: self.u64(l.delivered_mstamp).unwrap_or_default() * 1000,
            },
            wstamp_ns: self.u64(l.tcp_wstamp_ns).unwrap_or_default(),
            pacing: word(l.sk_pacing_status) == SK_PACING_NEEDED,
            rwnd_limited: word(l.chrono_type) == TCP_CHRONO_RWND_LIMITED,
            fin_received: word(l.skc_flags) >> SOCK_DONE & 1 != 0,
            fin_written: FIN_WRITTEN >> word(l.skc_state).min(31) & 1 != 0,
            probing: word(l.tlp_high_seq) != 0 && word(l.tlp_retrans) != 0,
            ca_state: u8::try_from(word(l.icsk_ca_state)).unwrap_or(u8::MAX),
            tstamp_ok: word(l.tstamp_ok) != 0,
        }
    }
}
