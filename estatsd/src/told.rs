//! What a reader has been told of a connection, and must not be untold.
//!
//! A read takes in what happened since the last segment, which the kernel side would find out with the next one. A few things are undone
//! until then, and it never does: the last growth of the window before a restart after idling, say, or a queue that is long only
//! in the midst of a write. A reader that happened to look has seen them nevertheless; they count, and counters do not go back.

use std::sync::LazyLock;

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
}

/// The instruments whose values do not go back.
static COURSES: LazyLock<Vec<(Id, Course)>> =
    LazyLock::new(|| Id::ALL.iter().filter_map(|id| Some((*id, course(*id)?))).collect());

/// The accumulated counts and extremes that were told last, packed: there are as many of these as connections that somebody reads.
///
/// A bit for each of [`COURSES`], set where a value is kept; then the values that are, seven bits in an octet, the lowest first, with the
/// eighth bit where more follow. Counts and largest values of 0 are not kept: nothing is behind them. Empty until somebody reads.
#[derive(Debug, Default)]
pub struct Told(Box<[u8]>);

impl Told {
    /// Sets the values of `now` that are behind what was told to that, and notes what is told now.
    pub fn update(&mut self, now: &mut Instruments) {
        self.keep(now);
        let packed = pack(now);
        if *self.0 != *packed {
            self.0 = packed.as_slice().into();
        }
    }

    /// Sets the values of `now` that are behind what was told to that.
    pub fn keep(&self, now: &mut Instruments) {
        for ((id, course), old) in COURSES.iter().zip(self.values()) {
            if let Some(old) = old
                && let Some(new) = now[*id]
            {
                let old = Value::U64(old).cast(new.wire_type());
                if is_behind(*course, new, old) {
                    now.set(*id, old);
                }
            }
        }
    }

    /// What was told holds no more: counters begin anew.
    pub fn forget(&mut self) {
        self.0 = Box::default();
    }

    /// What is kept of each of [`COURSES`].
    fn values(&self) -> impl Iterator<Item = Option<u64>> {
        let (bits, values) = self.0.split_at(self.0.len().min(bitmap()));
        let mut values = values.iter();
        let mut value = move || {
            let mut value = 0;
            for shift in (0..u64::BITS).step_by(7) {
                let octet = *values.next()?;
                value |= u64::from(octet & 0x7f) << shift;
                if octet & 0x80 == 0 {
                    break;
                }
            }
            Some(value)
        };
        bits.iter()
            .flat_map(|octet| (0..8).map(move |bit| octet >> bit & 1 == 1))
            .map(move |kept| if kept { value() } else { None })
    }
}

/// Octets of the bits.
fn bitmap() -> usize {
    COURSES.len().div_ceil(8)
}

fn pack(now: &Instruments) -> Vec<u8> {
    let mut packed = Vec::with_capacity(256);
    packed.resize(bitmap(), 0);
    for (index, (id, course)) in COURSES.iter().enumerate() {
        let Some(value) = now[*id] else { continue };
        let mut value = value.as_u64();
        if value == 0 && *course != Course::Down {
            continue;
        }
        packed[index / 8] |= 1 << (index % 8);
        while value >= 0x80 {
            packed.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        packed.push(value.to_le_bytes()[0]);
    }
    packed
}

/// Only what is accumulated: the kernel's own counters and gauges are as they are. `None` for what goes anywhere.
fn course(id: Id) -> Option<Course> {
    let info = id.info();
    match id {
        // Time that is charged to what seems to stop output goes to congestion when a timeout tells better.
        _ if info.kind != Kind::Event || info.feed == Feed::SendLimits => None,
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
        | Id::MaxAppRQueue => Some(Course::Up),
        Id::MinRTT | Id::MinRTO | Id::MinSsthresh | Id::MinMSS => Some(Course::Down),
        _ => match info.syntax {
            Syntax::ZeroBasedCounter32 | Syntax::ZeroBasedCounter64 => Some(Course::Onwards),
            Syntax::NotInMib if info.snmp == SnmpType::Counter32 => Some(Course::Onwards),
            _ => None,
        },
    }
}

fn is_behind(course: Course, new: Value, old: Value) -> bool {
    match (course, new, old) {
        (Course::Onwards, Value::U32(new), Value::U32(old)) => new.wrapping_sub(old).cast_signed() < 0,
        (Course::Onwards | Course::Up, new, old) => new.as_u64() < old.as_u64(),
        (Course::Down, new, old) => new.as_u64() > old.as_u64(),
    }
}

#[cfg(test)]
mod tests {
    use estats_spec::WireType;

    use super::*;

    fn kept(id: Id, told: Value, now: Value) -> Option<Value> {
        let instruments = |value| {
            let mut instruments = Instruments::new();
            instruments.set(id, value);
            instruments
        };
        let mut result = instruments(now);
        let mut reader = Told::default();
        reader.update(&mut instruments(told));
        reader.update(&mut result);
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
    fn every_value_is_remembered_however_large() {
        let mut told = Instruments::new();
        for (shift, (id, _)) in (0u32..).zip(COURSES.iter()) {
            let value = if id.info().wire == WireType::U64 {
                Value::U64(u64::MAX >> (shift % 64))
            } else {
                Value::U32(u32::MAX >> (shift % 32))
            };
            told.set(*id, value);
        }
        let mut reader = Told::default();
        reader.update(&mut told.clone());
        let kept: Vec<Option<u64>> = reader.values().take(COURSES.len()).collect();
        let expected: Vec<Option<u64>> = COURSES.iter().map(|(id, _)| told[*id].map(Value::as_u64)).collect();
        assert_eq!(kept, expected);
        assert_eq!(reader.values().skip(COURSES.len()).flatten().count(), 0);
    }

    #[test]
    fn an_idle_connection_takes_little() {
        let mut zeros = Instruments::new();
        for (id, _) in COURSES.iter() {
            zeros.set(*id, Value::U32(0));
        }
        let mut told = Told::default();
        told.update(&mut zeros);
        // The bits, and the smallest values.
        assert!(told.0.len() <= bitmap() + 4, "{} octets", told.0.len());
    }

    #[test]
    fn counters_wrap_around_and_gauges_go_where_they_like() {
        let u32s = |id, told, now| kept(id, Value::U32(told), Value::U32(now));
        assert_eq!(u32s(Id::SumOctetsReordered, u32::MAX, 5), Some(Value::U32(5)));
        assert_eq!(u32s(Id::SampleRTT, 9, 1), Some(Value::U32(1)));
        assert_eq!(u32s(Id::CurCwnd, 9, 1), Some(Value::U32(1)));
        assert_eq!(u32s(Id::SndLimTimeSnd, 9, 1), Some(Value::U32(1)));
    }

    #[test]
    fn what_begins_anew_may_be_less() {
        let mut told = Told::default();
        let mut instruments = Instruments::new();
        instruments.set(Id::CountRTT, Value::U32(11));
        told.update(&mut instruments);
        told.forget();
        instruments.set(Id::CountRTT, Value::U32(0));
        told.update(&mut instruments);
        assert_eq!(instruments[Id::CountRTT], Some(Value::U32(0)));
    }
}
