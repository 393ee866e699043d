//! The output of `--json`: one line, whose keys stay as they are.
//!
//! `listconns --json`:
//!
//! ```json
//! {"connections":[{"cid":1,"local_addr":"127.0.0.1","local_port":22,"rem_addr":"10.0.0.2","rem_port":40000}]}
//! ```
//!
//! `readvars --json CID`:
//!
//! ```json
//! {"cid":1,"tuple":{"local_addr":"127.0.0.1","local_port":22,"rem_addr":"10.0.0.2","rem_port":40000},
//!  "time":{"sec":1700000000,"usec":4242},
//!  "tables":{"perf":{"SegsOut":17},"path":{"SampleRTT":null},"stack":{},"app":{},"tune":{},"extras":{}}}
//! ```
//!
//! `tables` has the six tables in this order and in each the variables in the order of the wire, by their RFC 4898 names as
//! the library spells them. `null` stands for a variable that this kernel cannot deliver; a variable that `-m` leaves out is
//! left out. Values are integers of up to 64 bits. Units are those of the variables, see `estatsd instruments --json`.

mod extension;
mod record;

pub use extension::{details, listeners, notice, row, scalars};
pub use record::{parse_record, record};

use crate::address;
use crate::variable_listing::TABLES;
use estats_protocol::client::Mib;
use estats_protocol::{Masks, Reading, Tuple, Value};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

#[derive(Serialize)]
struct Connections {
    connections: Vec<Connection>,
}

#[derive(Serialize)]
struct Connection {
    cid: u32,
    #[serde(flatten)]
    ends: Ends,
}

#[derive(Serialize)]
struct Ends {
    local_addr: String,
    local_port: u16,
    rem_addr: String,
    rem_port: u16,
}

impl From<&Tuple> for Ends {
    fn from(tuple: &Tuple) -> Self {
        Self {
            local_addr: address::text(tuple.local.0),
            local_port: tuple.local.1,
            rem_addr: address::text(tuple.remote.0),
            rem_port: tuple.remote.1,
        }
    }
}

#[derive(Serialize)]
struct Snapshot<'a> {
    cid: u32,
    tuple: Ends,
    time: Time,
    tables: Tables<'a>,
}

#[derive(Serialize)]
struct Time {
    sec: u32,
    usec: u32,
}

struct Tables<'a> {
    reading: &'a Reading,
    masks: &'a Masks,
}

impl Serialize for Tables<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let set = self.reading.values.set();
        let mut values = self.reading.values.as_slice();
        let mut map = serializer.serialize_map(Some(TABLES.len()))?;
        for (number, (table, variables)) in TABLES.iter().zip(set.tables).enumerate() {
            let (of_table, rest) = values.split_at(variables.len());
            values = rest;
            let wanted = variables
                .iter()
                .zip(of_table)
                .enumerate()
                .filter(|(index, _)| self.masks.selects(number, *index));
            let named = wanted.map(|(_, (variable, value))| (variable.name, *value));
            map.serialize_entry(&table.name().to_ascii_lowercase(), &Variables(named.collect()))?;
        }
        map.end()
    }
}

struct Variables(Vec<(&'static str, Option<Value>)>);

impl Serialize for Variables {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value.map(Number))))
    }
}

struct Number(Value);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::S32(value) => serializer.serialize_i32(value),
            other => serializer.serialize_u64(other.as_u64()),
        }
    }
}

/// The connections, one object each.
#[must_use]
pub fn connections(connections: &[Tuple]) -> String {
    let connections = connections
        .iter()
        .map(|tuple| Connection {
            cid: tuple.cid,
            ends: tuple.into(),
        })
        .collect();
    line(&Connections { connections })
}

#[derive(Serialize)]
struct Description<'a> {
    tables: Vec<Table<'a>>,
}

#[derive(Serialize)]
struct Table<'a> {
    table: String,
    variables: Vec<Variable<'a>>,
}

#[derive(Serialize)]
struct Variable<'a> {
    name: &'a str,
    r#type: u32,
}

/// The variables that a daemon serves, table by table.
#[must_use]
pub fn mib(mib: &Mib) -> String {
    let tables = TABLES.iter().zip(&mib.tables).map(|(table, variables)| Table {
        table: table.name().to_ascii_lowercase(),
        variables: variables
            .iter()
            .map(|variable| Variable {
                name: &variable.name,
                r#type: variable.kernel_type,
            })
            .collect(),
    });
    line(&Description {
        tables: tables.collect(),
    })
}

/// The variables of one connection that `masks` selects.
#[must_use]
pub fn reading(reading: &Reading, masks: &Masks) -> String {
    line(&Snapshot {
        cid: reading.tuple.cid,
        tuple: (&reading.tuple).into(),
        time: reading.time.into(),
        tables: Tables { reading, masks },
    })
}

fn line(value: &impl Serialize) -> String {
    let mut text = serde_json::to_string(value).expect("the keys are strings and nothing here can fail");
    text.push('\n');
    text
}
