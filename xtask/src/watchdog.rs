//! Ending test programs that hang: the test harness has no limit of its own, and a run without a person must come to an end.

use std::fs;
use std::io::{self, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Does `work`, which passes what the children of `parent` print to `shown`, through the writer that it is given. Whenever nothing
/// comes for as long as `patience`, the children are killed.
pub(crate) fn watch<T, W>(parent: u32, patience: Duration, shown: W, work: impl FnOnce(Pulse<W>) -> T) -> T {
    let (sender, pulses) = channel();
    thread::scope(|scope| {
        // Ends when the work has dropped the other end.
        scope.spawn(move || {
            loop {
                match pulses.recv_timeout(patience) {
                    Ok(()) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                    Err(RecvTimeoutError::Timeout) => {
                        for child in children(parent) {
                            eprintln!("error: process {child} has printed nothing for {patience:?}: killed");
                            // It may have ended just now, or belong to root while we do not.
                            let _ = kill(child, Signal::SIGKILL);
                        }
                    }
                }
            }
        });
        work(Pulse { shown, sender })
    })
}

/// A writer that gives a sign of life with every write.
pub(crate) struct Pulse<W> {
    shown: W,
    sender: Sender<()>,
}

impl<W: Write> Write for Pulse<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // The watchdog listens as long as there is a sender.
        let _ = self.sender.send(());
        self.shown.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.shown.flush()
    }
}

fn children(parent: u32) -> Vec<Pid> {
    let list = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    list.split_whitespace()
        .filter_map(|pid| pid.parse().ok())
        .map(Pid::from_raw)
        .collect()
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};
    use std::time::Instant;

    use super::*;
    use crate::tally::Tally;

    /// A shell that starts `script` as a child and reports how it ended, as cargo does with a test program.
    fn run(script: &str) -> (String, Duration) {
        let started = Instant::now();
        let mut shell = Command::new("sh");
        shell
            .arg("-c")
            .arg(format!("sh -c '{script}'; echo status $?"))
            .stdout(Stdio::piped());
        let mut shell = shell.spawn().unwrap();
        let output = shell.stdout.take().unwrap();
        let mut shown = Vec::new();
        watch(shell.id(), Duration::from_millis(300), &mut shown, |pulse| {
            Tally::default().follow(output, pulse).unwrap();
        });
        shell.wait().unwrap();
        (String::from_utf8(shown).unwrap(), started.elapsed())
    }

    #[test]
    fn a_silent_child_is_killed_and_its_parent_goes_on() {
        let (shown, elapsed) = run("exec sleep 60");
        assert_eq!(shown, "status 137\n");
        assert!(elapsed < Duration::from_secs(30), "{elapsed:?}");
    }

    #[test]
    fn a_child_that_prints_now_and_then_may_take_its_time() {
        let (shown, elapsed) = run("for i in 1 2 3 4 5 6; do echo $i; sleep 0.1; done");
        assert_eq!(shown, "1\n2\n3\n4\n5\n6\nstatus 0\n");
        assert!(elapsed > Duration::from_millis(500), "{elapsed:?}");
    }
}
