//! The life of a record: made when a connection is attempted, announced when it is established, gone when it is closed.

use core::ffi::c_void;

use aya_ebpf::{
    bindings::BPF_F_MMAPABLE,
    btf_maps::{Array, RingBuf},
    helpers::generated::{
        bpf_get_socket_cookie, bpf_probe_read_kernel, bpf_ringbuf_output, bpf_ringbuf_query, bpf_ringbuf_reserve,
        bpf_ringbuf_submit,
    },
    macros::{btf_map, btf_tracepoint},
    programs::BtfTracePointContext,
};
use estatsd_ebpf::{
    Closed, Control, Event, Final, Record, Sample, Spans,
    event::{CLOSE, CLOSE_FINAL, OPEN, WAKE_AT},
    origin::Opener,
};

use crate::{
    atomic,
    closing::reset_follows,
    control::control,
    kernel::{AF_INET, TcpSock, constant, load, now_ns, offset, state},
    listener, opener, packets, storage,
};

/// Open and close events. The daemon sets the size.
#[btf_map]
static EVENTS: RingBuf<Event, 4096> = RingBuf::new();

/// Written by the daemon before the programs are loaded, read-only from then on.
#[unsafe(no_mangle)]
static SPANS: Spans = Spans::NONE;

/// Octets that wait (`linux/bpf.h`).
const BPF_RB_AVAIL_DATA: u64 = 0;
const BPF_RB_NO_WAKEUP: u64 = 1;
const BPF_RB_FORCE_WAKEUP: u64 = 2;

/// Events for which there was no room. Mapped by the daemon, which looks whenever it is asked anything.
#[btf_map]
static DROPPED: Array<u64, 1, { BPF_F_MMAPABLE as usize }> = Array::new();

// Linux 6.1 has room for the stack of one function, and for what the compiler calls to fill memory.
#[btf_tracepoint(function = "inet_sock_set_state")]
#[inline(always)]
fn state(ctx: BtfTracePointContext) -> i32 {
    if let Some(tp) = TcpSock::from_sock(ctx.arg::<*mut c_void>(0)) {
        transition(tp, ctx.arg::<u64>(1) as u8, ctx.arg::<u64>(2) as u8);
    }
    0
}

/// A reset has left, or was refused by a queue of the host. If the connection was closed for it, all is over.
#[btf_tracepoint(function = "tcp_send_reset")]
fn reset(ctx: BtfTracePointContext) -> i32 {
    let sk = ctx.arg::<*mut c_void>(0);
    // A reset may refuse a segment that is for no socket.
    if !sk.is_null()
        && let Some(tp) = TcpSock::from_sock(sk)
        && tp.state() == state::CLOSE
        && let Some(record) = storage::get(tp)
    {
        end(tp, record);
    }
    0
}

/// The socket goes. Its record has gone before, unless the kernel passed over the close: `state` does not run on top of itself, and
/// packets of one connection may arrive while another changes its state on the same processor. Or it had no memory for a reset.
#[btf_tracepoint(function = "tcp_destroy_sock")]
fn destroyed(ctx: BtfTracePointContext) -> i32 {
    if let Some(tp) = TcpSock::from_sock(ctx.arg::<*mut c_void>(0))
        && let Some(record) = storage::get(tp)
    {
        listener::left(record, state::CLOSE, state::CLOSE);
        end(tp, record);
    }
    0
}

/// Nothing comes any more: says so. Without its cookie the record is read no more, however long the socket stays: the kernel goes on
/// counting in what is left of it, such as a last reset.
#[inline(always)]
fn end(tp: TcpSock, record: &mut Record) {
    if record.cookie != 0 {
        let control = control();
        let mut now = tp.sample();
        now.fin_written = record.flags & Record::FIN_WRITTEN != 0;
        record.settle(&now, control.tables);
        close(tp, record, &now, control);
        record.cookie = 0;
    }
}

#[inline(always)]
fn transition(tp: TcpSock, old: u8, new: u8) {
    if new != state::ESTABLISHED
        && old != state::LISTEN
        && let Some(record) = storage::get(tp)
    {
        listener::left(record, old, new);
        if is_over(tp, record, old, new) {
            end(tp, record);
        } else if new != state::CLOSE && record.cookie != 0 {
            record.settle(&tp.sample(), control().tables);
        }
    }
    match new {
        state::LISTEN => listener::opened(tp, opener::current()),
        state::CLOSE if old == state::LISTEN => listener::closed(tp),
        state::SYN_SENT => {
            let restored = tp.in_repair();
            if let Some(record) = attempt(tp, if restored { Record::RESTORED } else { Record::ACTIVE }) {
                record.keep_opener(&opener::current());
            }
        }
        // From SYN_SENT it would be a simultaneous open, whose record exists.
        state::SYN_RECV if old == state::LISTEN => {
            if let Some(record) = attempt(tp, Record::PASSIVE) {
                // The listener received the packet that makes this connection, on this processor and just now.
                let requested = packets::take_over(record);
                let opener = listener::made(record, requested);
                record.keep_opener(&opener);
            }
        }
        state::ESTABLISHED => {
            if let Some(record) = storage::get_or_create(tp) {
                // Made before estatsd ran, but for this its counters are as good as any.
                // From SYN_RECV it may be a simultaneous open; its octets will tell.
                let flags = if old == state::SYN_SENT { Record::ACTIVE } else { 0 };
                adopt_if_new(record, flags);
                let opener = establish(tp, record);
                announce(tp, record, &opener);
            }
        }
        _ => {}
    }
}

/// With this change of state a connection is over.
#[inline(always)]
fn is_over(tp: TcpSock, record: &mut Record, old: u8, new: u8) -> bool {
    if new == state::CLOSE {
        if state::fin_written(old) {
            record.flags |= Record::FIN_WRITTEN;
        }
        !reset_follows(tp, old)
    } else {
        // The same socket had a connection before, whose reset found no memory.
        new == state::SYN_SENT
    }
}

#[inline(always)]
fn attempt(tp: TcpSock, flags: u16) -> Option<&'static mut Record> {
    let record = storage::get_or_create(tp)?;
    *record = Record::default();
    record.start_ns = now_ns();
    record.flags = flags;
    record.generation = control().generation;
    Some(record)
}

/// Takes in an established connection, unless its record is established: it is older than estatsd, or the kernel passed over the programs.
/// Who opened it is known in the second case.
#[inline(always)]
pub(crate) fn discover(tp: TcpSock) -> Option<(&'static mut Record, Opener)> {
    let record = storage::get_or_create(tp)?;
    let mut opener = Opener::default();
    if record.cookie == 0 {
        adopt_if_new(record, 0);
        opener = establish(tp, record);
    }
    Some((record, opener))
}

#[inline(always)]
fn adopt_if_new(record: &mut Record, flags: u16) {
    if record.start_ns == 0 {
        record.start_ns = now_ns();
        record.flags = Record::ADOPTED | flags;
        record.generation = control().generation;
    }
}

/// Tells the daemon of a connection.
#[inline(always)]
pub(crate) fn announce(tp: TcpSock, record: &mut Record, opener: &Opener) {
    let mut event = Event::default();
    describe(tp, record, OPEN, &mut event);
    event.opened_by(opener);
    send(&event, control());
}

/// Notes what is settled once a connection is established, and starts the comparisons. Returns who opened it.
#[inline(always)]
fn establish(tp: TcpSock, record: &mut Record) -> Opener {
    let opener = record.take_opener();
    let net = tp.net();
    if load!(net, sysctl_tcp_timestamps: u8) != 0 {
        record.flags |= Record::TIMESTAMPS_ALLOWED;
    }
    if load!(net, sysctl_tcp_sack: u8) != 0 {
        record.flags |= Record::SACK_ALLOWED;
    }
    let ecn = load!(net, sysctl_tcp_ecn: u8);
    if matches!(ecn, 1 | 3 | 4) {
        record.flags |= Record::ECN_REQUESTED;
    }
    if ecn != 0 {
        record.flags |= Record::ECN_ACCEPTED;
    }
    let now = tp.sample();
    if now.tstamp_ok {
        record.flags |= Record::TIMESTAMPS;
    }
    record.last_ns = now.clocks.now_ns;
    record.startup_us = ((now.clocks.now_ns - record.start_ns) / 1000) as u32;
    record.start(&now, &tp.announced());
    record.settle(&now, control().tables);
    // SAFETY: a socket that the verifier trusts.
    record.cookie = unsafe { bpf_get_socket_cookie(tp.as_ptr()) };
    listener::established(record);
    opener
}

/// Fills in an event of a connection, in place: the verifier follows no pointer through a copy of the structure.
#[inline(always)]
pub(crate) fn describe(tp: TcpSock, record: &Record, kind: u32, event: &mut Event) {
    event.kind = kind;
    event.flags = u32::from(record.flags);
    event.cookie = record.cookie;
    event.sk = tp.as_ptr() as u64;
    event.start_ns = record.start_ns;
    event.netns = load!(tp.net(), net_inum: u32);
    event.family = load!(tp.as_ptr(), skc_family: u16);
    event.local_port = load!(tp.as_ptr(), skc_num: u16);
    event.remote_port = u16::from_be(load!(tp.as_ptr(), skc_dport: u16));
    event.record = core::ptr::from_ref(record) as u64;
    event.cgroup = tp.cgroup();
    event.uid = tp.uid();
    event.gid = tp.gid();
    let (local, remote, size) = if event.family == AF_INET {
        (offset!(skc_rcv_saddr), offset!(skc_daddr), 4)
    } else {
        (offset!(skc_v6_rcv_saddr), offset!(skc_v6_daddr), 16)
    };
    let base = tp.as_ptr().cast_const().cast::<u8>();
    // SAFETY: both destinations have room for 16 octets; a bad source gives an error, not a fault.
    unsafe {
        bpf_probe_read_kernel((&raw mut event.local).cast(), size, base.add(local).cast());
        bpf_probe_read_kernel((&raw mut event.remote).cast(), size, base.add(remote).cast());
    }
}

/// Says that a connection is closed, with all that is known of it if the daemon wants that.
#[inline(always)]
fn close(tp: TcpSock, record: &Record, now: &Sample, control: Control) {
    if !control.finals {
        let closed = Closed {
            kind: CLOSE,
            reserved: 0,
            cookie: record.cookie,
        };
        send(&closed, control);
        return;
    }
    // SAFETY: the size is a constant; NULL is checked below.
    let slot = unsafe {
        bpf_ringbuf_reserve(
            (&raw const EVENTS).cast_mut().cast(),
            size_of::<Final>() as u64 + constant(&SPANS.length),
            0,
        )
    };
    if slot.is_null() {
        dropped();
        return;
    }
    let last = slot.cast::<Final>();
    // SAFETY: the slot has room for a Final and for all parts after it; all of it is written.
    unsafe {
        (*last).event = Event::default();
        describe(tp, record, CLOSE_FINAL, &mut (*last).event);
        (*last).end_ns = now.clocks.now_ns;
        (*last).reassembly = now.reassembly;
        (*last).reserved = 0;
        let record = core::ptr::from_ref(record).cast();
        bpf_probe_read_kernel((&raw mut (*last).record).cast(), size_of::<Record>() as u32, record);
        let mut to = last.add(1).cast::<u8>();
        let mut part = 0;
        while part < Spans::COUNT {
            let length = constant(&SPANS.parts[part].length);
            if length == 0 {
                break;
            }
            let from = tp
                .as_ptr()
                .cast::<u8>()
                .add(constant(&SPANS.parts[part].offset) as usize);
            bpf_probe_read_kernel(to.cast(), length, from.cast());
            to = to.add(length as usize);
            part += 1;
        }
        bpf_ringbuf_submit(slot, wakeup(control));
    }
}

/// Whether the daemon is woken for an event that is put into the ring. What waits for nobody waits until it is worth the while, or until
/// a client asks for anything; else each connection would wake the daemon twice.
#[inline(always)]
fn wakeup(control: Control) -> u64 {
    let map = (&raw const EVENTS).cast_mut().cast();
    // SAFETY: a ring, and what can be asked of it.
    if unsafe { bpf_ringbuf_query(map, BPF_RB_AVAIL_DATA) } >= u64::from(WAKE_AT) {
        BPF_RB_FORCE_WAKEUP
    } else if control.prompt {
        // If the daemon has taken everything before it; else it is at work.
        0
    } else {
        BPF_RB_NO_WAKEUP
    }
}

/// Sends an event, a structure without padding.
#[inline(always)]
fn send<T>(event: &T, control: Control) {
    let map = (&raw const EVENTS).cast_mut().cast();
    // SAFETY: an initialised event without padding, and its size.
    let sent = unsafe {
        bpf_ringbuf_output(
            map,
            core::ptr::from_ref(event).cast_mut().cast(),
            size_of::<T>() as u64,
            wakeup(control),
        )
    } == 0;
    if !sent {
        dropped();
    }
}

/// Counts an event that was lost, so that the daemon looks for itself.
#[inline(always)]
fn dropped() {
    if let Some(count) = DROPPED.get_ptr_mut(0) {
        // SAFETY: a live map value.
        unsafe { atomic::add(count, 1) };
    }
}
