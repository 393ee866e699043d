//! Records of a record file, to and from JSON: as `readvars --json` has a reading, without the cid, which such files do not
//! have.

use super::{Ends, Time, Variables, line};
use crate::address;
use crate::variable_listing::TABLES;
use estats_protocol::Value;
use estats_protocol::record_file::{End, Entry, Stored};
use estats_spec::WireType;
use estats_spec::sets::VarSet;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::net::IpAddr;

#[derive(Serialize)]
struct Record {
    tuple: Ends,
    time: Time,
    tables: Tables,
}

/// As the tables of a reading, but of what is stored.
struct Tables(Vec<(String, Variables)>);

impl Serialize for Tables {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(table, variables)| (table, variables)))
    }
}

/// A record as a line; a masked value is null, whatever is behind the mask.
///
/// # Errors
///
/// The type of an address is unknown.
pub fn record(entry: &Entry, set: &VarSet) -> Result<String, String> {
    let text = |end: &End| {
        let address = end.ip().map(address::text);
        address.ok_or_else(|| format!("{} is no address type", end.kind))
    };
    let mut values = entry.values.iter();
    let tables = TABLES.iter().zip(set.tables).map(|(table, variables)| {
        let named = variables.iter().zip(values.by_ref());
        let named = named.map(|(variable, stored)| (variable.name, stored.present()));
        (table.name().to_ascii_lowercase(), Variables(named.collect()))
    });
    let tables = Tables(tables.collect());
    Ok(line(&Record {
        tuple: Ends {
            local_addr: text(&entry.local)?,
            local_port: entry.local.port,
            rem_addr: text(&entry.remote)?,
            rem_port: entry.remote.port,
        },
        time: entry.time.into(),
        tables,
    }))
}

/// What is read of a line; other keys, such as the cid, do not matter.
#[derive(Deserialize)]
struct Given {
    tuple: GivenEnds,
    time: GivenTime,
    tables: HashMap<String, HashMap<String, serde_json::Value>>,
}

#[derive(Deserialize)]
struct GivenEnds {
    local_addr: IpAddr,
    local_port: u16,
    rem_addr: IpAddr,
    rem_port: u16,
}

#[derive(Deserialize)]
struct GivenTime {
    sec: u32,
    usec: u32,
}

/// The record in a line. Variables that it does not have are masked.
///
/// # Errors
///
/// The line is no JSON of this form, names a variable that the set does not have, or a value does not fit its variable.
pub fn parse_record(line: &str, set: &VarSet) -> Result<Entry, String> {
    let given: Given = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let mut values: Vec<_> = set
        .iter()
        .map(|variable| Stored {
            masked: true,
            value: Value::U64(0).cast(variable.stored()),
        })
        .collect();
    for (name, value) in given.tables.values().flatten() {
        let place = set.iter().position(|variable| variable.name == name);
        let place = place.ok_or_else(|| format!("the variable set {} has no {name}", set.name))?;
        let wire = values[place].value.wire_type();
        if !value.is_null() {
            let value = number(value, wire).ok_or_else(|| format!("{name} cannot be {value}"))?;
            values[place] = Stored { masked: false, value };
        }
    }
    Ok(Entry {
        time: estats_protocol::Time {
            sec: given.time.sec,
            usec: given.time.usec,
        },
        remote: (given.tuple.rem_addr, given.tuple.rem_port).into(),
        local: (given.tuple.local_addr, given.tuple.local_port).into(),
        values,
    })
}

/// The number, if it fits this type.
fn number(value: &serde_json::Value, wire: WireType) -> Option<Value> {
    let unsigned = || value.as_u64();
    Some(match wire {
        WireType::U64 => Value::U64(unsigned()?),
        WireType::U32 => Value::U32(unsigned()?.try_into().ok()?),
        WireType::S32 => Value::S32(value.as_i64()?.try_into().ok()?),
        WireType::U16 => Value::U16(unsigned()?.try_into().ok()?),
        WireType::U8 => Value::U8(unsigned()?.try_into().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use estats_spec::sets;

    /// A record of the set in which variable `i` is `i` less one, so that the first is masked and others are not.
    fn made_up(set: &VarSet, local: &str, remote: &str) -> Entry {
        let end = |address: &str, port| End::from((address.parse::<IpAddr>().expect("an address"), port));
        let values = (0_u64..).zip(set.iter()).map(|(index, variable)| Stored {
            masked: index == 0,
            value: Value::U64(index.wrapping_sub(u64::from(index != 0)) * u64::from(index != 0))
                .cast(variable.stored()),
        });
        Entry {
            time: estats_protocol::Time { sec: u32::MAX, usec: 7 },
            remote: end(remote, 65535),
            local: end(local, 0),
            values: values.collect(),
        }
    }

    #[test]
    fn there_and_back_of_every_set() {
        for set in sets::ALL {
            for (local, remote) in [("10.0.0.1", "10.0.0.2"), ("2001:db8::1", "::1.2.3.4")] {
                let entry = made_up(set, local, remote);
                let text = record(&entry, set).expect("known addresses");
                assert_eq!(parse_record(&text, set), Ok(entry), "{}", set.name);
            }
        }
    }

    #[test]
    fn extreme_values_and_those_that_do_not_fit() {
        for (wire, fits, does_not) in [
            (
                WireType::U64,
                &["0", "18446744073709551615"][..],
                &["-1", "18446744073709551616", "1.5"][..],
            ),
            (WireType::U32, &["4294967295"], &["4294967296", "-1", "\"1\""]),
            (
                WireType::S32,
                &["-2147483648", "2147483647"],
                &["2147483648", "-2147483649"],
            ),
            (WireType::U16, &["65535"], &["65536"]),
            (WireType::U8, &["255"], &["256", "true", "[]"]),
        ] {
            let parsed = |text: &str| number(&serde_json::from_str(text).expect("JSON"), wire);
            for text in fits {
                assert_eq!(parsed(text).map(|value| value.to_string()).as_deref(), Some(*text));
            }
            for text in does_not {
                assert_eq!(parsed(text), None, "{text}");
            }
        }
    }

    #[test]
    fn lines_that_are_no_record() {
        let line = |tables: &str| {
            format!(
                r#"{{"cid":1,"tuple":{{"local_addr":"::1","local_port":1,"rem_addr":"::2","rem_port":2}},"time":{{"sec":1,"usec":2}},"tables":{tables}}}"#
            )
        };
        let parsed = |tables: &str| parse_record(&line(tables), &sets::V122);
        assert!(parsed("{}").is_ok_and(|entry| entry.values.iter().all(|stored| stored.masked)));
        assert_eq!(
            parsed(r#"{"stack":{"RackTimeout":1}}"#),
            Err("the variable set V122 has no RackTimeout".to_owned())
        );
        assert_eq!(
            parsed(r#"{"perf":{"SegsOut":-1}}"#),
            Err("SegsOut cannot be -1".to_owned())
        );
        for text in ["", "[]", "{}", "{\"tuple\":1}", "null", "\u{0}"] {
            assert!(parse_record(text, &sets::V122).is_err(), "{text}");
        }
    }
}
