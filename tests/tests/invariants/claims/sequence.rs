//! Sequence numbers, which both ends number alike (RFC 9293, 3.4): the SYN is the first, the FIN the last.

use estats_spec::Id;

use crate::case::{Claim, View};

/// How far one sequence number of mine is ahead of another; negative where it is behind.
fn ahead(view: &View<'_>, of: Id, than: Id) -> Option<i64> {
    Some(distance(view.my(of)?, view.my(than)?))
}

fn distance(of: i64, than: i64) -> i64 {
    let forward = (of - than).rem_euclid(1 << 32);
    if forward < 1 << 31 {
        forward
    } else {
        forward - (1 << 32)
    }
}

pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        says: "the peer's initial sequence number is the one that it began with",
        holds: |view| Some(view.my(Id::RecInitial)? == view.peers(Id::SndInitial)?),
    },
    Claim {
        says: "SYN, the octets written and FIN lie between SndInitial and SndMax",
        holds: |view| {
            view.orderly()
                .then_some(ahead(view, Id::SndMax, Id::SndInitial)? == view.written() + 2)
        },
    },
    Claim {
        says: "SYN, the octets read and FIN lie between RecInitial and RcvNxt",
        holds: |view| {
            view.orderly()
                .then_some(ahead(view, Id::RcvNxt, Id::RecInitial)? == view.read() + 2)
        },
    },
    Claim {
        says: "in the end all that was sent is acknowledged",
        holds: |view| view.orderly().then_some(view.my(Id::SndUna)? == view.my(Id::SndMax)?),
    },
    Claim {
        says: "SndUna is not ahead of SndNxt, nor SndNxt of SndMax",
        holds: |view| Some(ahead(view, Id::SndNxt, Id::SndUna)? >= 0 && ahead(view, Id::SndMax, Id::SndNxt)? >= 0),
    },
    // But for a FIN that was acknowledged in TIME-WAIT.
    Claim {
        says: "the peer expects no earlier octet than the oldest that is unacknowledged",
        holds: |view| Some(distance(view.peers(Id::RcvNxt)? + 1, view.my(Id::SndUna)?) >= 0),
    },
    Claim {
        says: "the peer expects no octet that was not sent",
        holds: |view| Some(distance(view.my(Id::SndMax)?, view.peers(Id::RcvNxt)?) >= 0),
    },
];
