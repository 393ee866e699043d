//! The tools on the live daemon.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, TryRecvError};

use anyhow::{Context as _, Result, ensure};
use estats_protocol::Value;
use estats_spec::Id;
use estats_spec::endpoint::SOCKET_ENV;
use estats_tests::daemon::built;
use estats_tests::observer::signed;
use estats_tests::traffic::Options;

use crate::{Scene, USER};

fn command(tool: &str, arguments: &[&str], scene: &Scene) -> Result<Command> {
    let mut command = Command::new(built(tool)?);
    command.args(arguments).env(SOCKET_ENV, scene.observer.daemon.socket());
    Ok(command)
}

fn output(tool: &str, arguments: &[&str], scene: &Scene) -> Result<String> {
    let output = command(tool, arguments, scene)?.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{tool} ended with {}: {said}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

fn json(tool: &str, arguments: &[&str], scene: &Scene) -> Result<serde_json::Value> {
    let arguments = [arguments, &["--json"]].concat();
    Ok(serde_json::from_str(&output(tool, &arguments, scene)?)?)
}

#[test]
fn readvars_all_shows_every_instrument_that_is_measured() -> Result<()> {
    let mut scene = Scene::new()?;
    let pair = scene.quiet_pair()?;
    let cid = scene.observer.cid(&pair.client)?;
    let before = scene.observer.client.read_row(cid)?;
    let shown = json("readvars", &[&cid.to_string(), "--all"], &scene)?;
    let text = output("readvars", &[&cid.to_string(), "--all"], &scene)?;
    let after = scene.observer.client.read_row(cid)?;
    let mut compared = 0;
    for id in Id::ALL.into_iter().filter(|id| *id >= Id::ConnectIndex) {
        let table = &shown["tables"][id.info().table.name().to_ascii_lowercase()];
        let (value, unit) = (&table[id.name()]["value"], id.info().unit.name());
        let line = text
            .lines()
            .find(|line| line.split_whitespace().next() == Some(id.name()));
        match before.instruments[id] {
            None => ensure!(value.is_null() && line.is_none(), "{id} is not measured"),
            Some(number) if after.instruments[id] == Some(number) => {
                ensure!(value.as_i64() == Some(signed(number)), "{id}: {value} for {number}");
                let expected = format!("{id} {number} {unit}");
                let words: Vec<&str> = line.unwrap_or_default().split_whitespace().collect();
                ensure!(words.join(" ") == expected, "{line:?} for {expected}");
                compared += 1;
            }
            Some(_) => {}
        }
    }
    ensure!(compared > 90, "{compared} instruments were compared");
    assert_eq!(shown["origin"]["netns"], scene.netns);
    Ok(())
}

#[test]
fn listconns_all_shows_where_a_connection_comes_from() -> Result<()> {
    let mut scene = Scene::new()?;
    let pair = scene.pair()?;
    let cid = scene.observer.cid(&pair.client)?;
    let shown = json("listconns", &["--all"], &scene)?;
    let connections = shown["connections"].as_array().context("an array")?;
    let own = connections
        .iter()
        .find(|connection| connection["cid"] == cid)
        .context("it is listed")?;
    assert_eq!(own["local_port"], pair.client.local_addr()?.port());
    let origin = &own["origin"];
    assert_eq!(
        (&origin["netns"], &origin["pid"]),
        (&scene.netns.into(), &std::process::id().into())
    );
    let text = output("listconns", &["--all"], &scene)?;
    let row: Vec<&str> = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|words| words.first() == Some(&cid.to_string().as_str()))
        .context("it has a line")?;
    assert_eq!(row[5], scene.netns.to_string());
    assert_eq!(row[8], std::process::id().to_string());
    Ok(())
}

#[test]
fn listlisteners_shows_a_listening_socket() -> Result<()> {
    let scene = Scene::new()?;
    let listener = scene.namespace.run(|| Options::default().listen("[::]:0".parse()?))?;
    let port = listener.local_addr()?.port();
    let shown = json("listlisteners", &["--all"], &scene)?;
    let own = shown["listeners"]
        .as_array()
        .context("an array")?
        .iter()
        .find(|listener| listener["origin"]["netns"] == scene.netns)
        .context("it is listed")?;
    assert_eq!((&own["local_addr"], &own["local_port"]), (&"::".into(), &port.into()));
    assert_eq!(own["instruments"]["ListenerCurConns"]["value"], 0);
    let text = output("listlisteners", &[], &scene)?;
    let id = own["id"].to_string();
    ensure!(
        text.lines().any(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            words.starts_with(&[&id, "::", &port.to_string()])
        }),
        "{text}"
    );
    Ok(())
}

#[test]
fn estats_control_reads_and_sets() -> Result<()> {
    let scene = Scene::new()?;
    assert_eq!(
        output("estats-control", &["ConnTableLatency"], &scene)?,
        "ConnTableLatency=0\n"
    );
    assert_eq!(output("estats-control", &["ConnTableLatency", "7"], &scene)?, "");
    assert_eq!(
        json("estats-control", &["ConnTableLatency"], &scene)?["ConnTableLatency"],
        7
    );
    let names = json("estats-control", &[], &scene)?;
    assert_eq!(names.as_object().context("an object")?.len(), 8);
    let mut as_user = command("estats-control", &["ConnTableLatency", "8"], &scene)?;
    std::os::unix::process::CommandExt::uid(&mut as_user, USER);
    // The program lies where only root may look, perhaps; then it does not even start.
    if let Ok(output) = as_user.output() {
        assert!(!output.status.success());
    }
    assert_eq!(
        json("estats-control", &["ConnTableLatency"], &scene)?["ConnTableLatency"],
        7
    );
    Ok(())
}

#[test]
fn estats_events_shows_openings_and_closings() -> Result<()> {
    let scene = Scene::new()?;
    let mut program = command("estats-events", &["--json"], &scene)?
        .stdout(Stdio::piped())
        .spawn()?;
    let lines = BufReader::new(program.stdout.take().context("its output")?).lines();
    let result = watch(&scene, lines);
    program.kill()?;
    program.wait()?;
    result
}

fn watch(scene: &Scene, lines: impl Iterator<Item = std::io::Result<String>>) -> Result<()> {
    let mut own = lines.filter_map(|line| {
        let event: serde_json::Value = serde_json::from_str(&line.ok()?).ok()?;
        (event["origin"]["netns"] == scene.netns).then_some(event)
    });
    // Connections are opened until the program has begun to listen, and tells of one.
    let (stop, stopped) = mpsc::channel::<()>();
    std::thread::scope(|scope| -> Result<()> {
        let opening = scope.spawn(move || -> Result<()> {
            while stopped.try_recv() == Err(TryRecvError::Empty) {
                let pair = scene.quiet_pair()?;
                drop(pair);
            }
            Ok(())
        });
        let established = own.find(|event| event["event"] == "established");
        let cid = established.context("the program ends")?["cid"].clone();
        let closed = own.find(|event| event["event"] == "closed" && event["cid"] == cid);
        drop(stop);
        let closed = closed.context("the program ends")?;
        assert_eq!(
            (&closed["missed"], &closed["origin"]["closed"]),
            (&0.into(), &true.into())
        );
        let perf = &closed["tables"]["perf"];
        let octets = [&perf["HCDataOctetsOut"], &perf["HCDataOctetsIn"]].map(serde_json::Value::as_u64);
        ensure!(
            [[Some(99_999), Some(0)], [Some(0), Some(99_999)]].contains(&octets),
            "{octets:?}"
        );
        assert_eq!(closed["tables"]["connectid"]["ConnectIndex"], cid);
        opening.join().expect("opening does not panic")
    })
}

/// The classic ways show nothing of it all.
#[test]
fn without_the_options_nothing_is_new() -> Result<()> {
    let mut scene = Scene::new()?;
    let pair = scene.quiet_pair()?;
    let cid = scene.observer.cid(&pair.client)?;
    let classic = output("readvars", &[&cid.to_string()], &scene)?;
    ensure!(
        !classic.contains("RetxQueue") && !classic.contains("ConnectId"),
        "{classic}"
    );
    let listed = json("listconns", &[], &scene)?;
    ensure!(
        listed["connections"][0].get("origin").is_none(),
        "{}",
        listed["connections"][0]
    );
    let row = scene.observer.client.read_row(cid)?;
    assert_eq!(row.instruments[Id::ConnectIndex], Some(Value::U32(cid)));
    Ok(())
}
