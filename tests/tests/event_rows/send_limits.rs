//! What stopped output, and for how long: bounds from the capture and from the kernel's own stopwatches.
//!
//! The capture knows when nothing but the application can have stopped output: everything is acknowledged, the window open. The
//! kernel has a stopwatch for the peer's window (`tcpi_rwnd_limited`), which runs in ticks.

use std::time::Duration;

use anyhow::{Result, ensure};
use estats_protocol::Reading;
use estats_spec::Id;
use estats_tests::observer::number;
use estats_tests::oracle::Expected::{Between, Exactly};
use estats_tests::oracle::{Expected, Oracle};
use estats_tests::path::Side;
use estats_tests::scene::Evidence;
use estats_tests::tcp_info::tick;

use super::oracles::{PASSAGE_US, micros};

/// The states, each with its rows for entries and microseconds. The start-up is over before any of them.
const STATES: [(Id, Id); 5] = [
    (Id::SndLimTransSnd, Id::SndLimTimeSnd),
    (Id::SndLimTransCwnd, Id::SndLimTimeCwnd),
    (Id::SndLimTransRwin, Id::SndLimTimeRwin),
    (Id::SndLimTransTSODefer, Id::SndLimTimeTSODefer),
    (Id::SndLimTransPace, Id::SndLimTimePace),
];

/// Rows about what stopped output.
pub(super) const ORACLES: &[(Id, Oracle)] = &[
    (Id::SndLimTransSnd, |e| Between(1, looks(e))),
    (Id::SndLimTransCwnd, |e| Between(0, looks(e))),
    (Id::SndLimTransRwin, |e| {
        Between(i64::from(rwnd_limited(e).0 > 0), looks(e))
    }),
    (Id::SndLimTransTSODefer, |e| Between(0, looks(e))),
    // Reno is not paced.
    (Id::SndLimTransPace, |_| Exactly(0)),
    // A connection is in this state only before it is established, and enters it from no other.
    (Id::SndLimTransStartUp, |_| Exactly(0)),
    (Id::SndLimTimeSnd, |e| Between(idle(e), life(e) + PASSAGE_US)),
    (Id::SndLimTimeCwnd, at_work),
    (Id::SndLimTimeRwin, |e| Between(rwnd_limited(e).0, rwnd_limited(e).1)),
    (Id::SndLimTimeTSODefer, at_work),
    (Id::SndLimTimePace, |_| Exactly(0)),
    (Id::SndLimTimeStartUp, start_up),
];

/// The states divide the life of the connection among them, and each of them that lasted was entered.
pub(super) fn agree(reading: &Reading, e: &Evidence) -> Result<()> {
    let row = |id| number(reading, id).unwrap_or_default();
    let [mut time, mut entries] = [0, 0];
    for (transitions, duration) in STATES {
        time += row(duration);
        entries += row(transitions);
        ensure!(
            row(transitions) > 0 || row(duration) == 0,
            "{:?} end: {} us in a state that {} says was never entered",
            e.side,
            row(duration),
            transitions.name()
        );
    }
    for (transitions, _) in STATES {
        let others = entries - row(transitions);
        ensure!(
            row(transitions) <= others + 1,
            "{:?} end: {} is {}, but it was left only {others} times",
            e.side,
            transitions.name(),
            row(transitions)
        );
    }
    let life = life(e);
    ensure!(
        (life - PASSAGE_US..=life + PASSAGE_US).contains(&time),
        "{:?} end: {time} us are accounted for in a life of {life} us",
        e.side
    );
    Ok(())
}

/// From the moment at which the connection was established to the reading, microseconds.
fn life(e: &Evidence) -> i64 {
    e.account
        .waiting
        .established
        .map_or(0, |established| micros(e.read_at.saturating_sub(established)))
}

/// How long only the application can have stopped output, at least. Each beginning and each end may come to the socket a passage
/// earlier or later than to the device; in the mean it is a tenth of the longest passage.
fn idle(e: &Evidence) -> i64 {
    let spells = &e.account.waiting.idle;
    let slack = PASSAGE_US + i64::from(spells.count) * PASSAGE_US / 10;
    (micros(spells.until(e.read_at)) - slack).max(0)
}

/// At most all the time in which something was outstanding or the window was closed.
fn at_work(e: &Evidence) -> Expected {
    Between(0, life(e) - idle(e) + PASSAGE_US)
}

/// What the kernel's stopwatch shows, each run of which may be up to a tick too long or too short; a segment has to arrive between
/// two runs. A timeout makes the wait one for congestion, without the stopwatch.
fn rwnd_limited(e: &Evidence) -> (i64, i64) {
    let stopwatch = i64::try_from(e.info.rwnd_limited).expect("a short test");
    let slack = i64::from(e.account.received.segments) * micros(tick());
    let least = match e.counted("TcpExtTCPTimeouts") {
        Some(0) => (stopwatch - slack).max(0),
        _ => 0,
    };
    (least, stopwatch + slack)
}

/// The handshake, which for the end that accepts is over when its socket is made.
fn start_up(e: &Evidence) -> Expected {
    let handshake = match e.side {
        Side::Client => e
            .account
            .round_trips
            .first()
            .map_or(Duration::ZERO, |trip| trip.longest),
        Side::Server => Duration::ZERO,
    };
    Between(micros(handshake), micros(handshake) + PASSAGE_US)
}

/// The reason for a stop is looked for at most once for each segment sent or received, once at the establishment, and once when
/// somebody reads.
fn looks(e: &Evidence) -> i64 {
    i64::from(e.account.sent.segments) + i64::from(e.account.received.segments) + 2
}
