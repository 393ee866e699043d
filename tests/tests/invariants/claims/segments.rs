//! Segments are conserved, between the two sockets and the router that counts them on their way.

use estats_spec::Id;

use crate::case::{Claim, View};
use crate::plan::Ending;

/// All that came from the peer, the SYN-ACK apart, its socket has sent.
fn all_by_socket(view: &View<'_>) -> Option<bool> {
    let flow = &view.peer.flow;
    Some(flow.sent.all() - flow.sent_syn_ack == view.peers(Id::SegsOut)?)
}

pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        says: "the segments sent with payload are those that came to the router",
        holds: |view| (view.case.strays == 0).then_some(view.my(Id::DataSegsOut)? == view.me.flow.sent.full),
    },
    // SYN-ACKs are the listener's. What else a host sends without the socket (from TIME-WAIT, or to refuse a segment) answers a segment
    // that did not come to the socket, one by one. A socket that is about to be reset may refuse one that did.
    Claim {
        says: "the segments sent are those that came to the router, but for answers to segments that the socket never got",
        holds: |view| {
            let refused = matches!(view.case.outcome.plan.ending, Ending::Reset(_) | Ending::Unread(_));
            let others = view.me.flow.sent.all() - view.me.flow.sent_syn_ack - view.my(Id::SegsOut)?;
            let most = view.missed()? + i64::from(refused);
            (view.case.strays == 0).then_some((0..=most).contains(&others))
        },
    },
    Claim {
        says: "no more segments are received than left the router",
        holds: |view| Some(view.missed()? >= 0),
    },
    // Where nothing is lost, repeated or overtaken, nothing comes after the last segment of the connection.
    Claim {
        says: "all segments that left the router are received",
        holds: |view| {
            let repeated = view.my(Id::SegsRetrans)? + view.peers(Id::SegsRetrans)?;
            let exact = view.case.conditions.calm() && view.case.strays == 0 && view.orderly() && repeated == 0;
            (exact && view.me.flow.sent_syn_ack <= 1).then_some(view.missed()? == 0)
        },
    },
    Claim {
        says: "the segments received with payload are those that left the router and reached the socket",
        holds: |view| {
            let missed = view.peer.flow.passed.full - view.my(Id::DataSegsIn)?;
            Some((0..=view.missed()?).contains(&missed))
        },
    },
    Claim {
        says: "segments with payload are segments",
        holds: |view| {
            Some(
                view.my(Id::DataSegsOut)? <= view.my(Id::SegsOut)?
                    && view.my(Id::DataSegsIn)? <= view.my(Id::SegsIn)?,
            )
        },
    },
    Claim {
        says: "no more segments are repeated than sent, SYN-ACKs included",
        holds: |view| Some(view.my(Id::SegsRetrans)? <= view.my(Id::SegsOut)? + view.me.flow.sent_syn_ack),
    },
    // What a host sends without the socket has the host's own TTL and TOS.
    Claim {
        says: "the latest packet came with the TTL that the peer's socket has, one router away",
        holds: |view| {
            let sent = view.case.outcome.plan.options(view.peer.side).ttl.map_or(64, i64::from);
            all_by_socket(view)?.then_some(view.my(Id::IpTtl)? == sent - 1)
        },
    },
    Claim {
        says: "an octet of TOS arrives as it was sent, its ECN bits apart",
        holds: |view| all_by_socket(view)?.then_some(view.my(Id::IpTosIn)? & !3 == view.peers(Id::IpTosOut)? & !3),
    },
];
