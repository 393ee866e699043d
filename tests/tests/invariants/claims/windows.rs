//! Receive windows, as announced at one end and received at the other.

use estats_spec::Id;

use crate::case::Claim;

pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        says: "the largest window received is none larger than the largest that the peer announced",
        holds: |view| Some(view.my(Id::MaxRwinRcvd)? <= view.peers(Id::MaxRwinSent)?),
    },
    // An announcement may get lost, and with it the end of one closed window before the next. An old one that comes late tells of a
    // closed window once more.
    Claim {
        says: "the window is received closed no more often than it was announced so",
        holds: |view| {
            let late = view.case.conditions.reorders(view.peer.side);
            (!late).then_some(view.my(Id::ZeroRwinRcvd)? <= view.peers(Id::ZeroRwinSent)?)
        },
    },
    Claim {
        says: "a window is received closed only if it was announced so",
        holds: |view| Some(view.my(Id::ZeroRwinRcvd)? == 0 || view.peers(Id::ZeroRwinSent)? > 0),
    },
    // RFC 9293, 3.8: what is sent lies within the window. While no hole is suspected, all that is sent and unacknowledged is in the pipe.
    Claim {
        says: "the pipe never held more than the largest window",
        holds: |view| {
            let holes = view.my(Id::SegsRetrans)? + view.my(Id::DupAcksIn)? + view.my(Id::SACKsRcvd)?;
            (holes == 0).then_some(view.my(Id::MaxPipeSize)? <= view.my(Id::MaxRwinRcvd)?)
        },
    },
];
