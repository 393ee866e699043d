//! Connections that were active since a moment, out of many that were not.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Result;
use estats_protocol::Client;
use estats_tests::traffic::{Pair, transfer};

use crate::Scene;

/// So many that the daemon looks at them in several goes.
const PAIRS: usize = 100;

/// Of these connections, those that sent or received a segment since a token: by sheets, and by the old command.
fn active(client: &mut Client, all: &BTreeSet<u32>, token: u64) -> Result<BTreeSet<u32>> {
    let mut active = BTreeSet::new();
    client.read_sheets_since(token, |row| {
        active.insert(row.tuple.cid);
    })?;
    // Other tests have connections on this host, too.
    active.retain(|cid| all.contains(cid));
    let readings = client.read_all_since(token)?;
    let read: BTreeSet<u32> = readings.iter().map(|reading| reading.tuple.cid).collect();
    assert_eq!(read.intersection(all).copied().collect::<BTreeSet<_>>(), active);
    Ok(active)
}

fn ids(scene: &mut Scene, pair: &Pair) -> Result<[u32; 2]> {
    Ok([scene.observer.cid(&pair.client)?, scene.observer.cid(&pair.server)?])
}

#[test]
fn who_asks_hears_of_what_was_active_since_and_of_nothing_else() -> Result<()> {
    let mut scene = Scene::new()?;
    let mut pairs: Vec<Pair> = (0..PAIRS).map(|_| scene.pair()).collect::<Result<_>>()?;
    let mut all = BTreeSet::new();
    for pair in &pairs {
        all.extend(ids(&mut scene, pair)?);
    }
    pairs[PAIRS - 1].quiesce()?;
    let (mut client, mut other) = (scene.observer.daemon.client()?, scene.observer.daemon.client()?);
    let first = client.timestamp(Duration::ZERO)?;
    assert_eq!(active(&mut client, &all, first)?, BTreeSet::new());

    let mut expected = BTreeSet::new();
    for pair in [&pairs[3], &pairs[90]] {
        transfer(&pair.client, &pair.server, 1)?;
        pair.quiesce()?;
        expected.extend(ids(&mut scene, pair)?);
    }
    assert_eq!(active(&mut client, &all, first)?, expected);
    let second = other.timestamp(Duration::ZERO)?;
    assert_eq!(active(&mut other, &all, second)?, BTreeSet::new());
    // What one has been told is not taken from the other.
    assert_eq!(active(&mut client, &all, first)?, expected);

    transfer(&pairs[40].server, &pairs[40].client, 1)?;
    pairs[40].quiesce()?;
    let later: BTreeSet<u32> = ids(&mut scene, &pairs[40])?.into();
    assert_eq!(active(&mut other, &all, second)?, later);
    expected.extend(&later);
    assert_eq!(active(&mut client, &all, first)?, expected);

    // What is closed has gone, the last look at it included.
    let closed = ids(&mut scene, &pairs[90])?;
    drop(pairs.remove(90));
    expected.retain(|cid| !closed.contains(cid));
    assert_eq!(active(&mut client, &all, first)?, expected);
    Ok(())
}
