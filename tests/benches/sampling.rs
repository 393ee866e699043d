//! What it takes to sample a thousand sockets every 10 ms: from the daemon, beside dumps by `INET_DIAG` with `TCP_INFO`.
//!
//! A dump by the kernel tells all sockets each time. The daemon can be asked for those alone that sent or received a segment since the
//! sample before, so it matters how many did. Before each sample, of either kind, so many of the connections carry one octet; what that
//! takes is counted for neither.

use std::env;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use estats_protocol::Client;
use estats_tests::comparison::{Comparison, Comparisons, progress};
use estats_tests::daemon::Daemon;
use estats_tests::descriptors;
use estats_tests::inet_diag::InetDiag;
use estats_tests::netns::Namespace;
use estats_tests::processors;

/// Two sockets each.
const CONNECTIONS: usize = 500;
const INTERVAL: Duration = Duration::from_millis(10);
/// Pairs of runs for each line, and samples of a run.
const PAIRS: usize = 5;
const SAMPLES: u32 = 100;

/// Takes samples, and returns the microseconds of processor time for each, of the caller and of the process that answers if that is
/// not the kernel. Between samples, so many connections carry an octet.
fn samples(
    connections: &[[TcpStream; 2]],
    busy: usize,
    server: Option<u32>,
    mut sample: impl FnMut() -> Result<()>,
) -> Result<f64> {
    let answering = || server.map_or(Ok(Duration::ZERO), processors::of);
    let (before, started) = (answering()?, Instant::now());
    let mut caller = Duration::ZERO;
    for number in 1..=SAMPLES {
        for [client, server] in &connections[..busy] {
            (&*client).write_all(&[1])?;
            (&*server).read_exact(&mut [0])?;
        }
        let asked = processors::of_this_thread();
        sample()?;
        caller += processors::of_this_thread().saturating_sub(asked);
        sleep((INTERVAL * number).saturating_sub(started.elapsed()));
    }
    let taken = caller + answering()?.saturating_sub(before);
    Ok(taken.as_secs_f64() * 1e6 / f64::from(SAMPLES))
}

/// What the daemon is asked for.
#[derive(Clone, Copy)]
enum Question {
    /// All values of all sockets, one attribute each.
    All,
    /// The same, in rows of one width.
    Sheets,
    /// The same, of those that sent or received a segment since the sample before.
    Since,
}

/// Samples by the daemon, while `busy` connections carry an octet.
fn ours(
    client: &mut Client,
    connections: &[[TcpStream; 2]],
    question: Question,
    busy: usize,
    server: u32,
) -> Result<f64> {
    let mut token = client.timestamp(Duration::ZERO)?;
    samples(connections, busy, Some(server), || {
        let (read, least) = match question {
            Question::All => (client.read_all()?.len(), 2 * connections.len()),
            Question::Sheets => {
                let mut rows = 0;
                client.read_sheets(|_| rows += 1)?;
                (rows, 2 * connections.len())
            }
            Question::Since => {
                let next = client.timestamp(Duration::ZERO)?;
                let mut rows = 0;
                client.read_sheets_since(token, |_| rows += 1)?;
                token = next;
                (rows, 2 * busy)
            }
        };
        ensure!(read >= least, "{read} of {least} sockets were read");
        Ok(())
    })
}

fn open() -> Result<Vec<[TcpStream; 2]>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let pair = |_| {
        let client = TcpStream::connect(address)?;
        // Or an octet would wait for the acknowledgement of the one before.
        client.set_nodelay(true)?;
        Ok([client, listener.accept()?.0])
    };
    (0..CONNECTIONS).map(pair).collect()
}

fn main() -> Result<()> {
    let json = env::args().any(|argument| argument == "--json");
    descriptors::room_for(2 * CONNECTIONS + 100)?;
    let namespace = Namespace::new()?;
    let connections = namespace.run(open)?;
    let sockets = 2 * connections.len();
    let daemon = Daemon::start(&namespace)?;
    let mut client = daemon.client()?;
    let mut diag = namespace.run(InetDiag::new)?;
    let cases = [
        ("all, an attribute for each value", Question::All, 0),
        ("all, in sheets", Question::Sheets, 0),
        ("active since, none is", Question::Since, 0),
        ("active since, a tenth is", Question::Since, CONNECTIONS / 10),
        ("active since, all are", Question::Since, CONNECTIONS),
    ];
    let mut rows = Vec::new();
    for (name, question, busy) in cases {
        let mut pairs = Vec::new();
        for pair in 1..=PAIRS {
            progress(json, &format!("{name}: pair {pair} of {PAIRS}"));
            let mut raw = || {
                samples(&connections, busy, None, || {
                    let told = diag.dump()?;
                    ensure!(told >= sockets, "{told} of {sockets} sockets were told");
                    Ok(())
                })
            };
            let mut read = || ours(&mut client, &connections, question, busy, daemon.pid());
            let first = (pair % 2 == 0).then(&mut read).transpose()?;
            let raw = raw()?;
            pairs.push((raw, first.map_or_else(read, Ok)?));
        }
        rows.push(Comparison::of_pairs(name, "us", &pairs, "<= 0.2"));
    }
    progress(json, "");
    Comparisons {
        benchmark: "sampling",
        rows,
    }
    .print(json, serde_json::to_string_pretty)?;
    Ok(())
}
