//! What reading all of very many connections takes: from the daemon, beside a dump by `INET_DIAG` with `TCP_INFO` that does nothing
//! but count; and `listconns` beside `ss -tin`, each into a file.

use std::env;
use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use estats_tests::comparison::{Comparison, Comparisons, progress};
use estats_tests::crowd::{self, Crowd};
use estats_tests::daemon::{Daemon, Directory, built};
use estats_tests::inet_diag::InetDiag;
use estats_tests::netns::Namespace;

/// Two sockets each.
const CONNECTIONS: usize = 100_000;
/// Pairs of runs for each line.
const PAIRS: usize = 5;

/// Sockets per second of a dump, which tells their number.
#[expect(clippy::cast_precision_loss, reason = "some hundred thousand sockets")]
fn rate(least: usize, dump: impl FnOnce() -> Result<usize>) -> Result<f64> {
    let started = Instant::now();
    let sockets = dump()?;
    ensure!(sockets >= least, "{sockets} of {least} sockets were read");
    Ok(sockets as f64 / started.elapsed().as_secs_f64())
}

/// Seconds of a program whose output goes into a file.
fn seconds(command: &mut Command, directory: &Directory, least: usize) -> Result<f64> {
    let path = directory.path().join("output");
    let started = Instant::now();
    let status = command
        .stdin(Stdio::null())
        .stdout(File::create(&path)?)
        .status()
        .with_context(|| format!("{command:?}"))?;
    let took = started.elapsed().as_secs_f64();
    ensure!(status.success(), "{command:?}: {status}");
    let lines = String::from_utf8_lossy(&fs::read(&path)?).lines().count();
    ensure!(lines >= least, "{command:?} wrote {lines} lines for {least} sockets");
    Ok(took)
}

fn main() -> Result<()> {
    crowd::hold_if_asked()?;
    let json = env::args().any(|argument| argument == "--json");
    let namespace = Namespace::new()?;
    let connections = crowd::affordable(CONNECTIONS)?;
    let sockets = 2 * connections;
    progress(json, &format!("opening {connections} connections"));
    let _crowd = Crowd::open(&namespace, connections)?;
    let daemon = Daemon::start(&namespace)?;
    let mut client = daemon.client()?;
    let directory = Directory::new()?;
    let mut pairs = [Vec::new(), Vec::new(), Vec::new()];
    for pair in 1..=PAIRS {
        progress(json, &format!("pair {pair} of {PAIRS}"));
        let raw = namespace.run(|| rate(sockets, || Ok(InetDiag::new()?.dump()?)))?;
        pairs[0].push((raw, rate(sockets, || Ok(client.read_all()?.len()))?));
        let raw = namespace.run(|| rate(sockets, || Ok(InetDiag::new()?.dump()?)))?;
        pairs[1].push((raw, rate(sockets, || Ok(client.read_rows()?.len()))?));
        let ss = namespace.run(|| seconds(Command::new("ss").arg("-tinH"), &directory, sockets))?;
        let mut listconns = Command::new(built("listconns")?);
        listconns.env("ESTATS_SOCKET", daemon.socket());
        pairs[2].push((ss, seconds(&mut listconns, &directory, sockets)?));
    }
    progress(json, "");
    let [vars, rows, lists] = pairs;
    let thousands = |pairs: Vec<(f64, f64)>| -> Vec<(f64, f64)> {
        pairs.into_iter().map(|(raw, ours)| (raw / 1e3, ours / 1e3)).collect()
    };
    let rows = vec![
        Comparison::of_pairs(
            format!("READ_ALL of {sockets} sockets, INET_DIAG"),
            "k/s",
            &thousands(vars),
            ">= 1.1",
        ),
        Comparison::of_pairs(
            format!("rows of {sockets} sockets, INET_DIAG"),
            "k/s",
            &thousands(rows),
            ">= 1.1",
        ),
        Comparison::of_pairs(
            format!("listconns of {sockets} sockets, ss -tin"),
            "s",
            &lists,
            "<= 0.25",
        ),
    ];
    Comparisons {
        benchmark: "dump",
        rows,
    }
    .print(json, serde_json::to_string_pretty)?;
    Ok(())
}
