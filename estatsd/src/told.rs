//! What a reader has been told of a connection, and must not be untold.
//!
//! A read takes in what happened since the last segment, which the kernel side would find out with the next one. A few things are undone
//! until then, and it never does: the last growth of the window before a restart after idling, say, or a queue that is long only
//! in the midst of a write. A reader that happened to look has seen them nevertheless; they count, and counters do not go back.

use estats_protocol::Value;
use estats_spec::{Feed, Id, Kind, SnmpType, Syntax};

use crate::server::Instruments;

/// In which direction a value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    /// A counter, which wraps around.
    Onwards,
    /// The largest so far.
    Up,
    /// The smallest so far.
    Down,
    /// Anywhere.
    Free,
}

/// Sets the accumulated counts and extremes of `now` that are behind those of `told` to these.
pub fn keep(told: &Instruments, now: &mut Instruments) {
    for id in Id::ALL {
        if let (Some(old), Some(new)) = (told[id], now[id])
            && is_behind(course(id), new, old)
        {
            now.set(id, old);
        }
    }
}

/// Only what is accumulated: the kernel's own counters and gauges are as they are.
fn course(id: Id) -> Course {
    let info = id.info();
    match id {
        // Time that is charged to what seems to stop output goes to congestion when a timeout tells better.
        _ if info.kind != Kind::Event || info.feed == Feed::SendLimits => Course::Free,
        Id::MaxPipeSize
        | Id::MaxRwinSent
        | Id::MaxRTT
        | Id::MaxRTO
        | Id::MaxSsCwnd
        | Id::MaxCaCwnd
        | Id::MaxSsthresh
        | Id::MaxMSS
        | Id::MaxRetxQueue
        | Id::MaxReasmQueue
        | Id::MaxAppWQueue
        | Id::MaxAppRQueue => Course::Up,
        Id::MinRTT | Id::MinRTO | Id::MinSsthresh | Id::MinMSS => Course::Down,
        _ => match info.syntax {
            Syntax::ZeroBasedCounter32 | Syntax::ZeroBasedCounter64 => Course::Onwards,
            Syntax::NotInMib if info.snmp == SnmpType::Counter32 => Course::Onwards,
            _ => Course::Free,
        },
    }
}

fn is_behind(course: Course, new: Value, old: Value) -> bool {
    match (course, new, old) {
        (Course::Onwards, Value::U32(new), Value::U32(old)) => new.wrapping_sub(old).cast_signed() < 0,
        (Course::Onwards | Course::Up, new, old) => new.as_u64() < old.as_u64(),
        (Course::Down, new, old) => new.as_u64() > old.as_u64(),
        (Course::Free, ..) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(id: Id, told: Value, now: Value) -> Option<Value> {
        let instruments = |value| {
            let mut instruments = Instruments::new();
            instruments.set(id, value);
            instruments
        };
        let mut result = instruments(now);
        keep(&instruments(told), &mut result);
        result[id]
    }

    #[test]
    fn what_was_told_is_not_untold() {
        let u32s = |id, told, now| kept(id, Value::U32(told), Value::U32(now));
        assert_eq!(u32s(Id::SlowStart, 11, 10), Some(Value::U32(11)));
        assert_eq!(u32s(Id::SlowStart, 11, 12), Some(Value::U32(12)));
        assert_eq!(u32s(Id::MaxAppWQueue, 5000, 4000), Some(Value::U32(5000)));
        assert_eq!(u32s(Id::MinRTT, 3, 4), Some(Value::U32(3)));
        assert_eq!(u32s(Id::RackTimeout, 8, 7), Some(Value::U32(8)));
        assert_eq!(kept(Id::HCSumRTT, Value::U64(9), Value::U64(8)), Some(Value::U64(9)));
    }

    #[test]
    fn counters_wrap_around_and_gauges_go_where_they_like() {
        let u32s = |id, told, now| kept(id, Value::U32(told), Value::U32(now));
        assert_eq!(u32s(Id::SumOctetsReordered, u32::MAX, 5), Some(Value::U32(5)));
        assert_eq!(u32s(Id::SampleRTT, 9, 1), Some(Value::U32(1)));
        assert_eq!(u32s(Id::CurCwnd, 9, 1), Some(Value::U32(1)));
        assert_eq!(u32s(Id::SndLimTimeSnd, 9, 1), Some(Value::U32(1)));
    }
}
