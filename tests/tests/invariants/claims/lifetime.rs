//! When a connection was, and how it was opened and closed.

use estats_spec::Id;

use crate::case::{Claim, View};

/// From the first segment to the last, microseconds.
pub(super) fn elapsed_us(view: &View<'_>) -> Option<i64> {
    Some(view.my(Id::ElapsedSecs)? * 1_000_000 + view.my(Id::ElapsedMicroSecs)?)
}

pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        says: "the row begins while the connection is being opened",
        holds: |view| {
            let [from, to] = [view.case.outcome.opened.0, view.case.outcome.opened.1].map(|time| time.as_micros());
            let start = u128::try_from(view.my(Id::StartTimeStamp)?).ok()?;
            // The clock of the kernel's times is read apart from that of the day, each in whole microseconds.
            Some((from.saturating_sub(1000)..=to + 1000).contains(&start))
        },
    },
    Claim {
        says: "the remainder of the elapsed time is less than a second",
        holds: |view| Some((0..1_000_000).contains(&view.my(Id::ElapsedMicroSecs)?)),
    },
    Claim {
        says: "the client opened it actively, the server passively",
        holds: |view| Some(view.my(Id::ActiveOpen)? == if view.is_client() { 1 } else { 2 }),
    },
    Claim {
        says: "a failed check has a reason",
        holds: |view| Some((view.my(Id::SoftErrors)? > 0) == (view.my(Id::SoftErrorReason)? > 0)),
    },
    Claim {
        says: "Nagle's algorithm is off if the application wants no delay",
        holds: |view| {
            let nodelay = view.case.outcome.plan.options(view.me.side).nodelay;
            Some(view.my(Id::Nagle)? == if nodelay { 2 } else { 1 })
        },
    },
];
