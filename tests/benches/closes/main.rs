//! What it takes the daemon to follow connections that open and close, and whether it hears of every end.
//!
//! The connections are made on the same processors that the daemon runs on, so each line says who took how much of them. A paced
//! run makes connections at fixed times and so leaves the daemon what the machine has left; a free one takes what it gets.

mod load;
mod report;
mod subscriber;

use std::env;
use std::io::{self, IsTerminal as _};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use estats_tests::daemon::Daemon;
use estats_tests::memory::resident;
use estats_tests::netns::Namespace;
use estats_tests::nstat::Counters;
use estats_tests::processors;

use load::Pace;
use report::{Report, Row};
use subscriber::Subscriber;

/// Ends closed per second, in paced runs.
const RATE: u32 = 50_000;
/// Threads that make connections: one leaves a processor of two to the rest, which most machines need all of.
const THREADS: u32 = 2;

/// One run.
struct Case {
    name: &'static str,
    arguments: &'static [&'static str],
    subscriber: bool,
    pace: Pace,
    time: Duration,
}

const CASES: [Case; 5] = [
    Case {
        name: "nobody",
        arguments: &[],
        subscriber: false,
        pace: Pace::Ends(RATE),
        time: Duration::from_secs(15),
    },
    Case {
        name: "linger 1 s",
        arguments: &["--linger", "1"],
        subscriber: false,
        pace: Pace::Ends(RATE),
        time: Duration::from_secs(15),
    },
    Case {
        name: "subscriber",
        arguments: &[],
        subscriber: true,
        pace: Pace::Ends(RATE),
        time: Duration::from_secs(60),
    },
    Case {
        name: "nobody, free",
        arguments: &[],
        subscriber: false,
        pace: Pace::Free,
        time: Duration::from_secs(10),
    },
    Case {
        name: "subscriber, free",
        arguments: &[],
        subscriber: true,
        pace: Pace::Free,
        time: Duration::from_secs(10),
    },
];

fn main() -> Result<()> {
    let json = env::args().any(|argument| argument == "--json");
    let mut report = Report::default();
    for case in CASES {
        if !json && io::stderr().is_terminal() {
            eprint!("\r{:40}\r", format!("{}: {:?}", case.name, case.time));
        }
        report.rows.push(run(&case).with_context(|| case.name)?);
    }
    if json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(())
}

fn run(case: &Case) -> Result<Row> {
    let namespace = Namespace::new()?;
    let daemon = Daemon::start_with(&namespace, case.arguments)?;
    let subscriber = case
        .subscriber
        .then(|| Subscriber::start(&daemon.socket(), &namespace))
        .transpose()?;
    // What the first connections make it take for good is no growth.
    load::make(&namespace, case.pace, Duration::from_secs(1), THREADS)?;
    daemon.client()?.scalars()?;

    let (before, ends, cpu) = (
        resident(daemon.pid())? >> 10,
        ends(&namespace)?,
        processors::of(daemon.pid())?,
    );
    let started = Instant::now();
    let load = load::make(&namespace, case.pace, case.time, THREADS)?;
    let time = started.elapsed();
    // Whatever waits is taken in before a client is answered.
    let scalars = daemon.client()?.scalars()?;
    let cpu = processors::of(daemon.pid())?.saturating_sub(cpu);
    let closed = crate::ends(&namespace)? - ends;
    let in_all = crate::ends(&namespace)?;
    let (told, subscriber_cpu) = match subscriber {
        Some(subscriber) => {
            let heard = subscriber.finish(in_all)?;
            (Some(heard.closings), heard.cpu)
        }
        None => (None, Duration::ZERO),
    };
    Ok(Row {
        name: case.name,
        seconds: time.as_secs_f64(),
        ends: closed,
        missing: told.map(|told| in_all.saturating_sub(told)),
        events_lost: scalars.events_lost,
        daemon: cpu.as_secs_f64(),
        load: load.as_secs_f64(),
        subscriber: subscriber_cpu.as_secs_f64(),
        processors: thread::available_parallelism()?.get(),
        resident: (before, resident(daemon.pid())? >> 10),
    })
}

/// Ends that the connections of a namespace had so far.
fn ends(namespace: &Namespace) -> Result<u64> {
    let counters = Counters::read(namespace)?;
    Ok(u64::try_from(
        counters.get("TcpActiveOpens")? + counters.get("TcpPassiveOpens")?,
    )?)
}
