//! STACK: the most changed table. The constants are named after the size of the table.

use super::Var;
use super::parts::{run, table};
use crate::instruments::Id;

/// What the handshake settled, in every set but V116.
const HANDSHAKE: [Var; 9] = run([
    Id::ActiveOpen,
    Id::MSSSent,
    Id::MSSRcvd,
    Id::WinScaleSent,
    Id::WinScaleRcvd,
    Id::TimeStamps,
    Id::ECN,
    Id::WillSendSACK,
    Id::WillUseSACK,
]);

/// What V116 left of it.
const HANDSHAKE_V116: [Var; 5] = run([Id::ActiveOpen, Id::MSSSent, Id::WinScaleSent, Id::WinScaleRcvd, Id::ECN]);

const CONTROL: [Var; 14] = run([
    Id::State,
    Id::Nagle,
    Id::MaxSsCwnd,
    Id::MaxCaCwnd,
    Id::MaxSsthresh,
    Id::MinSsthresh,
    Id::InRecovery,
    Id::DupAcksIn,
    Id::SpuriousFrDetected,
    Id::SpuriousRtoDetected,
    Id::SoftErrors,
    Id::SoftErrorReason,
    Id::SlowStart,
    Id::CongAvoid,
]);

/// Up to V124a.
const OTHER_REDUCTIONS: [Var; 1] = run([Id::OtherReductions]);

const RECOVERY: [Var; 13] = run([
    Id::CongOverCount,
    Id::FastRetran,
    Id::SubsequentTimeouts,
    Id::CurTimeoutCount,
    Id::AbruptTimeouts,
    Id::SACKsRcvd,
    Id::SACKBlocksRcvd,
    Id::SendStall,
    Id::DSACKDups,
    Id::MaxMSS,
    Id::MinMSS,
    Id::SndInitial,
    Id::RecInitial,
]);

/// Up to V123.
const RETX_QUEUE: [Var; 2] = run([Id::CurRetxQueue, Id::MaxRetxQueue]);

const REASM_QUEUE: [Var; 2] = run([Id::CurReasmQueue, Id::MaxReasmQueue]);

/// From V121 on.
const EARLY_RETRANS: [Var; 2] = run([Id::EarlyRetrans, Id::EarlyRetransDelay]);

/// V117: RFC 4898 as it is.
pub(super) static S41_RFC: [Var; 41] = table(&[
    &HANDSHAKE,
    &CONTROL,
    &OTHER_REDUCTIONS,
    &RECOVERY,
    &RETX_QUEUE,
    &REASM_QUEUE,
]);

/// V121, V123g and V123.
pub(super) static S43: [Var; 43] = table(&[
    &HANDSHAKE,
    &CONTROL,
    &OTHER_REDUCTIONS,
    &RECOVERY,
    &RETX_QUEUE,
    &REASM_QUEUE,
    &EARLY_RETRANS,
]);

/// V116.
pub(super) static S37: [Var; 37] = table(&[
    &HANDSHAKE_V116,
    &CONTROL,
    &OTHER_REDUCTIONS,
    &RECOVERY,
    &REASM_QUEUE,
    &EARLY_RETRANS,
]);

/// V120 and V124a.
pub(super) static S41_EARLY: [Var; 41] = table(&[
    &HANDSHAKE,
    &CONTROL,
    &OTHER_REDUCTIONS,
    &RECOVERY,
    &REASM_QUEUE,
    &EARLY_RETRANS,
]);

/// V122.
pub(super) static S40: [Var; 40] = table(&[&HANDSHAKE, &CONTROL, &RECOVERY, &REASM_QUEUE, &EARLY_RETRANS]);

/// V124b.
pub(super) static S41_RACK: [Var; 41] = table(&[&S40, &run([Id::RackTimeout])]);
