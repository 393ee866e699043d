//! Details and rows: against the old protocol, and against what the test knows of its sockets.

use std::net::TcpListener;
use std::os::unix::fs::MetadataExt as _;

use anyhow::{Context as _, Result, ensure};
use estats_protocol::client::Error;
use estats_protocol::{Client, Masks, Scalar, Value};
use estats_spec::Id;
use estats_spec::sets::V124B;
use estats_tests::credentials::as_user;
use estats_tests::sockopt;
use estats_tests::traffic::{Options, Pair};
use nix::errno::Errno;

use crate::{OTHER, Scene, USER};

/// `SO_COOKIE`
const SO_COOKIE: i32 = 57;

#[test]
fn a_row_has_every_variable_of_the_old_protocol_with_the_same_value() -> Result<()> {
    let mut scene = Scene::new()?;
    let pair = scene.quiet_pair()?;
    for socket in [&pair.client, &pair.server] {
        let cid = scene.observer.cid(socket)?;
        let before = scene.observer.client.read_vars(cid, &Masks::ALL)?;
        let row = scene.observer.client.read_row(cid)?;
        let after = scene.observer.client.read_vars(cid, &Masks::ALL)?;
        assert_eq!(row.tuple, before.tuple);
        let mut compared = 0;
        for variable in V124B.iter() {
            let (before, after) = (before.values.get(variable.id), after.values.get(variable.id));
            if before == after {
                let value = row.instruments[variable.id].map(|value| value.cast(variable.wire));
                assert_eq!(value, before, "{}", variable.name);
                compared += usize::from(before.is_some());
            }
        }
        // Only the clocks go on.
        ensure!(compared > 90, "{compared} variables were compared");
    }
    Ok(())
}

#[test]
fn a_row_has_what_the_old_protocol_has_no_place_for() -> Result<()> {
    let mut scene = Scene::new()?;
    let pair = scene.quiet_pair()?;
    let cid = scene.observer.cid(&pair.client)?;
    let row = scene.observer.client.read_row(cid)?;
    assert_eq!(row.instruments[Id::ConnectIndex], Some(Value::U32(cid)));
    // Everything was acknowledged, nothing was lost.
    assert_eq!(row.instruments[Id::CurRetxQueue], Some(Value::U32(0)));
    let listener = Id::ALL.into_iter().take_while(|id| *id < Id::ConnectIndex);
    for of_listeners in listener {
        assert_eq!(
            row.instruments[of_listeners], None,
            "{of_listeners} is of listening sockets"
        );
    }
    Ok(())
}

#[test]
fn many_rows_come_in_long_pages_and_none_is_left_out() -> Result<()> {
    let mut scene = Scene::new()?;
    let pairs: Vec<Pair> = (0..100).map(|_| scene.pair()).collect::<Result<_>>()?;
    let mut expected: Vec<u32> = Vec::new();
    for pair in &pairs {
        expected.push(scene.observer.cid(&pair.client)?);
        expected.push(scene.observer.cid(&pair.server)?);
    }
    expected.sort_unstable();
    let mut client = scene.observer.daemon.client()?;
    let detailed = scene.details(&mut client)?;
    assert_eq!(
        detailed.iter().map(|details| details.tuple.cid).collect::<Vec<_>>(),
        expected
    );
    let mut rows = client.read_rows()?;
    rows.retain(|row| row.origin.netns == scene.netns);
    assert_eq!(rows.iter().map(|row| row.tuple.cid).collect::<Vec<_>>(), expected);
    for row in &rows {
        assert_eq!(row.instruments[Id::ConnectIndex], Some(Value::U32(row.tuple.cid)));
    }
    Ok(())
}

#[test]
fn an_origin_is_that_of_the_socket() -> Result<()> {
    let scene = Scene::new()?;
    let pair = scene.pair()?;
    let mut client = scene.observer.daemon.client()?;
    for socket in [&pair.client, &pair.server] {
        let origin = scene.detail(&mut client, socket)?.origin;
        let mut cookie = [0; 8];
        sockopt::get_bytes(socket, libc::SOL_SOCKET, SO_COOKIE, &mut cookie)?;
        assert_eq!(origin.cookie, u64::from_ne_bytes(cookie));
        assert_eq!((origin.uid, origin.gid), (Some(0), Some(0)));
        assert_eq!((origin.adopted, origin.closed), (false, false));
    }
    // The one that connected: this process.
    let origin = scene.detail(&mut client, &pair.client)?.origin;
    assert_eq!(origin.pid, Some(std::process::id()));
    Ok(())
}

/// A connection whose two ends belong to a user.
pub(crate) fn connection_of(scene: &Scene, user: u32) -> Result<Pair> {
    scene.namespace.run(|| {
        as_user(user, user, || {
            let listener = Options::default().listen("127.0.0.1:0".parse()?)?;
            let client = Options::default().connect(listener.local_addr()?)?;
            let (server, _) = listener.accept()?;
            Ok(Pair { client, server })
        })
    })
}

/// Runs `work` as a client that is this user.
fn client_of<T: Send>(scene: &Scene, user: u32, work: impl FnOnce(&mut Client) -> Result<T> + Send) -> Result<T> {
    as_user(user, user, || work(&mut scene.observer.daemon.client()?))
}

#[test]
fn a_row_is_for_root_and_the_owner_and_the_process_too() -> Result<()> {
    let mut scene = Scene::new()?;
    let pair = connection_of(&scene, USER)?;
    let cid = scene.observer.cid(&pair.client)?;
    for (user, may) in [(0, true), (USER, true), (OTHER, false)] {
        let refusal = client_of(&scene, user, |client| match client.read_row(cid) {
            Ok(_) => Ok(None),
            Err(error) => Ok(Some(error.refusal().context("a refusal")?)),
        })?;
        assert_eq!(refusal, (!may).then_some(Errno::EACCES), "user {user}");
        let rows = client_of(&scene, user, |client| Ok(client.read_rows()?))?;
        assert_eq!(rows.iter().any(|row| row.tuple.cid == cid), may, "user {user}");
        let origin = client_of(&scene, user, |client| scene.detail(client, &pair.client))?.origin;
        assert_eq!(origin.uid, Some(USER));
        let hidden = (origin.gid.is_some(), origin.pid.is_some(), origin.comm.is_some());
        assert_eq!(hidden, (may, may, may), "user {user}");
    }
    Ok(())
}

#[test]
fn scalars_are_for_root_to_set_and_for_all_to_read() -> Result<()> {
    let mut scene = Scene::new()?;
    let refused = client_of(&scene, USER, |client| {
        Ok(client
            .set_scalar(Scalar::ConnTableLatency(30))
            .map_err(|error: Error| error.refusal()))
    })?;
    assert_eq!(refused, Err(Some(Errno::EACCES)));
    assert_eq!(scene.observer.client.scalars()?.conn_table_latency, 0);
    scene.observer.client.set_scalar(Scalar::ConnTableLatency(30))?;
    let scalars = client_of(&scene, USER, |client| Ok(client.scalars()?))?;
    assert_eq!((scalars.conn_table_latency, scalars.events_lost), (30, 0));
    assert!(!scalars.control_notify, "not announced unless somebody wants it");
    Ok(())
}

/// With retention, what is closed is still there, says so, and has its final values.
#[test]
fn a_closed_connection_stays_as_long_as_the_scalar_says() -> Result<()> {
    let mut scene = Scene::new()?;
    scene.observer.client.set_scalar(Scalar::ConnTableLatency(60))?;
    let pair = scene.quiet_pair()?;
    let cid = scene.observer.cid(&pair.client)?;
    assert!(!scene.observer.client.read_row(cid)?.origin.closed);
    drop(pair);
    let closed = wait_for(|| {
        let row = scene.observer.client.read_row(cid)?;
        Ok(row.origin.closed.then_some(row))
    })?;
    // The SYN and the FIN count one each.
    assert_eq!(closed.instruments[Id::HCThruOctetsAcked], Some(Value::U64(99_999 + 2)));
    scene.observer.client.set_scalar(Scalar::ConnTableLatency(0))?;
    wait_for(|| match scene.observer.client.read_row(cid) {
        Ok(_) => Ok(None),
        Err(error) if error.refusal() == Some(Errno::EINVAL) => Ok(Some(())),
        Err(error) => Err(error.into()),
    })
}

/// Asks until there is an answer, for at most 20 seconds.
fn wait_for<T>(mut ask: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let started = std::time::Instant::now();
    loop {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        ensure!(started.elapsed().as_secs() < 20, "it does not happen");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn everybody_sees_a_listening_socket() -> Result<()> {
    let scene = Scene::new()?;
    let listener: TcpListener = scene
        .namespace
        .run(|| Options::default().listen("0.0.0.0:0".parse()?))?;
    let port = listener.local_addr()?.port();
    for user in [0, USER] {
        let listeners = client_of(&scene, user, |client| Ok(client.listeners()?))?;
        let mut own = listeners.iter().filter(|listener| listener.origin.netns == scene.netns);
        let found = own.next().context("it is listed")?;
        assert!(own.next().is_none(), "it is the only one here");
        assert_eq!(found.tuple.local, ("0.0.0.0".parse()?, port));
        assert_eq!(found.origin.uid, Some(0));
        if user == USER {
            let origin = &found.origin;
            assert_eq!((origin.gid, origin.pid, &origin.comm), (None, None, &None));
        }
        // As asked for, which the system caps.
        let limit: u32 = scene
            .namespace
            .run(|| std::fs::read_to_string("/proc/sys/net/core/somaxconn"))?
            .trim()
            .parse()?;
        assert_eq!(found.instruments[Id::ListenerMaxBacklog], Some(Value::U32(limit)));
    }
    Ok(())
}

#[test]
fn the_namespace_is_told_by_its_inode() -> Result<()> {
    let scene = Scene::new()?;
    let pair = scene.pair()?;
    let mut client = scene.observer.daemon.client()?;
    let own = std::fs::metadata("/proc/self/ns/net")?.ino();
    let told = scene.detail(&mut client, &pair.client)?.origin.netns;
    assert_ne!(u64::from(told), own, "not that of this process");
    Ok(())
}
