//! The classic tools against the live daemon print what the client reads.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Result, ensure};
use estats_protocol::{Reading, Value};
use estats_spec::endpoint::SOCKET_ENV;
use estats_spec::sets::Var;
use estats_tests::daemon::{Daemon, built};
use estats_tests::netns::Namespace;
use estats_tests::observer::{Observer, ends};
use estats_tests::printed::is_between;
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

/// A daemon and a connection of which nothing changes any more.
fn quiet_connection() -> Result<(Observer, Pair)> {
    let namespace = Namespace::new()?;
    let observer = Observer::start(&namespace)?;
    let end = || (&namespace, Options::default());
    let pair = Pair::open(end(), end(), "::1".parse()?)?;
    transfer(&pair.client, &pair.server, 99_999)?;
    pair.quiesce()?;
    Ok((observer, pair))
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
