//! Listening sockets: their counters, and which one a connection belongs to.
//!
//! A connection outlives the packet that made it, and cannot name the socket that it came from. So the counters are in a map, by
//! ids that the connections keep; the listening socket has its id in its storage.

use core::ptr;

use aya_ebpf::{
    EbpfContext as _,
    bindings::{BPF_ANY, BPF_F_MMAPABLE, BPF_F_NO_PREALLOC, BPF_NOEXIST, BPF_SK_STORAGE_GET_F_CREATE},
    btf_maps::{Array, HashMap, SkStorage},
    helpers::generated::{bpf_get_socket_cookie, bpf_sk_storage_get},
    macros::btf_map,
    programs::SkBuffContext,
};
use estatsd_ebpf::{
    Listener, Record,
    header::Packet,
    listener::{Endpoint, Registry},
    origin::Opener,
};

use crate::{
    atomic,
    kernel::{TcpSock, load, load_bits, now_ns, state},
};

/// Listening sockets at once; those beyond are not followed.
const LISTENERS_MAX: usize = 65536;

/// The counters, by id.
#[btf_map]
static LISTENERS: HashMap<u32, Listener, LISTENERS_MAX, { BPF_F_NO_PREALLOC as usize }> = HashMap::new();

/// What a listening socket knows of itself.
#[repr(C)]
struct Own {
    /// Its id; 0 for none.
    id: u64,
    /// How often it was to be given one: two processors may meet the same socket for the first time.
    claims: u64,
}

/// The ids of listening sockets.
#[btf_map]
static LISTENER_IDS: SkStorage<Own> = SkStorage::new();

/// What is known of all of them.
#[btf_map]
static LISTENER_REGISTRY: Array<Registry, 1, { BPF_F_MMAPABLE as usize }> = Array::new();

/// Ports that sockets listened on at start: the id, or 0 where several sockets share one.
#[btf_map]
static ENDPOINTS: HashMap<Endpoint, u32, LISTENERS_MAX, { BPF_F_NO_PREALLOC as usize }> = HashMap::new();

/// A request is put into the SYN queue of a listener.
#[inline(always)]
pub(crate) fn requested(id: u32) {
    count(id, |listener| &raw mut listener.initial);
}

/// A socket begins to listen, by the hand of `opener`.
#[inline(always)]
pub(crate) fn opened(tp: TcpSock, opener: Opener) {
    if let Some(own) = storage(tp, 0) {
        // It has listened before.
        own.claims = 0;
    }
    register(tp, cookie(tp), 0, opener);
    changed();
}

/// A socket ceases to listen. It may begin again: then it is another row.
#[inline(always)]
pub(crate) fn closed(tp: TcpSock) {
    let Some(own) = storage(tp, u64::from(BPF_SK_STORAGE_GET_F_CREATE)) else {
        return;
    };
    // It fails only for one that is gone already.
    let _ = LISTENERS.remove(own.id as u32);
    own.id = 0;
    // A packet that is still on its way to the socket must not bring it back.
    own.claims = 1;
    ids_changed();
    changed();
}

/// A listening socket received a packet. Returns its id.
#[inline(always)]
pub(crate) fn received(ctx: &SkBuffContext, tp: TcpSock, packet: &Packet) -> u32 {
    let mut id = id_of(tp);
    if id == 0 {
        // It is older than estatsd, in a namespace that nothing but sockets holds: no walk comes there.
        // SAFETY: the packet's socket is this one.
        id = register(
            tp,
            unsafe { bpf_get_socket_cookie(ctx.as_ptr()) },
            Listener::ADOPTED | Listener::UNCLEAR,
            Opener::default(),
        );
        if let Some(listener) = LISTENERS.get_ptr_mut(id) {
            take_stock(tp, listener);
        }
    }
    if packet.flags & (Packet::SYN | Packet::ACK | Packet::RST) == Packet::SYN {
        count(id, |listener| &raw mut listener.syns);
    }
    id
}

/// A connection was made from its listener, of a request or (Fast Open, SYN cookies) without one. Returns who listens, if known.
#[inline(always)]
pub(crate) fn made(record: &Record, requested: bool) -> Opener {
    let Some(listener) = LISTENERS.get_ptr_mut(record.listener) else {
        return Opener::default();
    };
    // SAFETY: a live map value; who listens does not change.
    unsafe {
        if !requested {
            atomic::add(&raw mut (*listener).initial, 1);
        }
        if record.flags & Record::FAST_OPEN != 0 {
            // It is put into the queue for `accept()` at once.
            atomic::add(&raw mut (*listener).queued, 1);
        } else {
            atomic::add(&raw mut (*listener).making, 1);
        }
        (*listener).opener
    }
}

/// The handshake of a connection is complete, and it enters ESTABLISHED.
#[inline(always)]
pub(crate) fn established(record: &Record) {
    count(record.listener, |listener| &raw mut listener.established);
    count(record.listener, |listener| &raw mut listener.present);
    queued(record);
}

/// A connection is in the queue for `accept()`, if it was not from its beginning.
#[inline(always)]
fn queued(record: &Record) {
    if record.flags & Record::FAST_OPEN == 0 {
        count(record.listener, |listener| &raw mut listener.queued);
        add(record.listener, |listener| &raw mut listener.making, -1);
    }
}

/// A connection goes from one state to another that is not ESTABLISHED: its listener is done with it.
#[inline(always)]
pub(crate) fn left(record: &mut Record, old: u8, new: u8) {
    if record.listener == 0 {
        return;
    }
    if record.cookie != 0 {
        add(record.listener, |listener| &raw mut listener.present, -1);
    } else if record.flags & Record::FAST_OPEN == 0 {
        // Its request stays, or there is no room for it.
        add(record.listener, |listener| &raw mut listener.making, -1);
    } else if new == state::FIN_WAIT1 {
        // Closed by a server of Fast Open before the handshake was complete.
        return;
    } else if old == state::FIN_WAIT1 && new != state::CLOSE {
        // Here it is complete, and there will be no ESTABLISHED.
        count(record.listener, |listener| &raw mut listener.established);
    }
    record.listener = 0;
}

/// Takes in a socket that listened before estatsd did, with its lock held: meanwhile nothing is accepted.
#[inline(always)]
pub(crate) fn adopt(tp: TcpSock) {
    if id_of(tp) != 0 {
        return;
    }
    let id = register(tp, cookie(tp), Listener::ADOPTED, Opener::default());
    let Some(listener) = LISTENERS.get_ptr_mut(id) else {
        return;
    };
    take_stock(tp, listener);
    let mut endpoint = tp.local_endpoint();
    if load_bits!(tp.as_ptr(), skc_ipv6only) != 0 && endpoint.address == Endpoint::ANY {
        endpoint.port |= Endpoint::IPV6_ONLY;
    }
    if ENDPOINTS.insert(endpoint, id, u64::from(BPF_NOEXIST)).is_err() {
        unclear(listener);
        // SAFETY: nobody takes an id out of this map.
        if let Some(other) = unsafe { ENDPOINTS.get(endpoint) }
            && let Some(listener) = LISTENERS.get_ptr_mut(*other)
        {
            unclear(listener);
        }
        let _ = ENDPOINTS.insert(endpoint, 0, u64::from(BPF_ANY));
    }
}

/// Finds the listener of a connection in ESTABLISHED that is older than estatsd, by its local end.
#[inline(always)]
pub(crate) fn claim(tp: TcpSock, record: &mut Record) {
    if record.listener != 0 || record.flags & Record::ACTIVE != 0 {
        return;
    }
    let mut endpoint = tp.local_endpoint();
    let mut id = listening_at(&endpoint);
    if id.is_none() && endpoint.address[..12] == Endpoint::ANY_IPV4[..12] {
        endpoint.address = Endpoint::ANY_IPV4;
        id = listening_at(&endpoint);
    } else if id.is_none() {
        endpoint.address = Endpoint::ANY;
        endpoint.port |= Endpoint::IPV6_ONLY;
        id = listening_at(&endpoint);
        endpoint.port &= !Endpoint::IPV6_ONLY;
    }
    if id.is_none() {
        endpoint.address = Endpoint::ANY;
        id = listening_at(&endpoint);
    }
    if let Some(id) = id {
        record.listener = id;
        count(id, |listener| &raw mut listener.present);
    }
}

/// Notes what is in the queues of a socket that has just been registered.
#[inline(always)]
fn take_stock(tp: TcpSock, listener: *mut Listener) {
    // SAFETY: a live map value. What has come since the registration is in both counts.
    unsafe {
        let queued = ptr::read_volatile(&raw const (*listener).queued);
        let initial = ptr::read_volatile(&raw const (*listener).initial);
        let waiting = u64::from(load!(tp.as_ptr(), sk_ack_backlog: u32)).wrapping_sub(queued);
        let half_open = u64::from(load!(tp.as_ptr(), reqsk_qlen: u32)).wrapping_sub(initial.wrapping_sub(queued));
        atomic::add(&raw mut (*listener).queued, waiting);
        atomic::add(&raw mut (*listener).before, waiting.wrapping_add(half_open));
    }
}

#[inline(always)]
fn listening_at(endpoint: &Endpoint) -> Option<u32> {
    // SAFETY: ids are copied out.
    unsafe { ENDPOINTS.get(endpoint).copied() }
}

#[inline(always)]
fn unclear(listener: *mut Listener) {
    // SAFETY: a live map value. Its flags are written here only, one socket after the other.
    unsafe { (*listener).flags |= Listener::UNCLEAR };
}

/// Gives a socket an id and counters. Returns the id; 0 when there is no room.
#[inline(always)]
fn register(tp: TcpSock, cookie: u64, flags: u32, opener: Opener) -> u32 {
    let Some(registry) = LISTENER_REGISTRY.get_ptr_mut(0) else {
        return 0;
    };
    let Some(own) = storage(tp, u64::from(BPF_SK_STORAGE_GET_F_CREATE)) else {
        return 0;
    };
    // SAFETY: the socket's storage.
    if unsafe { atomic::fetch_add_one(&raw mut own.claims) } != 0 {
        return own.id as u32;
    }
    // SAFETY: a live map value. Ids of 32 bits last for four billion calls of `listen()`.
    let id = unsafe { atomic::fetch_add_one(&raw mut (*registry).last_id) } as u32 + 1;
    let listener = Listener {
        cookie,
        sk: tp.as_ptr() as u64,
        start_ns: now_ns(),
        netns: load!(tp.net(), net_inum: u32),
        flags,
        opener,
        id,
        ..Listener::default()
    };
    if LISTENERS.insert(id, listener, u64::from(BPF_NOEXIST)).is_err() {
        // SAFETY: a live map value.
        unsafe { atomic::add(&raw mut (*registry).refused, 1) };
        return 0;
    }
    own.id = u64::from(id);
    ids_changed();
    id
}

/// Tells the daemon that the ids which it knows are not all there are.
#[inline(always)]
fn ids_changed() {
    if let Some(registry) = LISTENER_REGISTRY.get_ptr_mut(0) {
        // SAFETY: a live map value.
        unsafe { atomic::add(&raw mut (*registry).changes, 1) };
    }
}

/// Notes that a socket began to listen or ceased to.
#[inline(always)]
fn changed() {
    if let Some(registry) = LISTENER_REGISTRY.get_ptr_mut(0) {
        // SAFETY: a live map value; of two changes at once either time is as good.
        unsafe { ptr::write_volatile(&raw mut (*registry).last_change_ns, now_ns()) };
    }
}

#[inline(always)]
fn cookie(tp: TcpSock) -> u64 {
    // SAFETY: a socket that the verifier trusts.
    unsafe { bpf_get_socket_cookie(tp.as_ptr()) }
}

#[inline(always)]
fn id_of(tp: TcpSock) -> u32 {
    storage(tp, 0).map_or(0, |own| own.id as u32)
}

#[inline(always)]
fn storage(tp: TcpSock, flags: u64) -> Option<&'static mut Own> {
    // SAFETY: both are what the helper wants; the storage outlives the program's run.
    unsafe {
        bpf_sk_storage_get(
            (&raw const LISTENER_IDS).cast_mut().cast(),
            tp.as_ptr(),
            ptr::null_mut(),
            flags,
        )
        .cast::<Own>()
        .as_mut()
    }
}

/// Counts one more.
#[inline(always)]
fn count(id: u32, counter: impl FnOnce(&mut Listener) -> *mut u64) {
    add(id, counter, 1);
}

#[inline(always)]
fn add(id: u32, counter: impl FnOnce(&mut Listener) -> *mut u64, amount: i64) {
    if id != 0
        && let Some(listener) = LISTENERS.get_ptr_mut(id)
    {
        // SAFETY: a live map value, which others write atomically as well.
        unsafe { atomic::add(counter(&mut *listener), amount.cast_unsigned()) };
    }
}

/// The counters of a listening socket, for the read.
#[inline(always)]
pub(crate) fn counters(id: u32) -> Option<*const Listener> {
    LISTENERS.get_ptr(id)
}
