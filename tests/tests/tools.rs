//! The classic tools against the live daemon print what the client reads.

use std::collections::BTreeMap;
use std::process::{self, Command};

use anyhow::{Context as _, Result, ensure};
use estats_protocol::{Reading, Value};
use estats_spec::endpoint::SOCKET_ENV;
use estats_spec::sets::Var;
use estats_tests::daemon::{Daemon, Directory, built};
use estats_tests::netns::Namespace;
use estats_tests::observer::{Observer, ends};
use estats_tests::printed::is_between;
use estats_tests::sockopt;
use estats_tests::traffic::{Options, Pair, transfer};

/// What a tool prints when it is pointed to `daemon`.
fn output(tool: &str, arguments: &[&str], daemon: &Daemon) -> Result<String> {
    let output = Command::new(built(tool)?)
        .args(arguments)
        .env(SOCKET_ENV, daemon.socket())
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{tool} ended with {}: {said}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

/// What the client has sent.
const OCTETS: u64 = 99_999;

/// A daemon and a connection of which nothing changes any more.
fn quiet_connection() -> Result<(Observer, Pair)> {
    quiet_connection_in(&Namespace::new()?)
}

fn quiet_connection_in(namespace: &Namespace) -> Result<(Observer, Pair)> {
    let observer = Observer::start(namespace)?;
    let end = || (namespace, Options::default());
    let pair = Pair::open(end(), end(), "::1".parse()?)?;
    transfer(&pair.client, &pair.server, OCTETS)?;
    pair.quiesce()?;
    Ok((observer, pair))
}

/// The fields of a column of a table with commas or tabs, whose first line that begins with `first` is its header.
fn column<'a>(table: &'a str, first: &str, name: &str) -> Result<Vec<&'a str>> {
    let fields = |line: &'a str| line.split([',', '\t']).map(str::trim);
    let mut lines = table.lines().skip_while(|line| !line.starts_with(first));
    let header = lines.next().with_context(|| format!("no header in:\n{table}"))?;
    let place = fields(header).position(|field| field == name);
    let place = place.with_context(|| format!("no {name} in {header}"))?;
    let rows = lines.filter(|line| !line.is_empty());
    rows.map(|row| fields(row).nth(place).with_context(|| format!("no {name} in {row}")))
        .collect()
}

#[test]
fn listconns_prints_a_row_for_each_end() -> Result<()> {
    let (mut observer, pair) = quiet_connection()?;
    let printed = output("listconns", &[], &observer.daemon)?;
    for socket in [&pair.client, &pair.server] {
        let (local, remote) = ends(socket)?;
        let fields = [
            observer.cid(socket)?.to_string(),
            local.0.to_string(),
            local.1.to_string(),
            remote.0.to_string(),
        ];
        let row = |line: &&str| line.split_whitespace().take(4).eq(fields.iter());
        ensure!(
            printed.lines().filter(row).count() == 1,
            "{fields:?} is not one row of:\n{printed}"
        );
    }
    Ok(())
}

/// A line for each variable of `reading`: its name, and what `value` says of it, or a dash.
fn lines(reading: &Reading, value: impl Fn(&Var, Option<Value>) -> Option<String>) -> String {
    let line = |(variable, read): (&Var, _)| {
        let value = value(variable, read).unwrap_or_else(|| "-".to_owned());
        format!("{}={value}\n", variable.name)
    };
    reading.values.iter().map(line).collect()
}

#[test]
fn readvars_prints_every_value() -> Result<()> {
    let (mut observer, pair) = quiet_connection()?;
    let cid = observer.cid(&pair.client)?;
    let before = observer.read(&pair.client)?;
    let printed = output("readvars", &[&cid.to_string()], &observer.daemon)?;
    let after = observer.read(&pair.client)?;
    let printed: BTreeMap<_, _> = printed.lines().filter_map(|line| line.split_once('=')).collect();
    let [before, after] = [before, after].map(|reading| lines(&reading, |_, read| read.map(|read| read.to_string())));
    let printed = |variable: &Var, _| printed.get(variable.name).map(|&value| value.to_owned());
    is_between(&lines(&observer.read(&pair.client)?, printed), &before, &after)
}

#[test]
fn watchvars_tells_the_same_again_and_deltavars_what_came_since() -> Result<()> {
    let (mut observer, pair) = quiet_connection()?;
    let cid = observer.cid(&pair.client)?.to_string();
    let sent = OCTETS.to_string();
    for (tool, second) in [("watchvars", sent.as_str()), ("deltavars", "0")] {
        let rows = output(tool, &[&cid, "-s", "-i", "1", "--count", "2"], &observer.daemon)?;
        assert_eq!(
            column(&rows, "sec,", "DataOctetsOut")?,
            [sent.as_str(), second],
            "{tool}:\n{rows}"
        );
    }
    Ok(())
}

#[test]
fn logger_prints_a_row_for_each_end() -> Result<()> {
    let (observer, pair) = quiet_connection()?;
    let port = ends(&pair.client)?.0.1.to_string();
    let rows = output(
        "logger",
        &["-i", "1", "--count", "1", "--port", &port],
        &observer.daemon,
    )?;
    let ports = column(&rows, "Time,", "SrcPort")?;
    let sent: BTreeMap<_, _> = ports.iter().zip(column(&rows, "Time,", "DataOctetsOut")?).collect();
    assert_eq!(sent.len(), 2, "{rows}");
    for (from, octets) in sent {
        let expected = if *from == port { OCTETS } else { 0 };
        assert_eq!(octets, expected.to_string(), "{rows}");
    }
    Ok(())
}

#[test]
fn listconninfo_finds_whose_a_connection_is() -> Result<()> {
    let namespace = Namespace::new()?;
    let (mut observer, pair) = quiet_connection_in(&namespace)?;
    let cid = observer.cid(&pair.client)?.to_string();
    // What is in /proc is that of the namespace that the tool runs in.
    let printed = namespace.run(|| output("listconninfo", &[], &observer.daemon))?;
    let row = printed
        .lines()
        .find(|line| line.split_whitespace().next() == Some(&cid));
    let fields: Vec<_> = row
        .with_context(|| format!("no {cid} in:\n{printed}"))?
        .split_whitespace()
        .collect();
    assert_eq!(fields[2..4], [process::id().to_string().as_str(), "0"], "{printed}");
    Ok(())
}

#[test]
fn what_record_write_records_record_read_prints() -> Result<()> {
    let (mut observer, pair) = quiet_connection()?;
    let cid = observer.cid(&pair.client)?.to_string();
    let directory = Directory::new()?;
    let file = directory.path().join("record");
    let file = file.to_str().context("a path that is not UTF-8")?;
    let written = output("record_write", &[&cid, "-o", file], &observer.daemon)?;
    let read = output("record_read", &[file], &observer.daemon)?;
    assert_eq!(written, read);
    let (local, remote) = ends(&pair.client)?;
    let address = format!("Address: {} {} {} {}", local.0, local.1, remote.0, remote.1);
    for line in [address, format!("DataOctetsOut:  {OCTETS}")] {
        ensure!(
            read.lines().any(|other| other == line),
            "`{line}` is no line of:\n{read}"
        );
    }
    Ok(())
}

#[test]
fn writevar_limits_the_window_of_the_socket() -> Result<()> {
    let (mut observer, pair) = quiet_connection()?;
    let cid = observer.cid(&pair.client)?.to_string();
    let clamp = || sockopt::get(&pair.client, libc::IPPROTO_TCP, libc::TCP_WINDOW_CLAMP);
    assert_ne!(clamp()?, 30_000);
    output("writevar", &[&cid, "LimRwin", "30000"], &observer.daemon)?;
    assert_eq!(clamp()?, 30_000);
    Ok(())
}

#[test]
fn getmib_tells_all_variables_that_are_served() -> Result<()> {
    let (mut observer, pair) = quiet_connection()?;
    let served = observer.read(&pair.client)?;
    let printed = output("getmib", &[], &observer.daemon)?;
    let names = printed
        .lines()
        .filter_map(|line| line.strip_prefix('\t')?.split('\t').next());
    let expected: Vec<_> = served.values.iter().map(|(variable, _)| variable.name).collect();
    assert_eq!(expected.len(), 124);
    assert_eq!(names.collect::<Vec<_>>(), expected);
    Ok(())
}
