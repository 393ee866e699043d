//! Options that both ends have to agree on (`TcpEStatsNegotiated` in the MIB).

use estats_protocol::Value;
use estatsd_ebpf::Record;

use super::View;

const ENABLED: Value = Value::S32(1);
const SELF_DISABLED: Value = Value::S32(2);
const PEER_DISABLED: Value = Value::S32(3);

/// Flags in `ecn_flags`: ECN as in RFC 3168, and, on kernels that have it, Accurate ECN.
const ECN_NEGOTIATED: u32 = 0x01 | 0x10;

/// Absent for an option that is not in use on a connection whose handshake nobody saw: either end may have been without it.
fn unless_enabled(view: &View<'_>, enabled: bool, offered: bool) -> Option<Value> {
    match (enabled, offered) {
        (true, _) => Some(ENABLED),
        _ if unseen(view) => None,
        (false, true) => Some(PEER_DISABLED),
        (false, false) => Some(SELF_DISABLED),
    }
}

/// Nobody saw the handshake, here at least.
fn unseen(view: &View<'_>) -> bool {
    view.record().flags & (Record::ADOPTED | Record::RESTORED) != 0
}

pub(super) fn timestamps(view: &View<'_>) -> Option<Value> {
    unless_enabled(
        view,
        view.sample.tstamp_ok,
        view.record().flags & Record::TIMESTAMPS_ALLOWED != 0,
    )
}

pub(super) fn sack(view: &View<'_>) -> Option<Value> {
    let enabled = view.socket().u32(view.layout().sack_ok)? & 1 == 1;
    unless_enabled(view, enabled, view.record().flags & Record::SACK_ALLOWED != 0)
}

pub(super) fn ecn(view: &View<'_>) -> Option<Value> {
    let enabled = view.socket().u32(view.layout().ecn_flags)? & ECN_NEGOTIATED != 0;
    if enabled {
        return Some(ENABLED);
    }
    let wanted = if view.active()? {
        Record::ECN_REQUESTED
    } else {
        Record::ECN_ACCEPTED
    };
    unless_enabled(view, false, view.record().flags & wanted != 0)
}

/// The window scale that we offered. The kernel forgets it when the peer offers none; then what our SYN said counts, if it was
/// seen. An end that accepts only answers an offer.
pub(super) fn scale_sent(view: &View<'_>) -> Option<Value> {
    let scale = i32::try_from(view.socket().u32(view.layout().rcv_wscale)?).ok()?;
    if in_force(view)? {
        return Some(Value::S32(scale));
    }
    let offered = view.record().scale_offered;
    let unknown = offered == 0 && unseen(view) && view.active() != Some(false);
    (!unknown).then(|| Value::S32(i32::from(offered) - 1))
}

/// The window scale that the peer offered; -1 when it offered none, or when we had none to answer with.
pub(super) fn scale_received(view: &View<'_>) -> Option<Value> {
    let scale = i32::try_from(view.socket().u32(view.layout().snd_wscale)?).ok()?;
    Some(Value::S32(if in_force(view)? { scale } else { -1 }))
}

/// Both ends scale their windows.
fn in_force(view: &View<'_>) -> Option<bool> {
    Some(view.socket().u32(view.layout().wscale_ok)? != 0)
}
