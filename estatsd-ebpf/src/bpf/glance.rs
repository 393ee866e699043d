//! A look at many connections: run by the daemon, attached to nothing, with addresses as for `read`.

use core::mem::offset_of;

use aya_ebpf::{
    bindings::BPF_F_MMAPABLE,
    btf_maps::Array,
    macros::{btf_map, raw_tracepoint},
    programs::RawTracePointContext,
};
use estatsd_ebpf::{
    Record,
    arrival::{Arrival, Clocks},
    glance::{GLANCES, Glance, Head},
    send_limits::SendLimits,
};

use crate::{
    kernel::offset,
    read::{copy, word},
};

/// What `glance` looks at, mapped by the daemon.
#[btf_map]
static LOOKED_AT: Array<[Glance; GLANCES], 1, { BPF_F_MMAPABLE as usize }> = Array::new();

/// Looks at the first connections, as many as argument 0 says.
#[raw_tracepoint]
fn glance(ctx: RawTracePointContext) -> i32 {
    let count = ctx.arg::<u64>(0) as usize;
    let Some(all) = LOOKED_AT.get_ptr_mut(0) else { return 1 };
    for index in 0..GLANCES {
        if index >= count {
            break;
        }
        // SAFETY: a live map value, and an element of it.
        unsafe { look(&mut (*all)[index]) };
    }
    0
}

#[inline(always)]
fn look(at: &mut Glance) {
    let mut head = Head::default();
    let mut arrival = Arrival::NOTED;
    let place = at.record + (offset_of!(Record, send_limits) + offset_of!(SendLimits, arrival)) as u64;
    // SAFETY: both destinations have the size that is read; sources are checked by the helper.
    let there = unsafe {
        copy((&raw mut head).cast(), size_of::<Head>() as u32, at.record)
            && copy((&raw mut arrival).cast(), size_of::<Arrival>() as u32, place)
    };
    let sk = at.sk;
    at.last_ns = if there && head.cookie == at.cookie {
        head.last(arrival, || {
            // SAFETY: the sources are checked by the helper.
            unsafe {
                Clocks {
                    now_ns: 0,
                    tcp_ns: word(sk, offset!(tcp_clock_cache)),
                    delivered_ns: word(sk, offset!(delivered_mstamp)) * 1000,
                }
            }
        })
    } else {
        0
    };
}
