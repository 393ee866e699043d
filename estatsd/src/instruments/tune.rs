//! `tcpEStatsTuneTable`: limits that a client may set.

use estats_protocol::Value;
use estats_spec::Id;

use super::View;

pub(super) fn value(id: Id, view: &View<'_>) -> Option<Value> {
    let l = view.layout();
    match id {
        // Without a limit the kernel's clamp is so large that its octets do not fit, and the value is the largest there is.
        Id::LimCwnd => view
            .socket()
            .u32(l.snd_cwnd_clamp)
            .map(|segments| view.octets(segments)),
        Id::LimRwin => view.u32(l.window_clamp),
        Id::LimMSS => view.u32(l.mss_clamp),
        _ => None,
    }
}
