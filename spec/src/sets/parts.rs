//! How a table is put together, and the tables that hardly changed.

use super::Var;
use crate::instruments::{Id, WireType};

/// The variables of a run, under their canonical names and with their usual width.
pub(super) const fn run<const N: usize>(ids: [Id; N]) -> [Var; N] {
    let mut vars = [Var {
        name: "",
        id: ids[0],
        wire: WireType::U32,
    }; N];
    let mut i = 0;
    while i < N {
        vars[i] = Var {
            name: ids[i].name(),
            id: ids[i],
            wire: ids[i].info().wire,
        };
        i += 1;
    }
    vars
}

/// A table made of runs. `N`, the size of the table, is checked when this is compiled.
pub(super) const fn table<const N: usize>(runs: &[&[Var]]) -> [Var; N] {
    let mut vars = [runs[0][0]; N];
    let mut n = 0;
    let mut r = 0;
    while r < runs.len() {
        let mut i = 0;
        while i < runs[r].len() {
            vars[n] = runs[r][i];
            n += 1;
            i += 1;
        }
        r += 1;
    }
    assert!(n == N, "the runs do not add up to the size of the table");
    vars
}

/// PATH: the same in every set.
pub(super) static PATH: [Var; 26] = run([
    Id::RetranThresh,
    Id::NonRecovDAEpisodes,
    Id::SumOctetsReordered,
    Id::NonRecovDA,
    Id::SampleRTT,
    Id::RTTVar,
    Id::MaxRTT,
    Id::MinRTT,
    Id::SumRTT,
    Id::HCSumRTT,
    Id::CountRTT,
    Id::MaxRTO,
    Id::MinRTO,
    Id::IpTtl,
    Id::IpTosIn,
    Id::IpTosOut,
    Id::PreCongSumCwnd,
    Id::PreCongSumRTT,
    Id::PostCongSumRTT,
    Id::PostCongCountRTT,
    Id::ECNsignals,
    Id::DupAckEpisodes,
    Id::RcvRTT,
    Id::DupAcksOut,
    Id::CERcvd,
    Id::ECESent,
]);

/// APP: the same in every set.
pub(super) static APP: [Var; 12] = run([
    Id::SndUna,
    Id::SndNxt,
    Id::SndMax,
    Id::ThruOctetsAcked,
    Id::HCThruOctetsAcked,
    Id::RcvNxt,
    Id::ThruOctetsReceived,
    Id::HCThruOctetsReceived,
    Id::CurAppWQueue,
    Id::MaxAppWQueue,
    Id::CurAppRQueue,
    Id::MaxAppRQueue,
]);

/// TUNE up to V120.
pub(super) static TUNE_WITH_LIM_SSTHRESH: [Var; 4] = run([Id::LimCwnd, Id::LimSsthresh, Id::LimRwin, Id::LimMSS]);

/// TUNE from V124a on.
pub(super) static TUNE: [Var; 3] = run([Id::LimCwnd, Id::LimRwin, Id::LimMSS]);

/// EXTRAS of V123.
pub(super) static EXTRAS_REDUCTIONS: [Var; 2] = run([Id::OtherReductionsCV, Id::OtherReductionsCM]);

/// EXTRAS of V116 and V120.
pub(super) static EXTRAS_MODERATION: [Var; 1] = run([Id::OtherReductionsCM]);

/// EXTRAS of V124a.
pub(super) static EXTRAS_MODERATION_PRIORITY: [Var; 2] = run([Id::OtherReductionsCM, Id::Priority]);

/// EXTRAS from V122 on.
pub(super) static EXTRAS_PRIORITY: [Var; 1] = run([Id::Priority]);
