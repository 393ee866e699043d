//! The table of instruments against RFC 4898 and the old sources.

use std::collections::{BTreeMap, BTreeSet};

use estats_spec::{Id, KernelType, Kind, SnmpType, Syntax, Table, Unit, WireType, sets};

fn columns(table: Table) -> Vec<u8> {
    Id::ALL
        .into_iter()
        .map(Id::info)
        .filter(|row| row.table == table)
        .filter_map(|row| row.column)
        .collect()
}

fn names(filter: impl Fn(Id) -> bool) -> Vec<&'static str> {
    Id::ALL.into_iter().filter(|id| filter(*id)).map(Id::name).collect()
}

#[test]
fn an_id_is_the_index_of_its_row() {
    assert_eq!(Id::ALL.len(), 146);
    for (index, id) in Id::ALL.into_iter().enumerate() {
        assert_eq!(id as usize, index);
        assert_eq!(id.info().id, id);
        assert_eq!(format!("{id:?}"), id.name());
    }
}

/// Column numbers of RFC 4898, with the gaps that its authors left.
#[test]
fn columns_are_those_of_the_rfc() {
    let without = |last: u8, gaps: &[u8]| (1..=last).filter(|column| !gaps.contains(column)).collect::<Vec<_>>();
    assert_eq!(columns(Table::Listener), without(15, &[]));
    assert_eq!(columns(Table::ConnectId), [1]);
    assert_eq!(columns(Table::Perf), without(36, &[29, 30]));
    assert_eq!(columns(Table::Path), without(32, &[5, 6, 7, 8, 9, 10]));
    assert_eq!(columns(Table::Stack), without(42, &[20]));
    assert_eq!(columns(Table::App), without(14, &[9, 10]));
    assert_eq!(columns(Table::Tune), [1, 2, 3, 4]);
    assert_eq!(columns(Table::Extras), [0; 0]);
}

#[test]
fn thirteen_rows_are_not_of_the_rfc() {
    let extra = names(|id| id.info().column.is_none());
    assert_eq!(extra.len(), 13);
    assert_eq!(extra, names(|id| id.info().syntax == Syntax::NotInMib));
}

#[test]
fn names_are_unique_and_found_in_any_case() {
    let lower: BTreeSet<String> = Id::ALL.into_iter().map(|id| id.name().to_ascii_lowercase()).collect();
    assert_eq!(lower.len(), Id::ALL.len());
    for id in Id::ALL {
        assert_eq!(Id::from_name(id.name()), Some(id));
        assert_eq!(Id::from_name(&id.name().to_ascii_uppercase()), Some(id));
    }
    assert_eq!(Id::from_name("SndLimTimeStartup"), Some(Id::SndLimTimeStartUp));
    assert_eq!(Id::SndLimTransStartUp.name(), "SndLimTransStartUp");
    assert_eq!(Id::from_name("SegsOut "), None);
    assert_eq!(Id::from_name(""), None);
}

#[test]
fn kinds_add_up() {
    let count = |kind| Id::ALL.into_iter().filter(|id| id.info().kind == kind).count();
    assert_eq!(
        (count(Kind::State), count(Kind::Derived), count(Kind::Event)),
        (49, 9, 88)
    );
}

#[test]
fn wire_widths_are_those_of_the_library() {
    let on_wire = |wire: WireType| {
        names(|id| id.info().wire == wire && !matches!(id.info().table, Table::Listener | Table::ConnectId))
    };
    assert_eq!(
        on_wire(WireType::U64),
        [
            "HCDataOctetsOut",
            "HCDataOctetsIn",
            "StartTimeStamp",
            "HCSumRTT",
            "HCThruOctetsAcked",
            "HCThruOctetsReceived"
        ]
    );
    assert_eq!(on_wire(WireType::U8), ["IpTosIn", "IpTosOut"]);
    assert_eq!(
        on_wire(WireType::S32),
        [
            "ActiveOpen",
            "WinScaleSent",
            "WinScaleRcvd",
            "TimeStamps",
            "ECN",
            "WillSendSACK",
            "WillUseSACK",
            "State",
            "Nagle",
            "InRecovery",
            "SoftErrorReason"
        ]
    );
    assert!(on_wire(WireType::U16).is_empty());
}

/// Library and module agreed on the class of every variable except three.
#[test]
fn type_classes_differ_for_three_variables() {
    let differ = names(|id| {
        sets::V124B.find(id).is_some() && format!("{:?}", id.info().snmp) != format!("{:?}", id.info().kernel)
    });
    assert_eq!(differ, ["StartTimeStamp", "SoftErrorReason", "Priority"]);
    assert_eq!(
        (Id::StartTimeStamp.info().snmp, Id::StartTimeStamp.info().kernel),
        (SnmpType::TimeTicks, KernelType::DateAndTime)
    );
    assert_eq!(
        (Id::SoftErrorReason.info().snmp, Id::SoftErrorReason.info().kernel),
        (SnmpType::Integer, KernelType::Counter32)
    );
    assert_eq!(
        (Id::Priority.info().snmp, Id::Priority.info().kernel),
        (SnmpType::Counter32, KernelType::Unsigned32)
    );
}

/// What `web10g-deltavars` subtracts: the library's counters, counted in its source.
#[test]
fn counters_of_the_library() {
    let mut classes = BTreeMap::new();
    for var in sets::V124B.iter() {
        *classes.entry(var.id.info().snmp as u8).or_insert(0) += 1;
    }
    assert_eq!(classes, LIBRARY_CLASSES.into());
    assert_eq!(Id::SndUna.info().snmp, SnmpType::Counter32);
    assert_eq!(Id::SndNxt.info().snmp, SnmpType::Unsigned32);
    assert_eq!(Id::CurTimeoutCount.info().snmp, SnmpType::Gauge32);
}

/// Entries of each `ESTATS_TYPE` number in the variable table of rapier1/web10g-userland, tag kernel-4.18.
const LIBRARY_CLASSES: [(u8, usize); 8] = [(0, 9), (1, 2), (3, 60), (4, 37), (5, 8), (6, 1), (7, 5), (11, 2)];

#[test]
fn type_numbers_are_those_of_the_interfaces() {
    assert_eq!(
        [WireType::U64, WireType::U32, WireType::S32, WireType::U16, WireType::U8].map(|t| t as u8),
        [0, 1, 2, 3, 4]
    );
    assert_eq!(
        (
            SnmpType::Counter32 as u8,
            SnmpType::TimeTicks as u8,
            SnmpType::Counter64 as u8
        ),
        (3, 6, 7)
    );
    assert_eq!((SnmpType::InetPortNumber as u8, SnmpType::Octet as u8), (8, 11));
    assert_eq!((KernelType::Counter32 as u8, KernelType::Counter64 as u8), (2, 5));
    assert_eq!((KernelType::DateAndTime as u8, KernelType::Octet as u8), (6, 9));
}

#[test]
fn two_limits_are_writable() {
    assert_eq!(names(|id| id.info().writable), ["LimCwnd", "LimRwin"]);
}

#[test]
fn four_units_differ_from_the_rfc() {
    let differ = names(|id| id.info().rfc_unit.is_some());
    assert_eq!(
        differ,
        ["StartTimeStamp", "SndLimTimeRwin", "SndLimTimeCwnd", "SndLimTimeSnd"]
    );
    assert_eq!(Id::SndLimTimeSnd.info().unit, Unit::Microseconds);
    assert_eq!(Id::SndLimTimeSnd.info().rfc_unit, Some(Unit::Milliseconds));
    assert_eq!(Id::StartTimeStamp.info().unit, Unit::UnixMicroseconds);
    assert_eq!(format!("[{:>13}]", Unit::Milliseconds), "[ milliseconds]");
}

#[test]
fn counters_of_the_mib_have_a_counters_width() {
    for row in Id::ALL.into_iter().map(Id::info) {
        let wide = matches!(row.syntax, Syntax::ZeroBasedCounter64 | Syntax::DateAndTime);
        assert_eq!(row.wire == WireType::U64, wide, "{}", row.name);
    }
}

#[test]
fn meanings_are_clean_sentences() {
    let mut seen = BTreeSet::new();
    for row in Id::ALL.into_iter().map(Id::info) {
        assert!(seen.insert(row.meaning), "{} repeats another meaning", row.name);
        assert!(
            row.meaning.ends_with(['.', ')']) && !row.meaning.contains(['\n', '`']),
            "{}",
            row.name
        );
        assert!(!row.meaning.contains("  "), "{}: {}", row.name, row.meaning);
        assert_eq!(row.meaning, row.meaning.trim(), "{}", row.name);
    }
}
