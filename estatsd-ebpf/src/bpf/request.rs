//! Requests: connections whose handshake is not complete.

use core::mem;

use aya_ebpf::{
    EbpfContext as _,
    bindings::{BPF_F_CURRENT_NETNS, BPF_SOCK_OPS_TIMEOUT_INIT, bpf_sock_tuple},
    helpers::generated::{bpf_sk_release, bpf_skb_load_bytes, bpf_skc_lookup_tcp},
    macros::sock_ops,
    programs::{SkBuffContext, SockOpsContext},
};

use crate::{kernel::state, listener, packets};

/// What a `sock_ops` program answers: go on.
const CONTINUE: u32 = 1;

/// A listener has set up state for a request and is about to queue it. With SYN cookies it does neither.
#[sock_ops]
fn request(ctx: SockOpsContext) -> u32 {
    // SAFETY: a field of the context; the verifier checks the access.
    let connection = unsafe { (*ctx.ops).is_fullsock } != 0;
    if ctx.op() == BPF_SOCK_OPS_TIMEOUT_INIT && !connection {
        // The SYN was seen on this processor and just now.
        listener::requested(packets::current_listener());
    }
    CONTINUE
}

/// The listener has a request of the peer that a packet comes from.
#[inline(always)]
pub(crate) fn exists(ctx: &SkBuffContext, ipv4: bool, tcp: u32) -> bool {
    // SAFETY: plain numbers.
    let mut tuple: bpf_sock_tuple = unsafe { mem::zeroed() };
    let skb = ctx.as_ptr();
    // SAFETY: each load has a constant size that fits; a socket that was found is given back.
    unsafe {
        let found = if ipv4 {
            let ends = &mut tuple.__bindgen_anon_1.ipv4;
            bpf_skb_load_bytes(skb, IPV4_ADDRESSES, (&raw mut ends.saddr).cast(), 8);
            bpf_skb_load_bytes(skb, tcp, (&raw mut ends.sport).cast(), 4);
            bpf_skc_lookup_tcp(skb, &raw mut tuple, 12, OWN_NAMESPACE, 0)
        } else {
            let ends = &mut tuple.__bindgen_anon_1.ipv6;
            bpf_skb_load_bytes(skb, IPV6_ADDRESSES, (&raw mut ends.saddr).cast(), 32);
            bpf_skb_load_bytes(skb, tcp, (&raw mut ends.sport).cast(), 4);
            bpf_skc_lookup_tcp(skb, &raw mut tuple, 36, OWN_NAMESPACE, 0)
        };
        if found.is_null() {
            return false;
        }
        let request = (*found).state == u32::from(state::NEW_SYN_RECV);
        bpf_sk_release(found.cast());
        request
    }
}

/// The namespace of the packet.
const OWN_NAMESPACE: u64 = BPF_F_CURRENT_NETNS.cast_unsigned() as u64;

// Where the addresses are in the headers, source and destination side by side.
const IPV4_ADDRESSES: u32 = 12;
const IPV6_ADDRESSES: u32 = 8;
