//! Tables that are switched off and on.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use estats_protocol::{Scalar, Value};
use estats_spec::{Id, Kind, Table};
use estats_tests::daemon::Daemon;
use estats_tests::netns::Namespace;
use estats_tests::observer::Observer;
use estats_tests::traffic::{Options, Pair, transfer};

const PATIENCE: Duration = Duration::from_secs(10);

/// A daemon and a connection.
struct Scene {
    _namespace: Namespace,
    observer: Observer,
    pair: Pair,
}

impl Scene {
    fn new(arguments: &[&str]) -> Result<Scene> {
        let namespace = Namespace::new()?;
        let observer = Observer::start_with(&namespace, arguments)?;
        let end = || (&namespace, Options::default());
        let pair = Pair::open(end(), end(), "127.0.0.1".parse()?)?;
        Ok(Scene {
            _namespace: namespace,
            observer,
            pair,
        })
    }

    /// A value of the server's end.
    fn server(&mut self, id: Id) -> Result<Option<u64>> {
        value(&mut self.observer, &self.pair.server, id)
    }

    /// Waits until a value of the server's end is this one.
    fn wait_for(&mut self, id: Id, expected: u64) -> Result<()> {
        let started = Instant::now();
        loop {
            let value = self.server(id)?;
            if value == Some(expected) {
                return Ok(());
            }
            ensure!(started.elapsed() < PATIENCE, "{id} is {value:?}, not {expected}");
        }
    }

    /// The tables of which anything is shown, and those of which something is that is counted.
    fn shown(&mut self) -> Result<[Vec<Table>; 2]> {
        let cid = self.observer.cid(&self.pair.server)?;
        let row = self.observer.client.read_row(cid)?;
        let tables = |counted: bool| {
            let mut tables: Vec<Table> = Id::ALL
                .into_iter()
                .filter(|id| row.instruments[*id].is_some() && (!counted || id.info().kind == Kind::Event))
                .map(|id| id.info().table)
                .collect();
            tables.dedup();
            tables.retain(|table| *table != Table::ConnectId);
            tables
        };
        Ok([tables(false), tables(true)])
    }
}

fn value(observer: &mut Observer, socket: &TcpStream, id: Id) -> Result<Option<u64>> {
    let cid = observer.cid(socket)?;
    let row = observer.client.read_row(cid)?;
    Ok(row.instruments[id].map(Value::as_u64))
}

/// What switches a table on or off.
type Switch = fn(bool) -> Scalar;

#[test]
fn a_table_that_is_off_is_not_shown_and_begins_anew_when_it_is_on_again() -> Result<()> {
    let mut scene = Scene::new(&[])?;
    transfer(&scene.pair.client, &scene.pair.server, 100_000)?;
    let before = scene.server(Id::DataOctetsIn)?;
    assert_eq!(before, Some(100_000));
    let [all, _] = scene.shown()?;
    for table in [Table::Perf, Table::Path, Table::Stack, Table::App, Table::Tune] {
        ensure!(all.contains(&table), "{table:?} is not shown at first");
    }

    let switches: [(Table, Switch); 4] = [
        (Table::Path, Scalar::ControlPath),
        (Table::Stack, Scalar::ControlStack),
        (Table::App, Scalar::ControlApp),
        (Table::Tune, Scalar::ControlTune),
    ];
    for (table, switch) in switches {
        scene.observer.client.set_scalar(switch(false))?;
        let [shown, _] = scene.shown()?;
        let others: Vec<Table> = all.iter().copied().filter(|other| *other != table).collect();
        assert_eq!(shown, others, "without {table:?}");
        scene.observer.client.set_scalar(switch(true))?;
        assert_eq!(scene.shown()?[0], all, "with {table:?} again");
    }
    // What no switch concerns has gone on.
    assert_eq!(scene.server(Id::DataOctetsIn)?, before);
    Ok(())
}

#[test]
fn what_happens_while_a_table_is_off_never_counts() -> Result<()> {
    let mut scene = Scene::new(&[])?;
    // Octets that wait to be read: 5,000 before, 3,000 while the table is off, 1,000 after.
    let mut buffer = [0; 5000];
    for (octets, on, expected) in [(5000, true, Some(5000)), (3000, false, None), (1000, true, Some(1000))] {
        scene.observer.client.set_scalar(Scalar::ControlApp(on))?;
        if on && octets == 1000 {
            assert_eq!(scene.server(Id::MaxAppRQueue)?, Some(0), "nothing has waited since");
        }
        (&scene.pair.client).write_all(&vec![0; octets])?;
        match expected {
            Some(expected) => scene.wait_for(Id::MaxAppRQueue, expected)?,
            None => assert_eq!(scene.server(Id::MaxAppRQueue)?, None),
        }
        (&scene.pair.server).read_exact(&mut buffer[..octets])?;
    }
    Ok(())
}

#[test]
fn round_trips_count_from_the_switch_on() -> Result<()> {
    let mut scene = Scene::new(&[])?;
    for _ in 0..10 {
        transfer(&scene.pair.client, &scene.pair.server, 1000)?;
    }
    let client = |scene: &mut Scene, id| value(&mut scene.observer, &scene.pair.client, id);
    ensure!(
        client(&mut scene, Id::CountRTT)? > Some(1),
        "no round trips were measured"
    );
    scene.observer.client.set_scalar(Scalar::ControlPath(false))?;
    for _ in 0..10 {
        transfer(&scene.pair.client, &scene.pair.server, 1000)?;
    }
    scene.observer.client.set_scalar(Scalar::ControlPath(true))?;
    assert_eq!(client(&mut scene, Id::CountRTT)?, Some(0));
    assert_eq!(client(&mut scene, Id::SumRTT)?, Some(0));
    assert_eq!(client(&mut scene, Id::SampleRTT)?, None, "there is no sample yet");
    // One segment, one acknowledgement, one round trip.
    transfer(&scene.pair.client, &scene.pair.server, 1000)?;
    let started = Instant::now();
    while client(&mut scene, Id::CountRTT)? != Some(1) {
        ensure!(
            started.elapsed() < PATIENCE,
            "{:?} round trips",
            client(&mut scene, Id::CountRTT)?
        );
    }
    Ok(())
}

/// How many programs the daemon has attached.
fn attached(daemon: &Daemon) -> Result<usize> {
    let mut links = 0;
    for entry in fs::read_dir(format!("/proc/{}/fdinfo", daemon.pid()))? {
        // A descriptor may be closed by now.
        let info = fs::read_to_string(entry?.path()).unwrap_or_default();
        links += usize::from(info.lines().any(|line| line.starts_with("link_id:")));
    }
    Ok(links)
}

#[test]
fn programs_that_no_table_needs_are_not_attached() -> Result<()> {
    let idle = attached(&Scene::new(&["--tables", "none"])?.observer.daemon)?;
    let mut scene = Scene::new(&["--tables", "app"])?;
    let counting = attached(&scene.observer.daemon)?;
    ensure!(
        counting > idle,
        "{counting} programs are attached, and {idle} without any table"
    );
    assert_eq!(scene.shown()?[0], [Table::App]);
    scene.observer.client.set_scalar(Scalar::ControlApp(false))?;
    assert_eq!(scene.shown()?, [vec![], vec![]]);
    assert_eq!(attached(&scene.observer.daemon)?, idle);
    scene.observer.client.set_scalar(Scalar::ControlApp(true))?;
    assert_eq!(attached(&scene.observer.daemon)?, counting);
    (&scene.pair.client).write_all(&[0; 1234])?;
    scene.wait_for(Id::MaxAppRQueue, 1234)
}

#[test]
fn the_tables_of_the_start_are_those_that_are_shown() -> Result<()> {
    assert_eq!(Scene::new(&["--tables", "none"])?.shown()?, [vec![], vec![]]);
    assert_eq!(
        Scene::new(&["--tables", "Perf,tune"])?.shown()?,
        [vec![Table::Perf, Table::Tune], vec![Table::Perf]]
    );
    Ok(())
}
