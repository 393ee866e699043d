//! Connections over loopback that are reset at once, so that both ends close and nothing stays behind.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::panic::resume_unwind;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use anyhow::Result;
use estats_tests::netns::Namespace;
use nix::sys::socket::{setsockopt, sockopt::Linger};

use estats_tests::processors;

/// How fast connections are made.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// As fast as it goes.
    Free,
    /// So many ends close per second, if the machine can.
    Ends(u32),
}

/// Closing is a reset.
const RESET: libc::linger = libc::linger {
    l_onoff: 1,
    l_linger: 0,
};
/// A thread that is ahead by less goes on: sleeping takes about as long.
const AHEAD: Duration = Duration::from_millis(1);

/// Makes connections for some time on so many threads, and returns how much of the processors they took.
pub(crate) fn make(namespace: &Namespace, pace: Pace, time: Duration, threads: u32) -> Result<Duration> {
    let interval = match pace {
        Pace::Free => Duration::ZERO,
        Pace::Ends(rate) => Duration::from_secs(2) * threads / rate,
    };
    namespace.run(|| {
        thread::scope(|scope| {
            let threads: Vec<_> = (0..threads)
                .map(|_| {
                    scope.spawn(|| {
                        namespace.enter()?;
                        one_after_the_other(interval, time)
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
                .sum()
        })
    })
}

fn one_after_the_other(interval: Duration, time: Duration) -> Result<Duration> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    // Those that it accepts inherit it.
    setsockopt(&listener, Linger, &RESET)?;
    let start = Instant::now();
    let mut due = Duration::ZERO;
    while start.elapsed() < time {
        let client = TcpStream::connect(address)?;
        let (server, _) = listener.accept()?;
        drop(server);
        drop(client);
        due += interval;
        let ahead = due.saturating_sub(start.elapsed());
        if ahead > AHEAD {
            sleep(ahead);
        }
    }
    Ok(processors::of_this_thread())
}
