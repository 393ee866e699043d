//! The scalars by their names, as text and from text.

use estats_protocol::{Scalar, Scalars};
use estats_spec::{scalars::ScalarInfo, wire::extension::scalar_member as member};
use std::fmt;

/// A value as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// A switch.
    Switch(bool),
    /// Something else.
    Number(u64),
}

impl From<Shown> for serde_json::Value {
    fn from(shown: Shown) -> Self {
        match shown {
            Shown::Switch(on) => on.into(),
            Shown::Number(number) => number.into(),
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch(true) => formatter.write_str("on"),
            Self::Switch(false) => formatter.write_str("off"),
            Self::Number(number) => number.fmt(formatter),
        }
    }
}

/// The value of one scalar; `None` if a newer daemon has it.
#[must_use]
pub fn value(scalar: &ScalarInfo, scalars: &Scalars) -> Option<Shown> {
    Some(match scalar.member {
        member::CONTROL_PATH => Shown::Switch(scalars.control_path),
        member::CONTROL_STACK => Shown::Switch(scalars.control_stack),
        member::CONTROL_APP => Shown::Switch(scalars.control_app),
        member::CONTROL_TUNE => Shown::Switch(scalars.control_tune),
        member::CONTROL_NOTIFY => Shown::Switch(scalars.control_notify),
        member::CONN_TABLE_LATENCY => Shown::Number(scalars.conn_table_latency.into()),
        member::LISTENER_TABLE_LAST_CHANGE => Shown::Number(scalars.listener_table_last_change.into()),
        member::EVENTS_LOST => Shown::Number(scalars.events_lost),
        _ => return None,
    })
}

/// A scalar with the value that a text says: `on` or `off` for a switch, else a number.
///
/// # Errors
///
/// What the text would have to be, or that the scalar cannot be set.
pub fn parse(scalar: &ScalarInfo, text: &str) -> Result<Scalar, String> {
    let (name, unit) = (scalar.name, scalar.unit);
    let switch = || match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(format!("{name} is on or off, not {text:?}")),
    };
    let number = || {
        text.parse()
            .map_err(|_| format!("{name} is a number of {unit}, not {text:?}"))
    };
    Ok(match scalar.member {
        member::CONTROL_PATH => Scalar::ControlPath(switch()?),
        member::CONTROL_STACK => Scalar::ControlStack(switch()?),
        member::CONTROL_APP => Scalar::ControlApp(switch()?),
        member::CONTROL_TUNE => Scalar::ControlTune(switch()?),
        member::CONTROL_NOTIFY => Scalar::ControlNotify(switch()?),
        member::CONN_TABLE_LATENCY => Scalar::ConnTableLatency(number()?),
        _ => return Err(format!("{name} can only be read")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use estats_spec::scalars::SCALARS;

    #[test]
    fn what_is_writable_can_be_set_and_the_rest_not() {
        for scalar in &SCALARS {
            assert!(value(scalar, &Scalars::default()).is_some(), "{}", scalar.name);
            let settable = ["on", "7"].iter().filter(|text| parse(scalar, text).is_ok()).count();
            assert_eq!(settable, usize::from(scalar.writable), "{}", scalar.name);
        }
    }

    #[test]
    fn texts() {
        let named = |name| ScalarInfo::from_name(name).expect("a scalar");
        assert_eq!(parse(named("controlnotify"), "off"), Ok(Scalar::ControlNotify(false)));
        assert_eq!(parse(named("ConnTableLatency"), "0"), Ok(Scalar::ConnTableLatency(0)));
        for (name, text) in [
            ("ControlApp", "1"),
            ("ConnTableLatency", "-1"),
            ("ConnTableLatency", "4294967296"),
        ] {
            assert!(parse(named(name), text).is_err(), "{name} {text}");
        }
    }
}
