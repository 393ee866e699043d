//! Each packet of a socket, as it enters and leaves the host's IP layer.

use core::{ffi::c_void, ptr};

use aya_ebpf::{
    btf_maps::PerCpuArray,
    macros::{btf_map, cgroup_skb},
    programs::SkBuffContext,
};
use estatsd_ebpf::{
    Record, Sample, Tables,
    arrival::Clocks,
    header::{Header, Packet},
    reordering::{Repeated, Told, fold},
    sample::before,
    segments::{Expected, Incoming},
    send_limits::Output,
};

use crate::{
    control::control,
    kernel::{TcpSock, load, load_bits, state},
    listener, request, storage,
};

/// A packet that a listener received.
#[repr(C)]
struct ToListener {
    packet: Packet,
    listener: u32,
    /// It is for a request that the listener has.
    requested: u32,
}

/// The last packet that a listener received on each processor: requests and connections are made while it is being processed.
#[btf_map]
static LAST_TO_LISTENER: PerCpuArray<ToListener, 1> = PerCpuArray::new();

/// What both programs answer: let the packet pass.
const PASS: i32 = 1;

const IPPROTO_TCP: u8 = 6;
const IPV6_HEADER: usize = 40;
const TCP_HEADER: usize = 20;
/// A header with the timestamp option and nothing else, as nearly all have it.
const TIMESTAMPED_HEADER: u32 = 32;
/// NOP, NOP, and the beginning of the timestamp option.
const TIMESTAMP_OPTION: u32 = 0x0101_080a;
/// NOP, NOP, and the kind of the SACK option.
const SACK_OPTION: u32 = 0x01_0105;
/// The length of a SACK option with one block.
const SACK_ONE_BLOCK: u32 = 10;
/// Octets of a SACK option with one block and with two, the padding before it included.
const ONE_BLOCK: usize = 12;
const TWO_BLOCKS: usize = 20;
/// Options that are looked at: a header with timestamp and SACK has six, padding included.
const OPTIONS_MAX: u32 = 12;

// Kinds of TCP options.
const END_OF_OPTIONS: u8 = 0;
const NO_OPERATION: u8 = 1;
const SACK: u8 = 5;

#[cgroup_skb(ingress)]
fn ingress(ctx: SkBuffContext) -> i32 {
    if let Some(tp) = socket(&ctx) {
        let state = tp.state();
        if state == state::LISTEN {
            to_listener(&ctx, tp);
        } else {
            to_connection(&ctx, tp, state);
        }
    }
    PASS
}

/// A packet for a listener. A function of its own, as [`to_connection`] is: together they do not fit the stack of Linux 6.1.
#[inline(never)]
fn to_listener(ctx: &SkBuffContext, tp: TcpSock) {
    if let Some(headers) = Headers::find(ctx)
        && let Some(last) = LAST_TO_LISTENER.get_ptr_mut(0)
    {
        let packet = headers.packet(ctx);
        let listener = listener::received(ctx, tp, &packet);
        // Only an ACK can be the last segment of a handshake.
        let requested = packet.flags & (Packet::SYN | Packet::ACK) == Packet::ACK && headers.of_request(ctx);
        // SAFETY: a live map value of this processor.
        unsafe {
            *last = ToListener {
                packet,
                listener,
                requested: u32::from(requested),
            }
        };
    }
}

/// A packet for a connection.
#[inline(never)]
fn to_connection(ctx: &SkBuffContext, tp: TcpSock, state: u8) {
    if let Some(record) = storage::get(tp)
        && let Some(headers) = Headers::find(ctx)
    {
        let packet = headers.packet(ctx);
        let on = control().tables;
        // What looks at the headers comes first: with them in hand, what follows would need more of the stack.
        if on.any(Tables::SEGMENTS)
            && let Some(timestamp) = headers.timestamp()
            && (state == state::ESTABLISHED || state::closing(state))
            && before(timestamp, load!(tp.as_ptr(), ts_recent: u32))
            // A reset is taken all the same, and one without any of these is thrown away before.
            && packet.flags & Packet::RST == 0
            && packet.flags & (Packet::ACK | Packet::SYN) != 0
        {
            record.segments.old_timestamp();
        }
        if on.any(Tables::STACK) {
            headers.count_sacks(&mut record.header);
        }
        // Only ESTABLISHED has the tracepoint that `segment` hangs on.
        if state::closing(state) {
            if on.any(Tables::SEGMENTS) {
                record.segments.check(&expected(tp), &incoming(tp, &packet));
            }
            let now = tp.sample();
            record.cwnd.governed(tp.autonomous());
            record.settle(&now, on);
            record.last_ns = now.clocks.now_ns;
            if on.any(Tables::REORDERING)
                && now.packets_out > 0
                && packet.flags & Packet::ACK != 0
                && !before(now.snd_una, packet.ack)
            {
                record.reordering.received(&now, &repeated(tp, &now, &packet));
            }
        }
        // The socket is not locked here, but packets of one connection are not received on two processors at once.
        record.header.received(&packet, tp.ecn());
        if packet.payload > 0 {
            record.reordering.data_arrived();
        }
    }
}

/// What a packet of a connection that is being closed is checked against.
#[inline(always)]
fn expected(tp: TcpSock) -> Expected {
    Expected {
        rcv_nxt: load!(tp.as_ptr(), rcv_nxt: u32),
        snd_una: load!(tp.as_ptr(), snd_una: u32),
        snd_nxt: load!(tp.as_ptr(), snd_nxt: u32),
    }
}

/// What is checked of it.
#[inline(always)]
fn incoming(tp: TcpSock, packet: &Packet) -> Incoming {
    let syn = packet.flags & Packet::SYN != 0;
    let fin = packet.flags & Packet::FIN != 0;
    Incoming {
        seq: packet.seq,
        end_seq: packet
            .seq
            .wrapping_add(packet.payload + u32::from(syn) + u32::from(fin)),
        ack: packet.ack,
        flags: packet.flags,
        reset_at: if packet.flags & Packet::RST == 0 {
            0
        } else if tp.fin_received() {
            load!(tp.as_ptr(), rcv_nxt: u32).wrapping_sub(1)
        } else if load_bits!(tp.as_ptr(), sack_ok) & 1 != 0 {
            load!(tp.as_ptr(), rcv_nxt: u32).wrapping_add(tp.reassembly())
        } else {
            load!(tp.as_ptr(), rcv_nxt: u32)
        },
        window_end: load!(tp.as_ptr(), rcv_wup: u32).wrapping_add(tp.rcv_wnd()),
    }
}

/// A packet of a connection that is being closed, which acknowledges nothing new.
#[inline(always)]
fn repeated(tp: TcpSock, now: &Sample, packet: &Packet) -> Repeated {
    Repeated {
        pure: packet.payload == 0
            && packet.ack == now.snd_una
            && packet.flags & (Packet::SYN | Packet::FIN | Packet::RST) == 0,
        window: packet.window,
        window_scale: load_bits!(tp.as_ptr(), snd_wscale),
        segments: packet.segments as u16,
        sack: load_bits!(tp.as_ptr(), sack_ok) & 1 != 0,
        sacked_out: now.sacked_out,
        dsack_dups: now.dsack_dups,
    }
}

/// Gives a new connection the packet that made it (the last segment of the handshake, or a SYN with data), and the listener that
/// received it. Says whether there was a request.
#[inline(always)]
pub(crate) fn take_over(record: &mut Record) -> bool {
    if let Some(last) = LAST_TO_LISTENER.get_ptr_mut(0) {
        // SAFETY: a live map value of this processor.
        let last = unsafe { &*last };
        // A connection that is new has not agreed on ECN yet.
        record.header.received(&last.packet, false);
        record.listener = last.listener;
        if last.packet.flags & Packet::SYN != 0 {
            record.flags |= Record::FAST_OPEN;
        }
        last.requested != 0
    } else {
        false
    }
}

/// The listener whose packet is being processed.
#[inline(always)]
pub(crate) fn current_listener() -> u32 {
    // SAFETY: a live map value of this processor.
    LAST_TO_LISTENER
        .get_ptr_mut(0)
        .map_or(0, |last| unsafe { (*last).listener })
}

#[cgroup_skb(egress)]
fn egress(ctx: SkBuffContext) -> i32 {
    if let Some(tp) = socket(&ctx)
        && let state = tp.state()
        && state != state::LISTEN
        && let Some(record) = storage::get(tp)
        && let Some(headers) = Headers::find(&ctx)
    {
        let packet = headers.packet(&ctx);
        let on = control().tables;
        // Whatever makes TCP send has just refreshed its clock.
        record.last_ns = load!(tp.as_ptr(), tcp_clock_cache: u64);
        record.send_limits.arrived(|| Clocks {
            now_ns: 0,
            tcp_ns: record.last_ns,
            delivered_ns: tp.delivered_ns(),
        });
        record.header.sent(&packet, tp.ecn());
        if on.any(Tables::WINDOWS) {
            record.windows.sent(tp.announced_window());
        }
        let now = tp.sent_sample(state);
        // Else the next look has to know what the window was before the signal that was passed over.
        if record.congestion.announced(now.ca_state) {
            record.cwnd.sent(now.octets(now.snd_cwnd));
        }
        if on.any(Tables::RECOVERY) {
            record.recovery.sent(now.retrans_out);
        }
        if on.any(Tables::PIPE) {
            record.pipe.sent(&now, packet.seq, packet.payload);
        }
        if on.any(Tables::REORDERING) {
            record
                .reordering
                .sent(&packet, &headers.told(tp.has_hole()), now.snd_una);
        }
        if packet.flags & Packet::SYN != 0 && load!(tp.net(), sysctl_tcp_window_scaling: u8) != 0 {
            record.scale_offered = load_bits!(tp.as_ptr(), rcv_wscale) + 1;
        }
        if packet.payload > 0 {
            let end = packet.seq.wrapping_add(packet.payload);
            if on.any(Tables::SEND_LIMITS) && before(now.snd_nxt, end) {
                let output = Output {
                    burst_ns: record.last_ns,
                    more: before(end, now.write_seq),
                    small: packet.payload < now.mss_cache,
                };
                let full = now.packets_in_flight() >= now.snd_cwnd;
                record.send_limits.sent(&output, full, || tp.pacing());
            }
            if on.any(Tables::QUEUES) {
                record.queues.sent(&now, end);
            }
        }
    }
    PASS
}

#[inline(always)]
fn socket(ctx: &SkBuffContext) -> Option<TcpSock> {
    // SAFETY: a field of the context; the verifier checks the access.
    let sk: *mut c_void = unsafe { (*ctx.skb.skb).__bindgen_anon_2.sk }.cast();
    if sk.is_null() { None } else { TcpSock::from_sock(sk) }
}

/// Where the headers of a packet are. The packet starts with its IP header at both hooks.
#[derive(Clone, Copy)]
struct Headers {
    /// IPv4, not IPv6.
    ipv4: bool,
    /// Octets of the IP header.
    ip_length: u32,
    ttl: u8,
    tos: u8,
    /// The TCP header.
    tcp: usize,
    /// Its octets, options included.
    tcp_length: u32,
    /// The end of what can be looked at.
    end: usize,
}

impl Headers {
    #[inline(always)]
    fn find(ctx: &SkBuffContext) -> Option<Headers> {
        // SAFETY: fields of the context; the verifier checks the accesses.
        let (data, end) = unsafe { ((*ctx.skb.skb).data as usize, (*ctx.skb.skb).data_end as usize) };
        // No TCP packet is shorter than two minimal headers.
        if data + IPV6_HEADER > end {
            return None;
        }
        let octet = |n: usize| {
            // SAFETY: below the 40 octets that were just checked.
            unsafe { ptr::read_volatile((data + n) as *const u8) }
        };
        let ipv4 = octet(0) >> 4 == 4;
        let (ip_length, protocol, ttl, tos) = if ipv4 {
            (usize::from(octet(0) & 0x0f) * 4, octet(9), octet(8), octet(1))
        } else {
            // Extension headers before TCP are not looked through: such a packet is passed over.
            (IPV6_HEADER, octet(6), octet(7), octet(0) << 4 | octet(1) >> 4)
        };
        let tcp = data + ip_length;
        if protocol != IPPROTO_TCP || tcp + TCP_HEADER > end {
            return None;
        }
        let mut headers = Headers {
            ipv4,
            ip_length: ip_length as u32,
            ttl,
            tos,
            tcp,
            tcp_length: 0,
            end,
        };
        headers.tcp_length = (headers.word(12) >> 28) * 4;
        Some(headers)
    }

    /// The listener that received the packet has a request of its sender.
    #[inline(always)]
    fn of_request(&self, ctx: &SkBuffContext) -> bool {
        request::exists(ctx, self.ipv4, self.ip_length)
    }

    /// A word of the TCP header without options.
    #[inline(always)]
    fn word(&self, n: usize) -> u32 {
        // SAFETY: `find` has checked that the header is there.
        u32::from_be(unsafe { ptr::read_unaligned((self.tcp + n) as *const u32) })
    }

    #[inline(always)]
    fn packet(&self, ctx: &SkBuffContext) -> Packet {
        let control = self.word(12);
        // SAFETY: a field of the context; the verifier checks the access.
        let gso_segments = unsafe { (*ctx.skb.skb).gso_segs };
        Packet {
            seq: self.word(4),
            ack: self.word(8),
            // By the whole packet's length, of which a GSO or GRO packet's IP header says nothing reliable.
            payload: ctx.len().saturating_sub(self.ip_length + self.tcp_length),
            segments: if gso_segments == 0 { 1 } else { gso_segments },
            window: control as u16,
            ttl: self.ttl,
            tos: self.tos,
            flags: (control >> 16) as u8,
        }
    }

    /// The timestamp (`TSval`), if its option comes first, with the padding before it that RFC 7323 recommends or without.
    #[inline(always)]
    fn timestamp(&self) -> Option<u32> {
        if self.tcp_length < TIMESTAMPED_HEADER || self.tcp + TIMESTAMPED_HEADER as usize > self.end {
            return None;
        }
        let first = self.word(20);
        if first == TIMESTAMP_OPTION {
            Some(self.word(24))
        } else if first >> 16 == TIMESTAMP_OPTION & 0xffff {
            Some(first << 16 | self.word(24) >> 16)
        } else {
            None
        }
    }

    /// What the SACK option says, where this kernel writes it: first, or after the timestamp.
    #[inline(always)]
    fn told(&self, waiting: bool) -> Told {
        let mut told = Told {
            waiting,
            ..Told::default()
        };
        if self.plain() {
            return told;
        }
        let option = if self.timestamp().is_some() {
            TIMESTAMPED_HEADER as usize
        } else {
            TCP_HEADER
        };
        if self.tcp + option + ONE_BLOCK > self.end || self.word(option) >> 8 != SACK_OPTION {
            return told;
        }
        let (left, right) = (self.word(option + 4), self.word(option + 8));
        // Numbers and not an `Option`, of which the compiler would compare the half that is not there.
        let more = self.word(option) & 0xff > SACK_ONE_BLOCK && self.tcp + option + TWO_BLOCKS <= self.end;
        let (first, end) = if more {
            (self.word(option + 12), self.word(option + 16))
        } else {
            (0, 0)
        };
        // RFC 2883, section 4: below the acknowledgement, or within the block that follows.
        told.duplicate = before(left, self.word(8)) || (more && !before(left, first) && !before(end, right));
        told.block = match (told.duplicate, more) {
            (false, _) => fold(left, right),
            (true, true) => fold(first, end),
            (true, false) => 0,
        };
        told
    }

    /// The header has no options, or a timestamp and no room for more, as nearly all.
    #[inline(always)]
    fn plain(&self) -> bool {
        self.tcp_length <= TCP_HEADER as u32 || (self.tcp_length == TIMESTAMPED_HEADER && self.timestamp().is_some())
    }

    /// Counts the SACK options and their blocks.
    #[inline(always)]
    fn count_sacks(&self, header: &mut Header) {
        if self.plain() {
            return;
        }
        let last = self.tcp + self.tcp_length as usize;
        let mut next = self.tcp + TCP_HEADER;
        for _ in 0..OPTIONS_MAX {
            if next >= last || next + 2 > self.end {
                return;
            }
            // SAFETY: within the packet, as just checked.
            let (kind, size) = unsafe {
                (
                    ptr::read_volatile(next as *const u8),
                    ptr::read_volatile((next + 1) as *const u8),
                )
            };
            if kind == NO_OPERATION {
                next += 1;
                continue;
            }
            if kind == END_OF_OPTIONS || size < 2 {
                return;
            }
            if kind == SACK {
                header.sacks_in += 1;
                header.sack_blocks_in += u32::from((size - 2) / 8);
            }
            next += usize::from(size);
        }
    }
}
