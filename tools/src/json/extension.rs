//! The objects that the extension of the protocol adds to the output of `--json`.
//!
//! An origin, `null` for what is not known:
//!
//! ```json
//! {"cookie":17,"netns":4026531840,"cgroup":1,"uid":1000,"gid":null,"pid":null,"comm":null,"adopted":false,"closed":false}
//! ```
//!
//! An instrument with its unit, `null` if it is not measured: `{"value":17,"unit":"segments"}`.

use super::{Ends, Number, Time, line};
use crate::{address, instrument_listing};
use estats_protocol::{
    Details, Instruments, ListenerReading, Origin, Row, Scalars,
    extension::{Event, Notice},
};
use estats_spec::{
    Id, Table,
    scalars::{SCALARS, ScalarInfo},
};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

#[derive(Serialize)]
struct OriginObject<'a> {
    cookie: u64,
    netns: u32,
    cgroup: Option<u64>,
    uid: Option<u32>,
    gid: Option<u32>,
    pid: Option<u32>,
    comm: Option<&'a str>,
    adopted: bool,
    closed: bool,
}

impl<'a> From<&'a Origin> for OriginObject<'a> {
    fn from(origin: &'a Origin) -> Self {
        Self {
            cookie: origin.cookie,
            netns: origin.netns,
            cgroup: origin.cgroup,
            uid: origin.uid,
            gid: origin.gid,
            pid: origin.pid,
            comm: origin.comm.as_deref(),
            adopted: origin.adopted,
            closed: origin.closed,
        }
    }
}

impl From<estats_protocol::Time> for Time {
    fn from(time: estats_protocol::Time) -> Self {
        Self {
            sec: time.sec,
            usec: time.usec,
        }
    }
}

/// How values are written.
#[derive(Clone, Copy)]
enum Form {
    /// The number.
    Bare,
    /// The number and its unit.
    WithUnit,
}

#[derive(Serialize)]
struct Measured {
    value: Number,
    unit: &'static str,
}

/// The instruments of one table; `null` for what is not measured.
struct OfTable<'a>(Table, &'a Instruments, Form);

impl Serialize for OfTable<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(table, instruments, form) = self;
        let mut map = serializer.serialize_map(None)?;
        for id in instrument_listing::of(*table) {
            let value = instruments[id].map(Number);
            match form {
                Form::Bare => map.serialize_entry(id.name(), &value)?,
                Form::WithUnit => map.serialize_entry(id.name(), &value.map(|value| measured(id, value)))?,
            }
        }
        map.end()
    }
}

fn measured(id: Id, value: Number) -> Measured {
    Measured {
        value,
        unit: id.info().unit.name(),
    }
}

/// All tables of a connection, under their names in lower case.
struct AllTables<'a>(&'a Instruments, Form);

impl Serialize for AllTables<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let name = |table: Table| table.name().to_ascii_lowercase();
        serializer.collect_map(
            instrument_listing::TABLES
                .into_iter()
                .map(|table| (name(table), OfTable(table, self.0, self.1))),
        )
    }
}

#[derive(Serialize)]
struct DetailedConnection<'a> {
    cid: u32,
    #[serde(flatten)]
    ends: Ends,
    origin: OriginObject<'a>,
}

/// The connections with their origin, one object each.
#[must_use]
pub fn details(connections: &[Details]) -> String {
    #[derive(Serialize)]
    struct Connections<'a> {
        connections: Vec<DetailedConnection<'a>>,
    }
    let connections = connections.iter().map(detailed).collect();
    line(&Connections { connections })
}

fn detailed(details: &Details) -> DetailedConnection<'_> {
    DetailedConnection {
        cid: details.tuple.cid,
        ends: (&details.tuple).into(),
        origin: (&details.origin).into(),
    }
}

/// Every instrument of one connection, with its unit.
#[must_use]
pub fn row(row: &Row) -> String {
    #[derive(Serialize)]
    struct Snapshot<'a> {
        cid: u32,
        tuple: Ends,
        time: Time,
        origin: OriginObject<'a>,
        tables: AllTables<'a>,
    }
    line(&Snapshot {
        cid: row.tuple.cid,
        tuple: (&row.tuple).into(),
        time: row.time.into(),
        origin: (&row.origin).into(),
        tables: AllTables(&row.instruments, Form::WithUnit),
    })
}

/// The listening sockets; with `all` their origin, the time of the read and the units as well.
#[must_use]
pub fn listeners(listeners: &[ListenerReading], all: bool) -> String {
    #[derive(Serialize)]
    struct Listeners<'a> {
        listeners: Vec<Listener<'a>>,
    }
    #[derive(Serialize)]
    struct Listener<'a> {
        id: u32,
        local_addr: String,
        local_port: u16,
        #[serde(skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
        #[serde(skip_serializing_if = "Option::is_none")]
        origin: Option<OriginObject<'a>>,
        instruments: OfTable<'a>,
    }
    let form = if all { Form::WithUnit } else { Form::Bare };
    let listeners = listeners
        .iter()
        .map(|listener| Listener {
            id: listener.tuple.id,
            local_addr: address::text(listener.tuple.local.0),
            local_port: listener.tuple.local.1,
            time: all.then(|| listener.time.into()),
            origin: all.then(|| (&listener.origin).into()),
            instruments: OfTable(Table::Listener, &listener.instruments, form),
        })
        .collect();
    line(&Listeners { listeners })
}

/// What happened to a connection.
#[must_use]
pub fn notice(notice: &Notice) -> String {
    #[derive(Serialize)]
    struct Happening<'a> {
        event: &'static str,
        missed: u64,
        #[serde(flatten)]
        connection: DetailedConnection<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
        #[serde(skip_serializing_if = "Option::is_none")]
        tables: Option<AllTables<'a>>,
    }
    line(&match &notice.event {
        Event::Established(details) => Happening {
            event: "established",
            missed: notice.missed,
            connection: detailed(details),
            time: None,
            tables: None,
        },
        Event::Closed(row) => Happening {
            event: "closed",
            missed: notice.missed,
            connection: DetailedConnection {
                cid: row.tuple.cid,
                ends: (&row.tuple).into(),
                origin: (&row.origin).into(),
            },
            time: Some(row.time.into()),
            tables: Some(AllTables(&row.instruments, Form::Bare)),
        },
    })
}

/// Scalars by their names: all, or one.
#[must_use]
pub fn scalars(scalars: &Scalars, wanted: Option<&ScalarInfo>) -> String {
    let selected = SCALARS
        .iter()
        .filter(|scalar| wanted.is_none_or(|wanted| wanted.member == scalar.member))
        .filter_map(|scalar| {
            Some((
                scalar.name,
                serde_json::Value::from(crate::scalars::value(scalar, scalars)?),
            ))
        });
    line(&InOrder(selected.collect()))
}

/// An object whose keys keep their order.
struct InOrder(Vec<(&'static str, serde_json::Value)>);

impl Serialize for InOrder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}
