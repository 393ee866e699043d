//! Making a connection do what its plan says.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsRawFd as _;
use std::panic::resume_unwind;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use estats_tests::observer::{Endpoint, ends};
use estats_tests::path::{Path, Side};
use estats_tests::scene::Family;
use estats_tests::traffic::Pair;
use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::Linger;

use crate::plan::{Ending, Plan, Turn};

/// Octets that are written to a reader who will not read them. They fit every receive buffer, so writing does not wait.
const UNREAD: usize = 1000;
/// How long an end waits to hear of the other's reset, which may get lost.
const NEWS: Duration = Duration::from_millis(300);

/// A connection that was.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) plan: Plan,
    /// The two ends, the client's first.
    pub(crate) ends: (Endpoint, Endpoint),
    /// Before it was asked for and after it was accepted, since the epoch.
    pub(crate) opened: (Duration, Duration),
}

/// The time since the epoch.
pub(crate) fn now() -> Result<Duration> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?)
}

/// Makes a connection over `path` that does what `plan` says.
pub(crate) fn conduct(path: &Path, plan: &Plan) -> Result<Outcome> {
    let begun = now()?;
    let address = match plan.family {
        Family::Ipv4 => Side::Server.ipv4(),
        Family::Ipv6 => Side::Server.ipv6(),
    };
    let pair = Pair::open(
        (path.host(Side::Client), plan.client),
        (path.host(Side::Server), plan.server),
        address,
    )?;
    let outcome = Outcome {
        plan: plan.clone(),
        ends: ends(&pair.client)?,
        opened: (begun, now()?),
    };
    for turn in &plan.turns {
        take(&pair, turn).with_context(|| format!("{turn:?}"))?;
    }
    end(pair, plan.ending).with_context(|| format!("{:?}", plan.ending))?;
    Ok(outcome)
}

/// Takes a turn.
fn take(pair: &Pair, turn: &Turn) -> Result<()> {
    thread::sleep(Duration::from_millis(turn.pause_ms));
    let ways = if turn.both_ways {
        vec![turn.from, turn.from.peer()]
    } else {
        vec![turn.from]
    };
    thread::scope(|scope| {
        let mut tasks = Vec::new();
        for from in ways {
            let (writer, reader) = (pair.end(from), pair.end(from.peer()));
            tasks.push(scope.spawn(|| write(writer, turn)));
            tasks.push(scope.spawn(|| read(reader, turn)));
        }
        for task in tasks {
            task.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        }
        Ok(())
    })
}

fn write(mut to: &TcpStream, turn: &Turn) -> io::Result<()> {
    let piece = vec![0x5a; size(turn.write.min(turn.octets))];
    let mut left = size(turn.octets);
    while left > 0 {
        let octets = left.min(piece.len());
        to.write_all(&piece[..octets])?;
        left -= octets;
    }
    Ok(())
}

fn read(mut from: &TcpStream, turn: &Turn) -> io::Result<()> {
    let mut piece = vec![0; size(turn.read.min(turn.octets))];
    let mut left = size(turn.octets);
    while left > 0 {
        if turn.read_pause_ms > 0 {
            thread::sleep(Duration::from_millis(turn.read_pause_ms));
        }
        let most = left.min(piece.len());
        match from.read(&mut piece[..most]) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(octets) => left -= octets,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn size(octets: u64) -> usize {
    usize::try_from(octets).unwrap_or(usize::MAX)
}

/// Ends the connection.
fn end(pair: Pair, ending: Ending) -> Result<()> {
    match ending {
        Ending::Orderly(first) => {
            let (first, second) = (pair.end(first), pair.end(first.peer()));
            first.shutdown(Shutdown::Write)?;
            end_of_data(second)?;
            second.shutdown(Shutdown::Write)?;
            end_of_data(first)
        }
        Ending::Together => {
            for socket in [&pair.client, &pair.server] {
                socket.shutdown(Shutdown::Write)?;
            }
            end_of_data(&pair.client)?;
            end_of_data(&pair.server)
        }
        Ending::Hasty(first) => {
            let (first, second) = split(pair, first);
            drop(first);
            end_of_data(&second)
        }
        Ending::Reset(first) => {
            let (first, second) = split(pair, first);
            let linger = libc::linger {
                l_onoff: 1,
                l_linger: 0,
            };
            setsockopt(&first, Linger, &linger)?;
            drop(first);
            hear_of_reset(&second)
        }
        Ending::Unread(first) => {
            let (first, mut second) = split(pair, first);
            second.write_all(&[0x5a; UNREAD])?;
            // It is there when there is something to peek at.
            first.peek(&mut [0])?;
            drop(first);
            hear_of_reset(&second)
        }
    }
}

/// The end at `first`, and the other.
fn split(pair: Pair, first: Side) -> (TcpStream, TcpStream) {
    match first {
        Side::Client => (pair.client, pair.server),
        Side::Server => (pair.server, pair.client),
    }
}

/// Waits for the end of the data, which has been read.
fn end_of_data(mut socket: &TcpStream) -> Result<()> {
    loop {
        match socket.read(&mut [0]) {
            Ok(0) => return Ok(()),
            Ok(_) => anyhow::bail!("there is more data than was written"),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                return Err(error).with_context(|| format!("waiting for the end of data at {}", socket.as_raw_fd()));
            }
        }
    }
}

/// Waits for the connection to be reset; for a while, since resets are not sent again when they get lost.
fn hear_of_reset(mut socket: &TcpStream) -> Result<()> {
    socket.set_read_timeout(Some(NEWS))?;
    // Whatever this says, the socket is closed next.
    let _ = socket.read(&mut [0]);
    Ok(())
}
