//! Sheets, against single reads of the same connections.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use estats_protocol::{Client, Instruments, Masks};
use estats_spec::sets::V124B;
use estats_tests::credentials::as_user;

use crate::{OTHER, Scene, USER};

/// What sheets say of each connection.
fn sheets(client: &mut Client) -> Result<BTreeMap<u32, Instruments>> {
    let mut all = BTreeMap::new();
    let mut previous = 0;
    let mut ordered = true;
    client.read_sheets(|row| {
        ordered &= row.tuple.cid > previous;
        previous = row.tuple.cid;
        all.insert(row.tuple.cid, row.instruments());
    })?;
    ensure!(ordered, "ids ascend");
    Ok(all)
}

#[test]
fn every_value_is_that_of_a_single_read() -> Result<()> {
    let mut scene = Scene::new()?;
    let pairs = [scene.quiet_pair()?, scene.quiet_pair()?];
    for socket in pairs.iter().flat_map(|pair| [&pair.client, &pair.server]) {
        let cid = scene.observer.cid(socket)?;
        let client = &mut scene.observer.client;
        let before = client.read_vars(cid, &Masks::ALL)?;
        let row = client.read_row(cid)?;
        let mut all = sheets(client)?;
        let row_after = client.read_row(cid)?;
        let after = client.read_vars(cid, &Masks::ALL)?;
        let sheet = all.remove(&cid).context("the connection has a row")?;
        let (mut compared, mut absent) = (0, 0);
        for variable in V124B.iter() {
            let (before, after) = (before.values.get(variable.id), after.values.get(variable.id));
            if before == after {
                let value = sheet[variable.id].map(|value| value.cast(variable.wire));
                assert_eq!(value, before, "{}", variable.name);
                compared += usize::from(before.is_some());
                absent += usize::from(before.is_none());
            }
        }
        // Only the clocks go on, and not everything is measured.
        ensure!(compared > 90, "{compared} variables were compared");
        ensure!(absent > 0, "no variable is masked");
        // What the old protocol has no place for.
        for id in estats_spec::Id::ALL {
            if row.instruments[id] == row_after.instruments[id] {
                assert_eq!(sheet[id], row.instruments[id], "{id}");
            }
        }
    }
    Ok(())
}

#[test]
fn many_rows_come_in_many_datagrams_and_none_is_left_out() -> Result<()> {
    let mut scene = Scene::new()?;
    let pairs: Vec<_> = (0..150).map(|_| scene.pair()).collect::<Result<_>>()?;
    let mut expected = Vec::new();
    for pair in &pairs {
        expected.push(scene.observer.cid(&pair.client)?);
        expected.push(scene.observer.cid(&pair.server)?);
    }
    let all = sheets(&mut scene.observer.client)?;
    for cid in expected {
        ensure!(all.contains_key(&cid), "connection {cid} is left out");
    }
    Ok(())
}

#[test]
fn a_sheet_is_for_root_and_the_owner() -> Result<()> {
    let mut scene = Scene::new()?;
    let pair = crate::rows::connection_of(&scene, USER)?;
    let cid = scene.observer.cid(&pair.client)?;
    for (user, may) in [(0, true), (USER, true), (OTHER, false)] {
        let all = as_user(user, user, || sheets(&mut scene.observer.daemon.client()?))?;
        assert_eq!(all.contains_key(&cid), may, "user {user}");
    }
    Ok(())
}
