//! What reading all of very many connections takes: from the daemon, beside a dump by `INET_DIAG` with `TCP_INFO` that does nothing
//! but count; and `listconns` beside `ss -tin`, each into a file.

use std::env;
use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use estats_tests::comparison::{Comparison, Comparisons, progress};
use estats_tests::crowd::{self, Crowd};
use estats_tests::daemon::{Daemon, Directory, built};
use estats_tests::inet_diag::InetDiag;
use estats_tests::netns::Namespace;
use estats_tests::processors;

/// Two sockets each.
const CONNECTIONS: usize = 100_000;
/// Pairs of runs for each line.
const PAIRS: usize = 5;

/// What a dump of all sockets took.
struct Dump {
    /// Thousands of sockets per second.
    rate: f64,
    /// Microseconds of processor time for each, of the caller and of the process that answers.
    processor: f64,
}

impl Dump {
    /// Of a dump, which tells the number of sockets; by the process `server` if that is not the kernel.
    #[expect(clippy::cast_precision_loss, reason = "some hundred thousand sockets")]
    fn measure(least: usize, server: Option<u32>, dump: impl FnOnce() -> Result<usize>) -> Result<Self> {
        let taken = || {
            let server = server.map_or(Ok(Duration::ZERO), processors::of)?;
            anyhow::Ok(server + processors::of_this_thread())
        };
        let (before, started) = (taken()?, Instant::now());
        let sockets = dump()?;
        let (elapsed, taken) = (started.elapsed(), taken()?.saturating_sub(before));
        ensure!(sockets >= least, "{sockets} of {least} sockets were read");
        Ok(Self {
            rate: sockets as f64 / elapsed.as_secs_f64() / 1e3,
            processor: taken.as_secs_f64() * 1e6 / sockets as f64,
        })
    }
}

/// Pairs of dumps, by the kernel and by the daemon.
#[derive(Default)]
struct Pairs(Vec<(Dump, Dump)>);

impl Pairs {
    fn rows(&self, what: &str, sockets: usize) -> [Comparison; 2] {
        let of = |part: fn(&Dump) -> f64| -> Vec<(f64, f64)> {
            self.0.iter().map(|(raw, ours)| (part(raw), part(ours))).collect()
        };
        let name = |measured| format!("{what} of {sockets} sockets, INET_DIAG{measured}");
        [
            Comparison::of_pairs(name(""), "k/s", &of(|dump| dump.rate), ">= 1.1"),
            Comparison::of_pairs(name(": processor"), "us", &of(|dump| dump.processor), ""),
        ]
    }
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
    let (mut vars, mut rows, mut sheets) = (Pairs::default(), Pairs::default(), Pairs::default());
    let mut lists = Vec::new();
    let raw = || namespace.run(|| Dump::measure(sockets, None, || Ok(InetDiag::new()?.dump()?)));
    let server = Some(daemon.pid());
    for pair in 1..=PAIRS {
        progress(json, &format!("pair {pair} of {PAIRS}"));
        let ours = Dump::measure(sockets, server, || Ok(client.read_all()?.len()))?;
        vars.0.push((raw()?, ours));
        let ours = Dump::measure(sockets, server, || Ok(client.read_rows()?.len()))?;
        rows.0.push((raw()?, ours));
        let ours = Dump::measure(sockets, server, || {
            let mut count = 0;
            client.read_sheets(|_| count += 1)?;
            Ok(count)
        })?;
        sheets.0.push((raw()?, ours));
        let ss = namespace.run(|| seconds(Command::new("ss").arg("-tinH"), &directory, sockets))?;
        let mut listconns = Command::new(built("listconns")?);
        listconns.env("ESTATS_SOCKET", daemon.socket());
        lists.push((ss, seconds(&mut listconns, &directory, sockets)?));
    }
    progress(json, "");
    let list = Comparison::of_pairs(
        format!("listconns of {sockets} sockets, ss -tin"),
        "s",
        &lists,
        "<= 0.25",
    );
    let rows = [
        vars.rows("READ_ALL", sockets).to_vec(),
        rows.rows("rows", sockets).to_vec(),
        sheets.rows("sheets", sockets).to_vec(),
        vec![list],
    ];
    let rows = rows.concat();
    Comparisons {
        benchmark: "dump",
        rows,
    }
    .print(json, serde_json::to_string_pretty)?;
    Ok(())
}
