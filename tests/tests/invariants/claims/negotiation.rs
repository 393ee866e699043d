//! What the two ends agreed on in their SYNs.

use estats_spec::Id;

use crate::case::{Claim, View};

/// `TcpEStatsNegotiated` of an option that each end has switched on or off.
fn negotiated(mine: bool, peers: bool) -> i64 {
    match (mine, peers) {
        (true, true) => 1,
        (false, _) => 2,
        (true, false) => 3,
    }
}

/// The SYN and its answer were sent once and arrived.
fn plain_handshake(view: &View<'_>) -> bool {
    let (client, server) = if view.is_client() {
        (view.me, view.peer)
    } else {
        (view.peer, view.me)
    };
    client.flow.sent_syn == 1 && server.flow.sent_syn_ack == 1
}

pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        says: "timestamps are used if both ends have them switched on",
        holds: |view| {
            let [mine, peers] = [view.me, view.peer].map(|end| view.case.conditions.settings(end.side).timestamps);
            Some(view.my(Id::TimeStamps)? == negotiated(mine, peers))
        },
    },
    Claim {
        says: "SACK is used if both ends have it switched on",
        holds: |view| {
            let [mine, peers] = [view.me, view.peer].map(|end| view.case.conditions.settings(end.side).sack);
            let value = negotiated(mine, peers);
            Some(view.my(Id::WillSendSACK)? == value && view.my(Id::WillUseSACK)? == value)
        },
    },
    // RFC 3168, 6.1.1.1: a SYN that is sent again asks for it no more.
    Claim {
        says: "ECN is used if the client asks for it and the server agrees to it",
        holds: |view| {
            let [mine, peers] = [view.me, view.peer].map(|end| view.case.conditions.settings(end.side).ecn);
            let offers = |client, ecn| if client { ecn == 1 } else { ecn != 0 };
            let value = negotiated(offers(view.is_client(), mine), offers(!view.is_client(), peers));
            plain_handshake(view).then_some(view.my(Id::ECN)? == value)
        },
    },
    Claim {
        says: "a window scale is received as it was sent",
        holds: |view| {
            let heeded = view.case.conditions.settings(view.me.side).window_scaling;
            heeded.then_some(view.my(Id::WinScaleRcvd)? == view.peers(Id::WinScaleSent)?)
        },
    },
    Claim {
        says: "the peer's segment size is received as it was sent, as far as it binds this end",
        holds: |view| {
            let own = view
                .case
                .outcome
                .plan
                .options(view.me.side)
                .mss
                .map_or(i64::MAX, i64::from);
            Some(view.my(Id::MSSRcvd)? == view.peers(Id::MSSSent)?.min(own))
        },
    },
    Claim {
        says: "segments are no larger than the peer accepts",
        holds: |view| Some(view.my(Id::MaxMSS)? <= view.peers(Id::MSSSent)?),
    },
];
