//! Walks over the TCP sockets of the reader's network namespace.

use core::ffi::c_void;

use aya_ebpf::{
    bindings::{BPF_F_MMAPABLE, seq_file},
    btf_maps::Array,
    helpers::generated::{bpf_get_socket_cookie, bpf_seq_write, bpf_setsockopt},
    macros::btf_map,
};
use estatsd_ebpf::{
    Control, Event, Record,
    event::{OPEN, Tune},
};

use crate::{
    control::control,
    kernel::{TcpSock, state},
    lifecycle, listener, storage,
};

const SOL_TCP: i32 = 6;

/// The write that the daemon wants, and its result.
#[btf_map]
static TUNE: Array<Tune, 1, { BPF_F_MMAPABLE as usize }> = Array::new();

/// `struct bpf_iter__tcp`.
#[repr(C)]
struct IterTcp {
    meta: *const *mut seq_file,
    sk_common: *mut c_void,
}

/// Makes records for connections that have none and writes an [`Event`] for every connection.
#[unsafe(no_mangle)]
#[unsafe(link_section = "iter/tcp")]
extern "C" fn adopt(ctx: *const IterTcp) -> i32 {
    let Some((seq, tp)) = visited(ctx) else { return 0 };
    let current = tp.state();
    if current != state::ESTABLISHED && !state::closing(current) {
        return 0;
    }
    let Some((record, opener)) = lifecycle::discover(tp) else {
        return 0;
    };
    if current == state::ESTABLISHED {
        listener::claim(tp, record);
    }
    let mut event = Event::default();
    lifecycle::describe(tp, record, OPEN, &mut event);
    event.opened_by(&opener);
    // SAFETY: the event is initialised and without padding; `seq` is the iterator's own file.
    unsafe { bpf_seq_write(seq, (&raw const event).cast(), size_of::<Event>() as u32) };
    0
}

/// Takes in the listening sockets that have no counters. The kernel has them in a table of their own, which it walks first, so the first
/// other socket ends it: an octet says so.
#[unsafe(no_mangle)]
#[unsafe(link_section = "iter/tcp")]
extern "C" fn adopt_listener(ctx: *const IterTcp) -> i32 {
    if let Some((seq, tp)) = visited(ctx) {
        if tp.state() == state::LISTEN {
            listener::adopt(tp);
        } else {
            let end = 0u8;
            // SAFETY: the octet is initialised; `seq` is the iterator's own file.
            unsafe { bpf_seq_write(seq, (&raw const end).cast(), 1) };
        }
    }
    0
}

/// Accounts for everything that happened before a table was switched on.
#[unsafe(no_mangle)]
#[unsafe(link_section = "iter/tcp")]
extern "C" fn settle(ctx: *const IterTcp) -> i32 {
    let control = control();
    if let Some((tp, record)) = outdated(ctx, control) {
        record.settle(&tp.sample(), control.were);
    }
    0
}

/// Has the records count for tables that were switched on last. A program of its own: together with `settle` there are more paths
/// through it than the verifier follows.
#[unsafe(no_mangle)]
#[unsafe(link_section = "iter/tcp")]
extern "C" fn restart(ctx: *const IterTcp) -> i32 {
    let control = control();
    if let Some((tp, record)) = outdated(ctx, control) {
        record.restart(control.were, control.tables, &tp.sample(), &tp.announced());
        record.generation = control.generation;
    }
    0
}

/// The visited connection, if its record counts for the tables that were on before the last switch. Records that an earlier walk
/// did not reach are left alone: what they would show is not known.
#[inline(always)]
fn outdated(ctx: *const IterTcp, control: Control) -> Option<(TcpSock, &'static mut Record)> {
    let (_, tp) = visited(ctx)?;
    let record = storage::get(tp)?;
    let outdated = record.cookie != 0 && record.generation.wrapping_add(1) == control.generation;
    outdated.then_some((tp, record))
}

/// Sets the option in [`TUNE`] on the socket with the cookie in it.
#[unsafe(no_mangle)]
#[unsafe(link_section = "iter/tcp")]
extern "C" fn tune(ctx: *const IterTcp) -> i32 {
    let Some((_, tp)) = visited(ctx) else { return 0 };
    let Some(wanted) = TUNE.get_ptr_mut(0) else { return 0 };
    // SAFETY: a live map value; a socket that the verifier trusts; the option's value is an int.
    unsafe {
        if (*wanted).cookie == bpf_get_socket_cookie(tp.as_ptr()) {
            let mut value = (*wanted).value;
            (*wanted).result = bpf_setsockopt(
                tp.as_ptr(),
                SOL_TCP,
                (*wanted).option.cast_signed(),
                (&raw mut value).cast(),
                4,
            ) as i32;
            (*wanted).found = 1;
        }
    }
    0
}

/// The socket that an iterator program is called for; none at the end of the walk.
#[inline(always)]
fn visited(ctx: *const IterTcp) -> Option<(*mut seq_file, TcpSock)> {
    // SAFETY: the context of an iterator over TCP sockets; the verifier checks the accesses.
    let (seq, sk) = unsafe { (*(*ctx).meta, (*ctx).sk_common) };
    if sk.is_null() {
        return None;
    }
    TcpSock::from_sock(sk).map(|tp| (seq, tp))
}
