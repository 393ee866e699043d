//! What stopped output: at any time exactly one of the reasons does.

use estats_spec::Id;

use crate::case::{Claim, View};
use crate::claims::lifetime::elapsed_us;

/// Entries and microseconds of each reason that output can stop for.
const LIMITS: [(Id, Id); 5] = [
    (Id::SndLimTransSnd, Id::SndLimTimeSnd),
    (Id::SndLimTransCwnd, Id::SndLimTimeCwnd),
    (Id::SndLimTransRwin, Id::SndLimTimeRwin),
    (Id::SndLimTransTSODefer, Id::SndLimTimeTSODefer),
    (Id::SndLimTransPace, Id::SndLimTimePace),
];
/// Each of the six times, and the elapsed time, is rounded down to a microsecond.
const ROUNDING_US: i64 = 7;

/// The sum of all times, microseconds.
fn sum_us(view: &View<'_>) -> Option<i64> {
    let limited = LIMITS.iter().map(|(_, time)| view.my(*time)).sum::<Option<i64>>()?;
    Some(limited + view.my(Id::SndLimTimeStartUp)?)
}

pub(super) const CLAIMS: &[Claim] = &[
    // The row begins with the first segment, and the state is charged until the connection is closed, which is not before the last.
    Claim {
        says: "the times of all reasons are together no less than the time from the first segment to the last",
        holds: |view| Some(sum_us(view)? + ROUNDING_US >= elapsed_us(view)?),
    },
    Claim {
        says: "the times of all reasons are together no more than from the attempt to connect to the first sight of the closed connection",
        holds: |view| {
            let seen = &view.me.last.time;
            let seen_us = i64::from(seen.sec) * 1_000_000 + i64::from(seen.usec);
            let begun_us = i64::try_from(view.case.outcome.opened.0.as_micros()).ok()?;
            Some(sum_us(view)? <= seen_us - begun_us)
        },
    },
    // Transitions count entries from another reason, so between two of the same there is one of another.
    Claim {
        says: "reasons alternate",
        holds: |view| {
            let entries = LIMITS
                .iter()
                .map(|(entries, _)| view.my(*entries))
                .collect::<Option<Vec<_>>>()?;
            let all: i64 = entries.iter().sum();
            Some(all > 0 && entries.iter().all(|own| *own <= all - own + 1))
        },
    },
    Claim {
        says: "no time is charged to a reason that was never entered",
        holds: |view| {
            let proper = |(entries, time): &(Id, Id)| Some(view.my(*entries)? > 0 || view.my(*time)? == 0);
            LIMITS.iter().map(proper).try_fold(true, |all, one| Some(all && one?))
        },
    },
    Claim {
        says: "a connection does not start up again",
        holds: |view| Some(view.my(Id::SndLimTransStartUp)? == 0),
    },
    // Of the kinds of congestion control here, BBR alone paces.
    Claim {
        says: "only who paces is limited by pacing",
        holds: |view| {
            let paces = view.case.outcome.plan.options(view.me.side).congestion_control == Some("bbr");
            (!paces).then_some(view.my(Id::SndLimTransPace)? == 0)
        },
    },
];
