//! Several clients that read one connection each, as fast as they are answered: how many reads there are in all, how long one takes,
//! and whether the clients get as many as each other. Beside as many threads that look up the same socket by `INET_DIAG`; on an idle
//! machine, and on one whose processors all have something else to compute.

use std::env;
use std::hint::spin_loop;
use std::net::{Ipv4Addr, TcpStream};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use estats_protocol::Masks;
use estats_tests::comparison::{Comparison, Comparisons, progress, quantile, sorted};
use estats_tests::inet_diag::InetDiag;
use estats_tests::netns::Namespace;
use estats_tests::observer::Observer;
use estats_tests::traffic::{Options, Pair};

/// Clients at once, and whether the processors are busy otherwise.
const CLIENTS: [(usize, bool); 6] = [(1, false), (4, false), (16, false), (64, false), (1, true), (16, true)];
/// Pairs of runs for each number of clients, and how long a run is.
const PAIRS: usize = 5;
const TIME: Duration = Duration::from_secs(1);

/// What came of a run.
struct Run {
    /// Reads per second, in thousands.
    rate: f64,
    /// Microseconds of a read.
    p50: f64,
    p99: f64,
    /// Reads of the client with the fewest, to those of the one with the most.
    fairness: f64,
}

impl Run {
    /// Lets each reader read on a thread of its own until the time is over.
    #[expect(clippy::cast_precision_loss, reason = "some hundred thousand reads")]
    fn of(readers: Vec<impl FnMut() -> Result<()> + Send>) -> Result<Self> {
        let start = Start {
            all: Barrier::new(readers.len()),
            moment: OnceLock::new(),
        };
        let times: Vec<Vec<f64>> = thread::scope(|scope| {
            let threads: Vec<_> = readers
                .into_iter()
                .map(|reader| scope.spawn(|| again_and_again(reader, &start)))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
                .collect::<Result<_>>()
        })?;
        let elapsed = start.moment.get().map_or(TIME, Instant::elapsed);
        let counts = sorted(times.iter().map(|times| times.len() as f64));
        let times = sorted(times.into_iter().flatten());
        Ok(Self {
            rate: times.len() as f64 / elapsed.as_secs_f64() / 1e3,
            p50: quantile(&times, 0.5),
            p99: quantile(&times, 0.99),
            fairness: counts[0] / counts[counts.len() - 1],
        })
    }
}

/// Where all wait for each other, and when they went on: the time runs for all of them, also for those that get a processor late.
struct Start {
    all: Barrier,
    moment: OnceLock<Instant>,
}

/// Microseconds of each read.
fn again_and_again(mut read: impl FnMut() -> Result<()>, start: &Start) -> Result<Vec<f64>> {
    start.all.wait();
    let (mut times, started) = (Vec::new(), start.moment.get_or_init(Instant::now));
    // One at least, however long it waits for its turn.
    while times.is_empty() || started.elapsed() < TIME {
        let asked = Instant::now();
        read()?;
        times.push(asked.elapsed().as_secs_f64() * 1e6);
    }
    Ok(times)
}

fn by_kernel(namespace: &Namespace, socket: &TcpStream, clients: usize) -> Result<Run> {
    let (local, remote) = (socket.local_addr()?, socket.peer_addr()?);
    let reader = |_| {
        let mut diag = namespace.run(InetDiag::new)?;
        Ok(move || Ok(diag.lookup(local, remote).map(drop)?))
    };
    Run::of((0..clients).map(reader).collect::<Result<_>>()?)
}

fn by_daemon(observer: &mut Observer, socket: &TcpStream, clients: usize) -> Result<Run> {
    let cid = observer.cid(socket)?;
    let reader = |_| {
        let mut client = observer.daemon.client()?;
        Ok(move || Ok(client.read_vars(cid, &Masks::ALL).map(drop)?))
    };
    Run::of((0..clients).map(reader).collect::<Result<_>>()?)
}

/// Does some work while a thread for each processor computes all the time.
fn on_busy_processors<T>(work: impl FnOnce() -> T) -> T {
    struct Stop<'a>(&'a AtomicBool);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    spin_loop();
                }
            });
        }
        let _stop = Stop(&stop);
        work()
    })
}

fn main() -> Result<()> {
    let json = env::args().any(|argument| argument == "--json");
    let namespace = Namespace::new()?;
    let end = || (&namespace, Options::default());
    let pair = Pair::open(end(), end(), Ipv4Addr::LOCALHOST.into())?;
    let mut observer = Observer::start(&namespace)?;
    let mut rows = Vec::new();
    for (clients, busy) in CLIENTS {
        let beside = if busy { ", busy processors" } else { "" };
        let mut runs = Vec::new();
        for number in 1..=PAIRS {
            progress(json, &format!("{clients} clients{beside}: pair {number} of {PAIRS}"));
            let mut both = || {
                let raw = by_kernel(&namespace, &pair.client, clients)?;
                anyhow::Ok((raw, by_daemon(&mut observer, &pair.client, clients)?))
            };
            runs.push(if busy { on_busy_processors(both) } else { both() }?);
        }
        let of = |part: fn(&Run) -> f64| -> Vec<(f64, f64)> {
            runs.iter().map(|(raw, ours)| (part(raw), part(ours))).collect()
        };
        let name = |what| format!("{clients} clients{beside}: {what}");
        rows.extend([
            Comparison::of_pairs(name("reads"), "k/s", &of(|run| run.rate), ""),
            Comparison::of_pairs(name("p50"), "us", &of(|run| run.p50), ""),
            Comparison::of_pairs(name("p99"), "us", &of(|run| run.p99), ""),
            Comparison::of_pairs(name("fewest to most"), "", &of(|run| run.fairness), ""),
        ]);
    }
    progress(json, "");
    Comparisons {
        benchmark: "readers",
        rows,
    }
    .print(json, serde_json::to_string_pretty)?;
    Ok(())
}
