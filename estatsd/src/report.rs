//! `estatsd instruments` and `estatsd check`.

use std::io::{self, Write};

use anyhow::Result;
use estats_spec::Id;
use serde_json::{Value, json};

use crate::{
    instruments::source::{self, Source},
    kernel::{self, check},
};

/// Prints every instrument with its source.
///
/// # Errors
///
/// The kernel's type information cannot be read, or the output cannot be written.
pub fn instruments(json: bool, mut out: impl Write) -> Result<()> {
    let missing = kernel::missing_fields()?;
    let sources = Id::ALL.map(|id| (id, source::of(id, &missing)));
    if json {
        let rows: Vec<Value> = sources
            .iter()
            .map(|(id, source)| instrument_json(*id, source))
            .collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&rows)?)?;
        return Ok(());
    }
    let width = Id::ALL
        .iter()
        .map(|id| id.info().unit.name().len())
        .max()
        .unwrap_or_default();
    writeln!(
        out,
        "{:<23} {:<9} {:<6} {:<7} {:<width$} SOURCE",
        "NAME", "TABLE", "STATE", "VALUE", "UNIT"
    )?;
    for (id, source) in &sources {
        let info = id.info();
        let (state, from) = describe(source);
        let class = match source {
            Source::Masked(_) => "-",
            _ => id.exactness().class(),
        };
        let unit = info.unit.name();
        writeln!(
            out,
            "{:<23} {:<9} {state:<6} {class:<7} {unit:<width$} {from}",
            info.name,
            info.table.name()
        )?;
    }
    let live = sources
        .iter()
        .filter(|(_, source)| !matches!(source, Source::Masked(_)))
        .count();
    writeln!(out, "\n{live} live, {} masked", sources.len() - live)?;
    Ok(())
}

fn describe(source: &Source) -> (&'static str, String) {
    match source {
        Source::Fields(fields) => ("live", format!("kernel: {}", fields.join(", "))),
        Source::Record(module) => ("live", format!("record: {module}")),
        Source::Daemon => ("live", "daemon".to_owned()),
        Source::Masked(reason) => ("masked", reason.clone()),
    }
}

fn instrument_json(id: Id, source: &Source) -> Value {
    let info = id.info();
    let mut row = json!({
        "name": info.name,
        "table": info.table.name(),
        "column": info.column,
        "unit": info.unit.to_string(),
        "writable": info.writable,
        "meaning": info.meaning,
    });
    let (key, value) = match source {
        Source::Fields(fields) => ("fields", json!(fields)),
        Source::Record(module) => ("record", json!(module)),
        Source::Daemon => ("daemon", json!(true)),
        Source::Masked(reason) => ("masked", json!(reason)),
    };
    row["state"] = json!(describe(source).0);
    row[key] = value;
    if !matches!(source, Source::Masked(_)) {
        row["value"] = json!(id.exactness().class());
        if let Some(text) = id.exactness().text() {
            row["bounds"] = json!(text);
        }
    }
    row
}

/// Prints what the kernel offers and lacks. Returns whether the daemon can run.
///
/// # Errors
///
/// The output cannot be written.
pub fn check(json: bool, mut out: impl Write) -> io::Result<bool> {
    let findings = check::run();
    if json {
        let rows: Vec<Value> = findings
            .iter()
            .map(|f| json!({"name": f.name, "ok": f.ok, "detail": f.detail}))
            .collect();
        writeln!(out, "{:#}", Value::from(rows))?;
    } else {
        for finding in &findings {
            writeln!(
                out,
                "{:<18} {:<8} {}",
                finding.name,
                if finding.ok { "ok" } else { "missing" },
                finding.detail
            )?;
        }
    }
    Ok(findings.iter().all(|finding| finding.ok))
}

/// Prints where each field is: its offset in octets, and for a part of an octet its lowest bit.
///
/// # Errors
///
/// The kernel's type information cannot be read, or the output cannot be written.
pub fn layout(mut out: impl Write) -> Result<()> {
    for (wanted, field) in kernel::fields()? {
        let name = format!("{}.{}", wanted.within, wanted.path);
        let place = match field {
            Some(field) if field.bits != 0 => format!("{} bit {}", field.offset, field.shift),
            Some(field) => field.offset.to_string(),
            None => "-".to_owned(),
        };
        writeln!(out, "{name:<48} {place}")?;
    }
    Ok(())
}
