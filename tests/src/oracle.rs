//! Comparing what the daemon says with what independent witnesses say.

use anyhow::{Result, ensure};
use estats_protocol::Reading;
use estats_spec::Id;

use crate::observer::number;
use crate::scene::Evidence;

/// What a value has to be. Signed, so that "-1" for "no option" has a place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Expected {
    /// This number.
    Exactly(i64),
    /// A number from the first to the second, both included.
    Between(i64, i64),
    /// The evidence at hand cannot tell.
    Untold,
}

impl Expected {
    /// Whether `value` is as expected.
    #[must_use]
    pub fn allows(self, value: i64) -> bool {
        match self {
            Self::Exactly(number) => value == number,
            Self::Between(least, most) => (least..=most).contains(&value),
            Self::Untold => true,
        }
    }
}

/// An exact expectation from any kind of integer.
///
/// # Panics
///
/// When the number is larger than 2^63.
pub fn exactly(number: impl TryInto<i64>) -> Expected {
    let Ok(number) = number.try_into() else {
        panic!("an expectation beyond 2^63")
    };
    Expected::Exactly(number)
}

/// An expectation between two numbers of any kinds of integers, both included.
///
/// # Panics
///
/// When a number is larger than 2^63.
pub fn between(least: impl TryInto<i64>, most: impl TryInto<i64>) -> Expected {
    let (Ok(least), Ok(most)) = (least.try_into(), most.try_into()) else {
        panic!("an expectation beyond 2^63")
    };
    Expected::Between(least, most)
}

/// An exact expectation, if there is anything to expect.
pub fn told(number: Option<impl TryInto<i64>>) -> Expected {
    number.map_or(Expected::Untold, exactly)
}

/// How the value of an instrument follows from the evidence.
pub type Oracle = fn(&Evidence) -> Expected;

/// Compares every instrument of `oracles` that `reading` has with its oracle.
///
/// # Errors
///
/// With one line for each instrument that is not as expected.
pub fn compare(reading: &Reading, oracles: &[(Id, Oracle)], evidence: &Evidence) -> Result<()> {
    let mut disagreements = Vec::new();
    for (id, oracle) in oracles {
        let expected = oracle(evidence);
        if let Some(value) = number(reading, *id)
            && !expected.allows(value)
        {
            disagreements.push(format!("{} is {value}, expected {expected:?}", id.name()));
        }
    }
    ensure!(
        disagreements.is_empty(),
        "{:?} end:\n  {}\n{:?}\n{:?}\nsent: {:?}\nreceived: {:?}\n{:?}\n{} round trips, at most {} octets in flight, {} segments skipped",
        evidence.side,
        disagreements.join("\n  "),
        evidence.info,
        evidence.queues,
        evidence.account.sent,
        evidence.account.received,
        evidence.account.waiting,
        evidence.account.round_trips.len(),
        evidence.account.max_flight,
        evidence.skipped
    );
    Ok(())
}
