//! Present values lie between the extremes, and a connection that is closed in order leaves nothing behind.

use estats_spec::Id;

use crate::case::{Claim, View};

/// A largest value so far, and the present one.
const LARGEST: [(Id, Id); 7] = [
    (Id::MaxPipeSize, Id::PipeSize),
    (Id::MaxRwinSent, Id::CurRwinSent),
    (Id::MaxRwinRcvd, Id::CurRwinRcvd),
    (Id::MaxReasmQueue, Id::CurReasmQueue),
    (Id::MaxAppWQueue, Id::CurAppWQueue),
    (Id::MaxAppRQueue, Id::CurAppRQueue),
    (Id::MaxMSS, Id::CurMSS),
];
/// What is empty in the end.
const QUEUES: [Id; 4] = [Id::PipeSize, Id::CurReasmQueue, Id::CurAppWQueue, Id::CurAppRQueue];
/// The threshold of a connection that has none.
const INFINITE: i64 = 0xffff_ffff;

fn all<T: Copy>(of: &[T], holds: impl Fn(T) -> Option<bool>) -> Option<bool> {
    of.iter().try_fold(true, |all, one| Some(all && holds(*one)?))
}

/// The largest congestion window of either phase.
fn largest_window(view: &View<'_>) -> Option<i64> {
    Some(view.my(Id::MaxSsCwnd)?.max(view.my(Id::MaxCaCwnd)?))
}

pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        says: "no value is larger than the largest",
        holds: |view| {
            all(&LARGEST, |(largest, present)| {
                Some(view.my(present)? <= view.my(largest)?)
            })
        },
    },
    Claim {
        says: "the segment size is not smaller than the smallest",
        holds: |view| Some(view.my(Id::MinMSS)? <= view.my(Id::CurMSS)?),
    },
    Claim {
        says: "a finite slow start threshold lies between the smallest and the largest",
        holds: |view| {
            let threshold = view.my(Id::CurSsthresh)?;
            let range = view.my(Id::MinSsthresh)?..=view.my(Id::MaxSsthresh)?;
            (threshold != INFINITE).then_some(range.contains(&threshold))
        },
    },
    // With the first signal, there are phases that are neither slow start nor congestion avoidance.
    Claim {
        says: "before the first signal, the congestion window is no larger than the largest of its phases",
        holds: |view| (view.my(Id::CongSignals)? == 0).then_some(view.my(Id::CurCwnd)? <= largest_window(view)?),
    },
    Claim {
        says: "queues are empty when all was sent, acknowledged and read",
        holds: |view| {
            if view.orderly() {
                all(&QUEUES, |queue| Some(view.my(queue)? == 0))
            } else {
                None
            }
        },
    },
];
