//! Explicit congestion notification (RFC 3168): marks of the router, their echo, and what the sender makes of it.

use estats_spec::Id;

use crate::case::Claim;

/// `TcpEStatsNegotiated`.
const ENABLED: i64 = 1;

pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        says: "the marks received are those of the router, as far as they reached the socket",
        holds: |view| {
            let missed = view.peer.flow.passed_ce - view.my(Id::CERcvd)?;
            Some((0..=view.missed()?).contains(&missed))
        },
    },
    Claim {
        says: "the ECN signals are the segments with ECE that left the router, as far as they reached the socket",
        holds: |view| {
            let missed = view.peer.flow.passed_ece - view.my(Id::ECNsignals)?;
            (view.my(Id::ECN)? == ENABLED).then_some((0..=view.missed()?).contains(&missed))
        },
    },
    Claim {
        says: "without agreement there is neither signal nor echo",
        holds: |view| {
            let any = view.my(Id::ECNsignals)? + view.my(Id::ECESent)?;
            (view.my(Id::ECN)? != ENABLED).then_some(any == 0)
        },
    },
    Claim {
        says: "a signal comes from a peer that sent an echo",
        holds: |view| Some(view.my(Id::ECNsignals)? == 0 || view.peers(Id::ECESent)? > 0),
    },
    // ECE is set by a mark and cleared by CWR; it takes another mark to set it again.
    Claim {
        says: "each time that the echo begins, a mark has been received",
        holds: |view| Some(view.my(Id::ECESent)? <= view.my(Id::CERcvd)?),
    },
];
