//! Doing it again and again.

use crate::Outcome;
use crate::command_line::Program;
use crate::outcome::print;
use std::thread;
use std::time::Duration;

/// Options of programs that can go on.
#[derive(clap::Args, Debug, Default)]
pub struct Rounds {
    /// Time between two rounds, in milliseconds.
    #[arg(short = 'i', long, value_name = "MS", allow_hyphen_values = true)]
    interval: Option<String>,
    /// Number of rounds.
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    count: Option<String>,
}

/// How often, when the command line does not say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usually {
    /// One round only.
    Once,
    /// Until something ends it.
    ForEver,
}

/// Between two rounds, unless the command line says otherwise.
const INTERVAL: Duration = Duration::from_secs(1);

/// The part of a usage text about these options.
pub const USAGE: &str = "  -i, --interval ms
                 again and again, so many milliseconds (1000) apart
  --count n      end after so many times
";

impl Rounds {
    /// How often and how fast.
    ///
    /// # Errors
    ///
    /// The failure of the program when an option makes no sense.
    pub fn plan<P: Program>(&self, usually: Usually) -> Result<Plan, Outcome> {
        let interval = interval(self.interval.as_deref()).map_err(P::failure)?;
        let count = count(self.count.as_deref()).map_err(P::failure)?;
        let once = usually == Usually::Once && interval.is_none();
        Ok(Plan {
            interval: interval.unwrap_or(INTERVAL),
            count: count.unwrap_or(if once { 1 } else { u64::MAX }),
        })
    }
}

/// How often and how fast something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    interval: Duration,
    count: u64,
}

impl Plan {
    /// Does `round` as often as wanted, and prints what it returns as soon as it does. A failure is the end.
    pub fn carry_out(self, mut round: impl FnMut() -> Result<String, Outcome>) -> Outcome {
        for number in 0..self.count {
            if number > 0 {
                thread::sleep(self.interval);
            }
            if let Err(failure) = round().and_then(|text| print(&text)) {
                return failure;
            }
        }
        Outcome::default()
    }
}

/// A number of milliseconds; fractions of one are left out, as ever. (Programs that drive these tools give some.)
fn interval(argument: Option<&str>) -> Result<Option<Duration>, String> {
    let Some(argument) = argument else {
        return Ok(None);
    };
    let (whole, fraction) = argument.split_once('.').unwrap_or((argument, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match whole.parse::<u32>() {
        Ok(milliseconds) if digits(whole) && digits(fraction) => Ok(Some(Duration::from_millis(milliseconds.into()))),
        _ => Err(format!("the interval '{argument}' is no number of milliseconds")),
    }
}

fn count(argument: Option<&str>) -> Result<Option<u64>, String> {
    let count = argument.map(|argument| {
        argument
            .parse()
            .map_err(|_| format!("the count '{argument}' is no number"))
    });
    count.transpose()
}

#[cfg(test)]
mod tests {
    use super::{count, interval};
    use std::time::Duration;

    #[test]
    fn intervals() {
        for (argument, milliseconds) in [
            ("0", 0),
            ("100", 100),
            ("250.0", 250),
            ("10.9", 10),
            ("4294967295", 4_294_967_295),
        ] {
            assert_eq!(interval(Some(argument)), Ok(Some(Duration::from_millis(milliseconds))));
        }
        assert_eq!(interval(None), Ok(None));
        for argument in ["", ".5", "-1", "+1", "1s", "1.x", "0x10", "4294967296"] {
            assert!(interval(Some(argument)).is_err(), "{argument}");
        }
    }

    #[test]
    fn counts() {
        assert_eq!((count(None), count(Some("3"))), (Ok(None), Ok(Some(3))));
        assert!(count(Some("-1")).is_err() && count(Some("many")).is_err());
    }
}
