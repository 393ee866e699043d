//! What reading one connection takes: all variables from the daemon, beside one lookup of the same socket by `INET_DIAG`, which
//! tells `TCP_INFO`. The two take turns, read by read. Among few connections and among many, as neither is to depend on that.

use std::env;
use std::net::{Ipv4Addr, TcpStream};
use std::time::Instant;

use anyhow::Result;
use estats_protocol::Masks;
use estats_tests::comparison::{Comparison, Comparisons, progress, quantile, sorted};
use estats_tests::crowd::{self, Crowd};
use estats_tests::inet_diag::InetDiag;
use estats_tests::netns::Namespace;
use estats_tests::observer::Observer;
use estats_tests::traffic::{Options, Pair};

/// Connections beside the one that is read: few, and as many as there is memory for.
const FEW: usize = 100;
const MANY: usize = 100_000;
/// Runs, and reads of each in a run.
const RUNS: usize = 7;
const READS: usize = 2000;

/// Microseconds of one read by `INET_DIAG` and by the daemon, one pair for each run.
type Pairs = Vec<(f64, f64)>;

/// Medians and 99th percentiles of each run.
fn measure(observer: &mut Observer, namespace: &Namespace, socket: &TcpStream, json: bool) -> Result<(Pairs, Pairs)> {
    let cid = observer.cid(socket)?;
    let (local, remote) = (socket.local_addr()?, socket.peer_addr()?);
    let mut diag = namespace.run(InetDiag::new)?;
    let (mut medians, mut tails) = (Vec::new(), Vec::new());
    for run in 1..=RUNS {
        progress(json, &format!("run {run} of {RUNS}"));
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..READS {
            let started = Instant::now();
            diag.lookup(local, remote)?;
            times[0].push(microseconds(started));
            let started = Instant::now();
            observer.client.read_vars(cid, &Masks::ALL)?;
            times[1].push(microseconds(started));
        }
        let [theirs, ours] = times.map(|times| sorted(times.into_iter()));
        medians.push((quantile(&theirs, 0.5), quantile(&ours, 0.5)));
        tails.push((quantile(&theirs, 0.99), quantile(&ours, 0.99)));
    }
    progress(json, "");
    Ok((medians, tails))
}

fn microseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e6
}

fn main() -> Result<()> {
    crowd::hold_if_asked()?;
    let json = env::args().any(|argument| argument == "--json");
    let namespace = Namespace::new()?;
    let end = || (&namespace, Options::default());
    let pair = Pair::open(end(), end(), Ipv4Addr::LOCALHOST.into())?;
    let mut observer = Observer::start(&namespace)?;
    let mut rows = Vec::new();
    let mut medians = Vec::new();
    for connections in [FEW, crowd::affordable(MANY)?] {
        progress(json, &format!("opening {connections} connections"));
        let crowd = Crowd::open(&namespace, connections)?;
        let (p50, p99) = measure(&mut observer, &namespace, &pair.client, json)?;
        let aim = "<= 25 us; ratio <= 2";
        rows.push(Comparison::of_pairs(
            format!("READ_VARS p50, {connections} connections"),
            "us",
            &p50,
            aim,
        ));
        rows.push(Comparison::of_pairs(
            format!("READ_VARS p99, {connections} connections"),
            "us",
            &p99,
            "",
        ));
        medians.push(p50);
        drop(crowd);
    }
    if let [few, many] = &medians[..] {
        let pairs: Vec<_> = few.iter().zip(many).map(|(few, many)| (few.1, many.1)).collect();
        rows.push(Comparison::of_pairs(
            "READ_VARS p50, many to few",
            "us",
            &pairs,
            "ratio 0.8 .. 1.2",
        ));
    }
    Comparisons {
        benchmark: "read",
        rows,
    }
    .print(json, serde_json::to_string_pretty)?;
    Ok(())
}
