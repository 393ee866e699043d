//! Thousands of connections as different as chance makes them, and what is certain about every one of them nevertheless.
//!
//! Several worlds (a client, a router and a server each) run side by side, under conditions of their own: options, loss, reordering,
//! congestion marks, narrow links. Their connections have sizes, pauses, slow readers, socket options and endings of their own. A daemon
//! keeps the record of both ends of each; a watcher reads all of them all the time. In the end the two records of a connection, what
//! the router counted of it and what the applications moved have to agree as RFC 4898 and RFC 9293 say.
//!
//! All choices but the packet filter's own follow from a seed, the same one in every run: whether a run succeeds must not depend on what
//! is drawn. `ESTATS_SEED` in the environment sets another one, a number or `now` for one that nobody has tried, and
//! `ESTATS_CONNECTIONS` the number of connections.

mod accounts;
mod case;
mod claims;
mod conditions;
mod conduct;
mod plan;
mod verdict;
mod watcher;
mod world;

use std::env;
use std::panic::resume_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use conduct::Outcome;
use estats_tests::flows::Direction;
use estats_tests::netns::Namespace;
use estats_tests::observer::Observer;
use estats_tests::path::Side;
use verdict::Verdict;
use watcher::{Watched, watch};
use world::World;

/// Any number will do: the number of the RFC.
const SEED: u64 = 4898;
const CONNECTIONS: u64 = 2000;
const WORLDS: usize = 8;
/// How long a closed connection stays readable, seconds: many rounds of the watcher.
const LINGER: &str = "40";
/// How long the last connections may take to close once packets pass undisturbed: a timeout that has been doubled a few times.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the environment says, if anything.
fn chosen(variable: &str) -> Option<String> {
    env::var(variable).ok()
}

/// A number that is given as text.
fn number(text: &str) -> Result<u64> {
    text.parse().with_context(|| format!("no number: {text}"))
}

#[test]
fn what_is_certain_holds_for_thousands_of_random_connections() -> Result<()> {
    let seed = match chosen("ESTATS_SEED").as_deref() {
        None => SEED,
        Some("now") => conduct::now()?.subsec_nanos().into(),
        Some(text) => number(text)?,
    };
    let count = chosen("ESTATS_CONNECTIONS").map_or(Ok(CONNECTIONS), |text| number(&text))?;
    println!("ESTATS_SEED={seed} ESTATS_CONNECTIONS={count}");
    run(seed, usize::try_from(count)?)
        .with_context(|| format!("to be repeated with ESTATS_SEED={seed} ESTATS_CONNECTIONS={count}"))
}

fn run(seed: u64, count: usize) -> Result<()> {
    let namespace = Namespace::new()?;
    let observer = Observer::start_with(&namespace, &["--linger", LINGER])?;
    let worlds = in_parallel(0..WORLDS, |index| World::build(seed, index, count.div_ceil(WORLDS)));
    let worlds: Vec<World> = worlds.into_iter().collect::<Result<_>>()?;

    let (watched, done) = (Mutex::default(), AtomicBool::new(false));
    let outcomes = thread::scope(|scope| -> Result<_> {
        let watching = scope.spawn(|| watch(observer.client, &watched, &done));
        let outcomes = in_parallel(&worlds, World::run);
        let closed = worlds
            .iter()
            .try_for_each(|world| world.path.clear())
            .map(|()| wait(&watched, &outcomes));
        done.store(true, Ordering::Relaxed);
        watching.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        closed.map(|()| outcomes)
    })?;
    let watched = watched.into_inner().expect("no panic");
    let mut verdict = Verdict::new(&watched);
    let skipped = observer.daemon.skipped()?;
    for (world, outcomes) in worlds.iter().zip(outcomes) {
        verdict.judge(world, outcomes, skipped)?;
    }
    println!("{verdict}");
    let complaints = verdict.complaints();
    ensure!(complaints.is_empty(), "{}", complaints.join("\n"));
    Ok(())
}

/// Does the same for all `items` at once.
fn in_parallel<I: Send, T: Send>(items: impl IntoIterator<Item = I>, work: impl Fn(I) -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let work = &work;
        let workers: Vec<_> = items.into_iter().map(|item| scope.spawn(move || work(item))).collect();
        let join = |worker: thread::ScopedJoinHandle<'_, T>| worker.join().unwrap_or_else(|panic| resume_unwind(panic));
        workers.into_iter().map(join).collect()
    })
}

/// Waits until the watcher has seen both ends of every connection closed, or for as long as that may take.
fn wait(watched: &Mutex<Watched>, outcomes: &[Vec<Result<Outcome>>]) {
    let started = Instant::now();
    let all: Vec<_> = outcomes
        .iter()
        .flatten()
        .flatten()
        .map(|outcome| outcome.ends)
        .collect();
    while started.elapsed() < PATIENCE {
        {
            let watched = watched.lock().expect("no panic");
            let by_ends = watched.by_ends();
            let closed = |ends| {
                by_ends
                    .get(&ends)
                    .is_some_and(|seen| seen.iter().all(|seen| seen.closed))
            };
            if all
                .iter()
                .all(|(client, server)| closed((*client, *server)) && closed((*server, *client)))
            {
                return;
            }
        }
        sleep(Duration::from_millis(100));
    }
}

/// The direction of the packets that the end at `side` of a connection sends.
fn direction(outcome: &Outcome, side: Side) -> Direction {
    let (client, server) = outcome.ends;
    let (from, to) = match side {
        Side::Client => (client, server),
        Side::Server => (server, client),
    };
    Direction {
        ipv6: from.0.is_ipv6(),
        from: from.1,
        to: to.1,
    }
}
