//! The read of one listening socket: run by the daemon, attached to nothing.

use aya_ebpf::{
    bindings::BPF_F_MMAPABLE,
    btf_maps::Array,
    macros::{btf_map, raw_tracepoint},
    programs::RawTracePointContext,
};
use estatsd_ebpf::{
    Listener,
    snapshot::{IMAGE_MAX, ListenerSnapshot, REQUESTS_PER_RUN},
};

use crate::{
    kernel::{fact, offset, present, state},
    listener,
    read::{copy, owner, word},
};

/// Where both programs leave their results, mapped by the daemon.
#[btf_map]
static LISTENER_SNAPSHOT: Array<ListenerSnapshot, 1, { BPF_F_MMAPABLE as usize }> = Array::new();

/// Copies the listening socket with the id in argument 0. Returns 0, or 1 when it is gone.
#[raw_tracepoint]
fn read_listener(ctx: RawTracePointContext) -> i32 {
    let Some(out) = LISTENER_SNAPSHOT.get_ptr_mut(0) else {
        return 1;
    };
    let Some(listener) = listener::counters(ctx.arg::<u64>(0) as u32) else {
        return 1;
    };
    let size = fact!(Offset of tcp_sock_size);
    if size > IMAGE_MAX as u64 {
        return 1;
    }
    // SAFETY: live map values; the image has room for so much; the source is checked by the helper.
    unsafe {
        count(&raw mut (*out).before, listener);
        let sk = (*out).before.sk;
        if !copy((&raw mut (*out).image).cast(), size as u32, sk) {
            return 1;
        }
        count(&raw mut (*out).after, listener);
        (*out).next = word(sk, offset!(rskq_accept_head));
        (*out).waiting = 0;
        (*out).gid = owner(sk, offset!(socket_alloc_gid));
        (*out).cgroup = 0;
        if present!(sk_cgroup) && present!(cgroup_kn) && present!(kernfs_id) {
            // A NULL on the way gives zeros.
            let directory = word(word(sk, offset!(sk_cgroup)), offset!(cgroup_kn));
            (*out).cgroup = word(directory, offset!(kernfs_id));
        }
    }
    0
}

/// Copies what was counted, from what comes last in a connection's life to what comes first: no copy has more connections in a later
/// step than in an earlier one, whatever is counted meanwhile.
///
/// # Safety
///
/// Both are live map values.
#[inline(always)]
unsafe fn count(to: *mut Listener, from: *const Listener) {
    // SAFETY: the caller vouches for both.
    unsafe {
        *to = from.read_volatile();
        (*to).queued = (&raw const (*from).queued).read_volatile();
        (*to).present = (&raw const (*from).present).read_volatile();
        (*to).established = (&raw const (*from).established).read_volatile();
        (*to).initial = (&raw const (*from).initial).read_volatile();
        (*to).syns = (&raw const (*from).syns).read_volatile();
    }
}

/// Counts on in the queue for `accept()` from `next` of the snapshot.
#[raw_tracepoint]
fn read_backlog(_ctx: RawTracePointContext) -> i32 {
    let Some(out) = LISTENER_SNAPSHOT.get_ptr_mut(0) else {
        return 1;
    };
    // SAFETY: a live map value; addresses that are stale by now cannot fault, and give zeros.
    unsafe {
        let mut request = (*out).next;
        for _ in 0..REQUESTS_PER_RUN {
            if request == 0 {
                break;
            }
            let connection = word(request, offset!(req_sk));
            if word(connection, offset!(skc_state)) as u8 == state::ESTABLISHED {
                (*out).waiting += 1;
            }
            request = word(request, offset!(req_dl_next));
        }
        (*out).next = request;
    }
    0
}
