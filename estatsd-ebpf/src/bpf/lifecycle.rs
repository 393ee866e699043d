//! The life of a record: made when a connection is attempted, announced when it is established, gone when it is closed.

use core::ffi::c_void;

use aya_ebpf::{
    btf_maps::{PerCpuArray, RingBuf},
    helpers::generated::{
        bpf_get_socket_cookie, bpf_probe_read_kernel, bpf_ringbuf_output, bpf_ringbuf_reserve, bpf_ringbuf_submit,
    },
    macros::{btf_map, btf_tracepoint},
    programs::BtfTracePointContext,
};
use estatsd_ebpf::{
    Event, Final, Record,
    event::{CLOSE, CLOSE_FINAL, OPEN},
    snapshot::IMAGE_MAX,
};

use crate::{
    kernel::{LAYOUT, TcpSock, constant, load, now_ns, offset, state},
    packets, storage,
};

/// Open and close events. The daemon sets the size.
#[btf_map]
static EVENTS: RingBuf<Event, 4096> = RingBuf::new();

/// Events for which there was no room.
#[btf_map]
static DROPPED: PerCpuArray<u64, 1> = PerCpuArray::new();

/// Set by the daemon before loading: 1 when a closed connection is to be handed over whole.
#[unsafe(no_mangle)]
static KEEP_FINAL: u32 = 0;

const AF_INET: u16 = 2;

#[btf_tracepoint(function = "inet_sock_set_state")]
fn state(ctx: BtfTracePointContext) -> i32 {
    if let Some(tp) = TcpSock::from_sock(ctx.arg::<*mut c_void>(0)) {
        transition(tp, ctx.arg::<u64>(1) as u8, ctx.arg::<u64>(2) as u8);
    }
    0
}

#[inline(always)]
fn transition(tp: TcpSock, old: u8, new: u8) {
    match new {
        state::SYN_SENT => attempt(tp, Record::ACTIVE),
        // From SYN_SENT it would be a simultaneous open, whose record exists.
        state::SYN_RECV if old == state::LISTEN => attempt(tp, Record::PASSIVE),
        state::ESTABLISHED => {
            if let Some(record) = storage::get_or_create(tp) {
                // Made before estatsd ran, but for this its counters are as good as any.
                let opened = if old == state::SYN_SENT {
                    Record::ACTIVE
                } else {
                    Record::PASSIVE
                };
                adopt_if_new(record, opened);
                establish(tp, record);
                announce(tp, record);
            }
        }
        state::CLOSE => {
            let Some(record) = storage::get(tp) else { return };
            if record.cookie != 0 {
                let now = tp.sample();
                record.settle(&now);
                close(tp, record, now.reassembly);
            }
            storage::delete(tp);
        }
        _ => {
            if let Some(record) = storage::get(tp) {
                record.settle(&tp.sample());
            }
        }
    }
}

#[inline(always)]
fn attempt(tp: TcpSock, flags: u8) {
    if let Some(record) = storage::get_or_create(tp) {
        *record = Record::default();
        record.start_ns = now_ns();
        record.flags = flags;
        if flags == Record::PASSIVE {
            // The listener received the packet that makes this connection, on this processor and just now.
            packets::take_over(record);
        }
    }
}

/// Takes in an established connection that was not announced: it is older than estatsd, or the kernel passed over the programs.
#[inline(always)]
pub(crate) fn discover(tp: TcpSock) -> Option<&'static mut Record> {
    let record = storage::get_or_create(tp)?;
    if record.cookie == 0 {
        adopt_if_new(record, 0);
        establish(tp, record);
    }
    Some(record)
}

#[inline(always)]
fn adopt_if_new(record: &mut Record, opened: u8) {
    if record.start_ns == 0 {
        record.start_ns = now_ns();
        record.flags = Record::ADOPTED | opened;
    }
}

/// Tells the daemon of a connection.
#[inline(always)]
pub(crate) fn announce(tp: TcpSock, record: &mut Record) {
    let mut event = Event::default();
    describe(tp, record, &mut event);
    send(&event);
}

/// Notes what is settled once a connection is established, and starts the comparisons.
#[inline(always)]
fn establish(tp: TcpSock, record: &mut Record) {
    let net = tp.net();
    if load!(net, sysctl_tcp_timestamps: u8) != 0 {
        record.flags |= Record::TIMESTAMPS_ALLOWED;
    }
    if load!(net, sysctl_tcp_sack: u8) != 0 {
        record.flags |= Record::SACK_ALLOWED;
    }
    record.sysctl_ecn = load!(net, sysctl_tcp_ecn: u8);
    let now = tp.sample();
    record.last_ns = now.now_ns;
    record.startup_us = ((now.now_ns - record.start_ns) / 1000) as u32;
    record.start(&now, &tp.announced());
    record.settle(&now);
    // SAFETY: a socket that the verifier trusts.
    record.cookie = unsafe { bpf_get_socket_cookie(tp.as_ptr()) };
}

/// Fills in the open event of a connection, in place: the verifier follows no pointer through a copy of the structure.
#[inline(always)]
pub(crate) fn describe(tp: TcpSock, record: &mut Record, event: &mut Event) {
    event.kind = OPEN;
    event.flags = u32::from(record.flags);
    event.cookie = record.cookie;
    event.sk = tp.as_ptr() as u64;
    event.start_ns = record.start_ns;
    event.netns = load!(tp.net(), net_inum: u32);
    event.family = load!(tp.as_ptr(), skc_family: u16);
    event.local_port = load!(tp.as_ptr(), skc_num: u16);
    event.remote_port = u16::from_be(load!(tp.as_ptr(), skc_dport: u16));
    event.record = core::ptr::from_mut(record) as u64;
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
fn close(tp: TcpSock, record: &Record, reassembly: u32) {
    let record_address = core::ptr::from_ref(record);
    if constant(&KEEP_FINAL) == 0 {
        send(&Event {
            kind: CLOSE,
            cookie: record.cookie,
            ..Event::default()
        });
        return;
    }
    // SAFETY: the size is a constant; NULL is checked below.
    let slot = unsafe { bpf_ringbuf_reserve((&raw const EVENTS).cast_mut().cast(), size_of::<Final>() as u64, 0) };
    if slot.is_null() {
        dropped();
        return;
    }
    let last = slot.cast::<Final>();
    let size = constant(&LAYOUT.tcp_sock_size);
    // SAFETY: the slot has room for a Final; the size is at most that of the image, which the daemon and the verifier check.
    unsafe {
        (*last).event.kind = CLOSE_FINAL;
        (*last).event.cookie = record.cookie;
        (*last).reassembly = reassembly;
        bpf_probe_read_kernel(
            (&raw mut (*last).record).cast(),
            size_of::<Record>() as u32,
            record_address.cast(),
        );
        if size <= IMAGE_MAX as u64 {
            bpf_probe_read_kernel((&raw mut (*last).image).cast(), size as u32, tp.as_ptr());
        }
        bpf_ringbuf_submit(slot, 0);
    }
}

#[inline(always)]
fn send(event: &Event) {
    let map = (&raw const EVENTS).cast_mut().cast();
    // SAFETY: an initialised event without padding, and its size.
    if unsafe {
        bpf_ringbuf_output(
            map,
            core::ptr::from_ref(event).cast_mut().cast(),
            size_of::<Event>() as u64,
            0,
        )
    } != 0
    {
        dropped();
    }
}

/// Counts an event that was lost, so that the daemon looks for itself.
#[inline(always)]
fn dropped() {
    if let Some(count) = DROPPED.get_ptr_mut(0) {
        // SAFETY: a live map value of this processor.
        unsafe { *count += 1 };
    }
}
