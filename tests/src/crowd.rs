//! Very many connections. A process may have only so many files, so others hold them: the program that asks starts itself anew.

use std::env;
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};

use crate::descriptors;
use crate::netns::Namespace;

/// The first argument of a process that holds connections.
const HOLD: &str = "--hold";
/// Connections of one process; two files each.
const SHARE: usize = 5000;

/// Connections over the loopback device of a namespace, open until dropped.
#[derive(Debug)]
pub struct Crowd(Vec<Child>);

impl Crowd {
    /// Opens so many.
    ///
    /// # Errors
    ///
    /// When a process cannot be started or does not get its connections.
    pub fn open(namespace: &Namespace, connections: usize) -> Result<Self> {
        let mut crowd = Self(Vec::new());
        let program = env::current_exe()?;
        for (number, first) in (0..connections).step_by(SHARE).enumerate() {
            let mut command = Command::new(&program);
            command
                .args([HOLD, &number.to_string(), &SHARE.min(connections - first).to_string()])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped());
            crowd.0.push(namespace.run(|| command.spawn())?);
        }
        for child in &mut crowd.0 {
            let mut ready = [0];
            let output = child.stdout.as_mut().context("its output is a pipe")?;
            output
                .read_exact(&mut ready)
                .context("a process did not get its connections")?;
        }
        Ok(crowd)
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        // They end with their input.
        for child in &mut self.0 {
            drop(child.stdin.take());
        }
        for child in &mut self.0 {
            let _ = child.wait();
        }
    }
}

/// To be called first by every program that opens a [`Crowd`]. Returns unless this process was started to hold connections.
///
/// # Errors
///
/// Those of the system calls.
pub fn hold_if_asked() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [hold, number, count] = &arguments[..] else {
        return Ok(());
    };
    if hold != HOLD {
        return Ok(());
    }
    let (number, count): (u8, usize) = (number.parse()?, count.parse()?);
    descriptors::room_for(2 * count + 16)?;
    // An address for each process, so that there are ports enough.
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::new(127, 9, number, 1), 0)))?;
    let address = listener.local_addr()?;
    let mut connections: Vec<OwnedFd> = Vec::new();
    for _ in 0..count {
        connections.push(TcpStream::connect(address)?.into());
        connections.push(listener.accept()?.0.into());
    }
    io::stdout().write_all(b".")?;
    io::stdout().flush()?;
    io::stdin().read_to_end(&mut Vec::new())?;
    std::process::exit(0);
}

/// Another number of connections than a benchmark has by itself.
const CONNECTIONS: &str = "ESTATS_BENCH_CONNECTIONS";

/// How many connections of those wanted the machine has memory for: two sockets of 5 KiB each, and half of the memory left. The
/// environment may ask for another number.
///
/// # Errors
///
/// When the environment has no number there, or the kernel does not tell its memory.
pub fn affordable(wanted: usize) -> Result<usize> {
    let wanted = match env::var(CONNECTIONS) {
        Ok(number) => number
            .parse()
            .with_context(|| format!("{CONNECTIONS}={number} is no number of connections"))?,
        Err(_) => wanted,
    };
    let available = crate::memory::meminfo("MemAvailable")?;
    Ok(wanted.min(usize::try_from(available / (2 * 2 * 5 * 1024))?))
}
