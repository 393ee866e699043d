//! All counters of a connection at once.

use std::collections::HashMap;

use estats_spec::Id;
use estats_tests::observer::signed;
use estats_tests::peer::Kernel;

/// Rows that are zero until the event that each is about happens, on any connection.
const COUNTERS: &[Id] = &[
    // Segments
    Id::DataSegsOut,
    Id::DataOctetsOut,
    Id::HCDataOctetsOut,
    Id::SegsRetrans,
    Id::OctetsRetrans,
    Id::DataSegsIn,
    Id::DataOctetsIn,
    Id::HCDataOctetsIn,
    Id::ThruOctetsReceived,
    Id::HCThruOctetsReceived,
    Id::SoftErrors,
    Id::SoftErrorReason,
    // Congestion
    Id::CongSignals,
    Id::FastRetran,
    Id::Timeouts,
    Id::SubsequentTimeouts,
    Id::AbruptTimeouts,
    Id::CurTimeoutCount,
    Id::PreCongSumCwnd,
    Id::PostCongCountRTT,
    Id::SlowStart,
    Id::CongAvoid,
    Id::OtherReductions,
    Id::OtherReductionsCV,
    Id::MaxCaCwnd,
    Id::MaxSsthresh,
    // Recovery
    Id::SpuriousFrDetected,
    Id::SpuriousRtoDetected,
    Id::CongOverCount,
    Id::RackTimeout,
    Id::DSACKDups,
    // Order
    Id::DupAcksIn,
    Id::DupAcksOut,
    Id::DupAckEpisodes,
    Id::NonRecovDA,
    Id::NonRecovDAEpisodes,
    Id::SumOctetsReordered,
    Id::SACKsRcvd,
    Id::SACKBlocksRcvd,
    Id::CurReasmQueue,
    Id::MaxReasmQueue,
    // ECN
    Id::CERcvd,
    Id::ECNsignals,
    Id::ECESent,
    // Windows and queues
    Id::ZeroRwinSent,
    Id::ZeroRwinRcvd,
    Id::PipeSize,
    Id::CurAppWQueue,
    Id::CurAppRQueue,
    // Waiting, the application aside
    Id::SndLimTransRwin,
    Id::SndLimTransCwnd,
    Id::SndLimTransTSODefer,
    Id::SndLimTransPace,
    Id::SndLimTransStartUp,
];

/// Every row given has to have its value, and every other counter has to be zero. At the end of a script nothing is known to be lost
/// or received early at the other end, so what waits for its acknowledgement is in the network.
#[track_caller]
pub(crate) fn expect_counters(kernel: &mut Kernel, moved: &[(Id, i64)]) {
    let instruments = kernel.instruments();
    let mut expected: HashMap<Id, i64> = COUNTERS.iter().map(|id| (*id, 0)).collect();
    expected.extend(moved.iter().copied());
    let in_network = expected[&Id::PipeSize];
    expected.entry(Id::CurRetxQueue).or_insert(in_network);
    if expected[&Id::CongSignals] == 0 {
        // Otherwise they are times.
        expected.extend([(Id::PreCongSumRTT, 0), (Id::PostCongSumRTT, 0)]);
    }
    let mut wrong: Vec<_> = expected
        .into_iter()
        .map(|(id, value)| (id.name(), Some(value), instruments[id].map(signed)))
        .filter(|(_, expected, value)| expected != value)
        .map(|(name, expected, value)| format!("{name} is {value:?}, expected {expected:?}"))
        .collect();
    wrong.sort();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
