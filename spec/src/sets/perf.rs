//! PERF: one beginning, and what followed it. The constants are named after the size of the table.

use super::Var;
use super::parts::{run, table};
use crate::instruments::{Id, WireType};

/// Positions 0 to 11 of every set.
const VOLUME: [Var; 12] = run([
    Id::SegsOut,
    Id::DataSegsOut,
    Id::DataOctetsOut,
    Id::HCDataOctetsOut,
    Id::SegsRetrans,
    Id::OctetsRetrans,
    Id::SegsIn,
    Id::DataSegsIn,
    Id::DataOctetsIn,
    Id::HCDataOctetsIn,
    Id::ElapsedSecs,
    Id::ElapsedMicroSecs,
]);

/// Position 12 since 26 June 2015.
const START: [Var; 1] = run([Id::StartTimeStamp]);

/// Position 12 before: a single byte, which cannot hold the value.
const SHORT_START: [Var; 1] = [Var {
    wire: WireType::U8,
    ..START[0]
}];

/// Positions 13 to 27 of every set.
const WINDOW: [Var; 15] = run([
    Id::CurMSS,
    Id::PipeSize,
    Id::MaxPipeSize,
    Id::SmoothedRTT,
    Id::CurRTO,
    Id::CongSignals,
    Id::CurCwnd,
    Id::CurSsthresh,
    Id::Timeouts,
    Id::CurRwinSent,
    Id::MaxRwinSent,
    Id::ZeroRwinSent,
    Id::CurRwinRcvd,
    Id::MaxRwinRcvd,
    Id::ZeroRwinRcvd,
]);

/// The transitions and the times in the order of RFC 4898.
const TRANS_RFC: [Var; 3] = run([Id::SndLimTransRwin, Id::SndLimTransCwnd, Id::SndLimTransSnd]);
const TIME_RFC: [Var; 3] = run([Id::SndLimTimeRwin, Id::SndLimTimeCwnd, Id::SndLimTimeSnd]);

/// The same in the order of the later sets.
const TRANS: [Var; 3] = run([Id::SndLimTransSnd, Id::SndLimTransCwnd, Id::SndLimTransRwin]);
const TIME: [Var; 3] = run([Id::SndLimTimeSnd, Id::SndLimTimeCwnd, Id::SndLimTimeRwin]);

const TRANS_TSO_DEFER: [Var; 1] = run([Id::SndLimTransTSODefer]);
const TIME_TSO_DEFER: [Var; 1] = run([Id::SndLimTimeTSODefer]);

const TRANS_STARTUP: [Var; 1] = [Var {
    name: "SndLimTransStartup",
    ..run([Id::SndLimTransStartUp])[0]
}];
const TIME_STARTUP: [Var; 1] = [Var {
    name: "SndLimTimeStartup",
    ..run([Id::SndLimTimeStartUp])[0]
}];

/// V117.
pub(super) static P34: [Var; 34] = table(&[&VOLUME, &SHORT_START, &WINDOW, &TRANS_RFC, &TIME_RFC]);

/// V121 and V123.
pub(super) static P36_SHORT_START: [Var; 36] = table(&[
    &VOLUME,
    &SHORT_START,
    &WINDOW,
    &TRANS_RFC,
    &TRANS_TSO_DEFER,
    &TIME_RFC,
    &TIME_TSO_DEFER,
]);

/// V116 and V120.
pub(super) static P36: [Var; 36] = table(&[
    &VOLUME,
    &START,
    &WINDOW,
    &TRANS_RFC,
    &TRANS_TSO_DEFER,
    &TIME_RFC,
    &TIME_TSO_DEFER,
]);

/// V123g, the only one to spell "Startup".
pub(super) static P38: [Var; 38] = table(&[
    &VOLUME,
    &SHORT_START,
    &WINDOW,
    &TRANS,
    &TRANS_STARTUP,
    &TRANS_TSO_DEFER,
    &TIME,
    &TIME_STARTUP,
    &TIME_TSO_DEFER,
]);

/// V124a and V122. The order of the last three transitions and of the last three times differs, and both differ from
/// the kernel module's.
pub(super) static P40: [Var; 40] = table(&[
    &VOLUME,
    &START,
    &WINDOW,
    &TRANS,
    &run([Id::SndLimTransStartUp, Id::SndLimTransPace, Id::SndLimTransTSODefer]),
    &TIME,
    &run([Id::SndLimTimeTSODefer, Id::SndLimTimeStartUp, Id::SndLimTimePace]),
]);

/// V124b.
pub(super) static P41: [Var; 41] = table(&[&P40, &run([Id::LostRetransmitSegs])]);
