//! Options that both ends have to agree on (`TcpEStatsNegotiated` in the MIB).

use estats_protocol::Value;
use estatsd_ebpf::Record;

use super::View;

const ENABLED: Value = Value::S32(1);
const SELF_DISABLED: Value = Value::S32(2);
const PEER_DISABLED: Value = Value::S32(3);

/// Flags in `ecn_flags`: ECN as in RFC 3168, and, on kernels that have it, Accurate ECN.
const ECN_NEGOTIATED: u32 = 0x01 | 0x10;

fn unless_enabled(enabled: bool, offered: bool) -> Value {
    match (enabled, offered) {
        (true, _) => ENABLED,
        (false, true) => PEER_DISABLED,
        (false, false) => SELF_DISABLED,
    }
}

pub(super) fn timestamps(view: &View<'_>) -> Value {
    unless_enabled(
        view.sample.tstamp_ok,
        view.record().flags & Record::TIMESTAMPS_ALLOWED != 0,
    )
}

pub(super) fn sack(view: &View<'_>) -> Option<Value> {
    let enabled = view.socket().u32(view.layout().sack_ok)? & 1 == 1;
    Some(unless_enabled(enabled, view.record().flags & Record::SACK_ALLOWED != 0))
}

/// The sysctl asks for ECN on active opens with 1, 3 and 4, and accepts it on passive ones unless it is 0.
pub(super) fn ecn(view: &View<'_>) -> Option<Value> {
    let enabled = view.socket().u32(view.layout().ecn_flags)? & ECN_NEGOTIATED != 0;
    if enabled {
        return Some(ENABLED);
    }
    let setting = view.record().sysctl_ecn;
    let offered = if view.active()? {
        matches!(setting, 1 | 3 | 4)
    } else {
        setting != 0
    };
    Some(unless_enabled(false, offered))
}

/// The window scale that we offered. The kernel forgets it when the peer offers none; then what our SYN said counts.
pub(super) fn scale_sent(view: &View<'_>) -> Option<Value> {
    let scale = i32::try_from(view.socket().u32(view.layout().rcv_wscale)?).ok()?;
    Some(Value::S32(if in_force(view)? {
        scale
    } else {
        i32::from(view.record().scale_offered) - 1
    }))
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
