//! A subscriber that does not read, beside one that does.

use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use estats_protocol::extension::{Event, Notice};
use estats_protocol::{Client, Events};
use estats_tests::credentials::as_user;

use crate::{Scene, USER};

const PATIENCE: Duration = Duration::from_secs(20);

/// More than may wait for a subscriber that is not root, and than a socket holds.
const CONNECTIONS: usize = 3000;

const OPENINGS: Events = Events {
    established: true,
    closed: false,
};

fn next(client: &mut Client) -> Result<(u32, u64)> {
    let Notice { missed, event } = client.next_notice(PATIENCE)?.context("nothing happens")?;
    match event {
        Event::Established(details) => Ok((details.tuple.cid, missed)),
        Event::Closed(_) => panic!("closings are told"),
    }
}

#[test]
fn a_subscriber_that_does_not_read_is_told_how_much_it_missed_and_delays_nobody() -> Result<()> {
    let scene = Scene::new()?;
    let mut fast = scene.observer.daemon.client()?;
    let mut slow = as_user(USER, USER, || scene.observer.daemon.client())?;
    fast.subscribe(OPENINGS)?;
    slow.subscribe(OPENINGS)?;

    let listener = scene.namespace.run(|| TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    let open = || -> Result<u16> {
        let client = scene.namespace.run(|| TcpStream::connect(address))?;
        listener.accept()?;
        Ok(client.local_addr()?.port())
    };
    // The fast one hears of each before the next one is opened.
    let mut heard = Vec::new();
    for _ in 0..CONNECTIONS {
        let port = open()?;
        let mut ends = 0;
        while ends < 2 {
            let Notice { missed, event } = fast.next_notice(PATIENCE)?.context("the fast one waits")?;
            ensure!(missed == 0, "the fast one missed {missed}");
            let Event::Established(details) = event else {
                panic!("closings are told");
            };
            heard.push(details.tuple.cid);
            let own = details.origin.netns == scene.netns;
            ends += u32::from(own && [details.tuple.local.1, details.tuple.remote.1].contains(&port));
        }
    }

    // Both are told in the same order; what is missing in between is counted.
    let (first, missed) = next(&mut slow)?;
    ensure!(missed == 0, "nothing came before");
    let (mut last, mut got, mut missed) = (first, 1, 0);
    while missed == 0 {
        // The count comes with what happens when there is room again.
        let told = match slow.next_notice(Duration::from_millis(100))? {
            None => {
                open()?;
                next(&mut slow)?
            }
            Some(Notice {
                missed,
                event: Event::Established(details),
            }) => (details.tuple.cid, missed),
            Some(_) => panic!("closings are told"),
        };
        (last, missed) = told;
        got += 1;
    }
    while !heard.contains(&last) {
        heard.push(next(&mut fast)?.0);
    }
    let position = |cid| heard.iter().position(|heard| *heard == cid).context("told to both");
    let between = position(last)? - position(first)? + 1;
    ensure!(
        between as u64 == got + missed,
        "of {between} openings {got} were told and {missed} counted"
    );
    Ok(())
}
