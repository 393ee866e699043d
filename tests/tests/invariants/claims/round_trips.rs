//! Round-trip times, and the timeouts computed from them.

use estats_spec::Id;

use crate::case::Claim;

/// The minimum of nothing.
const NONE_YET: i64 = 0xffff_ffff;

pub(super) const CLAIMS: &[Claim] = &[
    Claim {
        says: "there is a sample, a smallest and a largest RTT exactly when any were counted",
        holds: |view| {
            let any = view.my(Id::CountRTT)? > 0;
            let (least, most) = (view.my(Id::MinRTT)?, view.my(Id::MaxRTT)?);
            Some(view.my(Id::SampleRTT).is_some() == any && (least != NONE_YET) == any && (any || most == 0))
        },
    },
    Claim {
        says: "the latest RTT lies between the smallest and the largest",
        holds: |view| Some((view.my(Id::MinRTT)?..=view.my(Id::MaxRTT)?).contains(&view.my(Id::SampleRTT)?)),
    },
    // RFC 6298, 2: the first sample, and from then on a weighted mean of it and the next one.
    Claim {
        says: "the smoothed RTT lies between the smallest and the largest",
        holds: |view| {
            let range = view.my(Id::MinRTT)?..=view.my(Id::MaxRTT)?;
            (view.my(Id::CountRTT)? > 0).then_some(range.contains(&view.my(Id::SmoothedRTT)?))
        },
    },
    // The sum is of microseconds and rounded down, as the extremes are: it may be larger than so many times the largest by less than
    // a millisecond for each.
    Claim {
        says: "the sum of RTTs is that of so many between the smallest and the largest",
        holds: |view| {
            let (count, sum) = (view.my(Id::CountRTT)?, view.my(Id::HCSumRTT)?);
            let (least, most) = (view.my(Id::MinRTT)?, view.my(Id::MaxRTT)?);
            Some(if count == 0 {
                sum == 0
            } else {
                (count * least..count * (most + 1)).contains(&sum)
            })
        },
    },
    Claim {
        says: "there is at most one RTT in a segment",
        holds: |view| Some(view.my(Id::CountRTT)? <= view.my(Id::SegsIn)?),
    },
    Claim {
        says: "the timeout lies between the smallest and the largest",
        holds: |view| {
            let (least, most) = (view.my(Id::MinRTO)?, view.my(Id::MaxRTO)?);
            (least != NONE_YET).then_some((least..=most).contains(&view.my(Id::CurRTO)?))
        },
    },
    // RFC 6298, 2.3: RTO <- SRTT + max (G, K*RTTVAR).
    Claim {
        says: "the timeout is not shorter than the smoothed RTT",
        holds: |view| Some(view.my(Id::CurRTO)? >= view.my(Id::SmoothedRTT)?),
    },
];
