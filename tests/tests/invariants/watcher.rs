//! A reader that asks for all connections again and again, and compares what it is told with what it was told before.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;
use estats_protocol::{Client, Reading, Value};
use estats_spec::{Feed, Id, SnmpType, Syntax};
use estats_tests::observer::{Endpoint, number};
use estats_tests::path::Side;

/// Between two rounds.
const PAUSE: Duration = Duration::from_millis(50);
/// `tcpEStatsStackState` of a closed connection.
const CLOSED: Option<i64> = Some(1);
/// Never change while a connection lives.
const FIXED: [Id; 8] = [
    Id::StartTimeStamp,
    Id::ActiveOpen,
    Id::MSSSent,
    Id::WinScaleSent,
    Id::WinScaleRcvd,
    Id::TimeStamps,
    Id::SndInitial,
    Id::RecInitial,
];
/// Largest values so far, which never become smaller.
const LARGEST: [Id; 13] = [
    Id::MaxPipeSize,
    Id::MaxRwinSent,
    Id::MaxRwinRcvd,
    Id::MaxRTT,
    Id::MaxRTO,
    Id::MaxSsCwnd,
    Id::MaxCaCwnd,
    Id::MaxSsthresh,
    Id::MaxMSS,
    Id::MaxRetxQueue,
    Id::MaxReasmQueue,
    Id::MaxAppWQueue,
    Id::MaxAppRQueue,
];
/// Smallest values so far, which never become larger.
const SMALLEST: [Id; 4] = [Id::MinRTT, Id::MinRTO, Id::MinSsthresh, Id::MinMSS];
/// Sequence numbers, which go forward in a space that wraps around.
const FORWARD: [Id; 4] = [Id::SndUna, Id::SndNxt, Id::SndMax, Id::RcvNxt];

/// What is known of an id.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) reading: Reading,
    /// How often it was read.
    pub(crate) reads: u32,
    pub(crate) closed: bool,
}

/// Everything that the watcher has seen so far.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    by_id: BTreeMap<u32, Seen>,
    /// What must not have been.
    pub(crate) complaints: Vec<String>,
    pub(crate) rounds: u32,
}

impl Watched {
    /// All connections by their ends.
    pub(crate) fn by_ends(&self) -> BTreeMap<(Endpoint, Endpoint), Vec<&Seen>> {
        let mut by_ends: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for seen in self.by_id.values() {
            let tuple = &seen.reading.tuple;
            by_ends.entry((tuple.local, tuple.remote)).or_default().push(seen);
        }
        by_ends
    }

    /// The first id that may still change.
    fn first_open(&self) -> u32 {
        let open = self.by_id.iter().find(|(_, seen)| !seen.closed).map(|(cid, _)| *cid);
        open.unwrap_or_else(|| self.by_id.last_key_value().map_or(0, |(cid, _)| cid + 1))
    }

    /// Takes in one round of readings, from the id `first` on.
    fn take(&mut self, first: u32, readings: Vec<Reading>) {
        let mut gone: Vec<u32> = self.by_id.range(first..).map(|(cid, _)| *cid).collect();
        for reading in readings {
            let cid = reading.tuple.cid;
            gone.retain(|other| *other != cid);
            if ![reading.tuple.local.0, reading.tuple.remote.0].iter().all(is_of_a_path) {
                continue;
            }
            let closed = number(&reading, Id::State) == CLOSED;
            let before = self.by_id.get(&cid);
            if let Some(before) = before {
                self.complaints.extend(compare(before, &reading));
            }
            let reads = before.map_or(0, |before| before.reads) + 1;
            self.by_id.insert(cid, Seen { reading, reads, closed });
        }
        for cid in gone {
            // Whoever misses it will find that its last reading is not of a closed connection.
            self.by_id.entry(cid).and_modify(|seen| seen.closed = true);
        }
        self.rounds += 1;
    }
}

/// Reads until `done`, and once more after that.
pub(crate) fn watch(mut client: Client, watched: &Mutex<Watched>, done: &AtomicBool) -> Result<()> {
    loop {
        let last = done.load(Ordering::Relaxed);
        let first = watched.lock().expect("no panic").first_open();
        let readings = client.read_all_from(first)?;
        watched.lock().expect("no panic").take(first, readings);
        if last {
            return Ok(());
        }
        sleep(PAUSE);
    }
}

fn is_of_a_path(address: &IpAddr) -> bool {
    [Side::Client, Side::Server]
        .iter()
        .any(|side| [side.ipv4(), side.ipv6()].contains(address))
}

/// What is wrong with a reading that comes after another one.
fn compare(before: &Seen, now: &Reading) -> Vec<String> {
    let was = &before.reading;
    let mut complaints = Vec::new();
    let mut complain = |what: String| {
        complaints.push(format!("{what}\nbefore: {}\nafter:  {}", shown(was), shown(now)));
    };
    if was.tuple != now.tuple {
        complain(format!("id {} was given to another connection", now.tuple.cid));
        return complaints;
    }
    if before.closed && was.values.as_slice() != now.values.as_slice() {
        complain("a closed connection changed".to_owned());
    }
    if was.values.as_slice() == now.values.as_slice() {
        return complaints;
    }
    for ((var, old), (_, new)) in was.values.iter().zip(now.values.iter()) {
        let (id, info) = (var.id, var.id.info());
        let (Some(old), Some(new)) = (old.map(signed), new.map(signed)) else {
            if old.is_some() {
                complain(format!("{id} was there and is not any more"));
            }
            continue;
        };
        // No counter comes near its wrap-around here. While output is stopped, the time is charged to what seems to stop it; RFC 4898 wants
        // it charged to congestion when the wait ends with a timeout.
        let counter = matches!(info.syntax, Syntax::ZeroBasedCounter32 | Syntax::ZeroBasedCounter64)
            || (info.column.is_none() && info.snmp == SnmpType::Counter32);
        let counter = counter && info.feed != Feed::SendLimits;
        let wrong = (counter && new < old)
            || (FIXED.contains(&id) && new != old)
            || (LARGEST.contains(&id) && new < old)
            || (SMALLEST.contains(&id) && new > old)
            || (FORWARD.contains(&id) && (new - old).rem_euclid(1 << 32) > 1 << 31);
        // ElapsedMicroSecs is the remainder of ElapsedSecs.
        if wrong && id != Id::ElapsedMicroSecs {
            complain(format!("{id} went from {old} to {new}"));
        }
    }
    if elapsed(now) < elapsed(was) {
        complain("the time of the last segment went back".to_owned());
    }
    // RFC 4898: a smaller window has either a congestion signal or another reason, and both are counted.
    let reductions = |reading| Some(number(reading, Id::CongSignals)? + number(reading, Id::OtherReductions)?);
    let smaller =
        number(now, Id::CurCwnd) < number(was, Id::CurCwnd) && number(now, Id::CurMSS) == number(was, Id::CurMSS);
    if smaller && reductions(now) == Some(0) {
        complain("the congestion window became smaller, and nothing counts for it".to_owned());
    }
    complaints
}

/// A value as a number, which keeps its sign.
fn signed(value: Value) -> i64 {
    match value {
        Value::S32(value) => value.into(),
        other => i64::try_from(other.as_u64()).unwrap_or(i64::MAX),
    }
}

fn elapsed(reading: &Reading) -> Option<i64> {
    Some(number(reading, Id::ElapsedSecs)? * 1_000_000 + number(reading, Id::ElapsedMicroSecs)?)
}

/// A reading in one line, zeros left out.
pub(crate) fn shown(reading: &Reading) -> String {
    let values = Id::ALL.into_iter().filter_map(|id| match number(reading, id) {
        Some(0) | None => None,
        Some(value) => Some(format!("{id}={value}")),
    });
    let time = &reading.time;
    format!(
        "[{}.{:06}] {}",
        time.sec,
        time.usec,
        values.collect::<Vec<_>>().join(" ")
    )
}
