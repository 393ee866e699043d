//! The demo's connections: several that move data and close, and one that moves data and stays.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};

use super::interrupt;

/// How many connections there are, the one that stays among them.
const CONNECTIONS: usize = 4;
/// What each client sends, in octets.
pub(crate) const TRANSFER: usize = 4 << 20;
/// Some retransmission timeouts in a row.
const PATIENCE: Duration = Duration::from_secs(30);

/// The connection that stays open.
pub(crate) struct Open {
    /// Held so that it stays open.
    _ends: (TcpStream, TcpStream),
    local: SocketAddr,
    remote: SocketAddr,
}

impl Open {
    /// The end that sent.
    pub(crate) fn local(&self) -> SocketAddr {
        self.local
    }

    /// The end that received.
    pub(crate) fn remote(&self) -> SocketAddr {
        self.remote
    }
}

/// What [`make`] does.
pub(crate) fn summary() -> String {
    format!(
        "{CONNECTIONS} clients sent {} MiB each to a server. {} connections are closed again; one is still open.",
        TRANSFER >> 20,
        CONNECTIONS - 1
    )
}

/// Makes the connections, at the same time, and returns when all data has arrived.
///
/// # Errors
/// When a connection stalls or delivers something else than was sent.
pub(crate) fn make() -> Result<Open> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("listening on loopback")?;
    let pairs = (0..CONNECTIONS)
        .map(|_| connect(&listener))
        .collect::<Result<Vec<_>>>()?;
    let mut open = thread::scope(|scope| {
        let transfers: Vec<_> = pairs.into_iter().map(|pair| scope.spawn(|| transfer(pair))).collect();
        let ended = transfers
            .into_iter()
            .map(|transfer| transfer.join().unwrap_or_else(|_| Err(anyhow!("a panic"))));
        ended.collect::<Result<Vec<_>>>()
    })
    .context("moving data over loopback")?;
    // The others are closed here.
    let ends = open.pop().context("no connection")?;
    let (local, remote) = (ends.0.local_addr()?, ends.0.peer_addr()?);
    Ok(Open {
        _ends: ends,
        local,
        remote,
    })
}

fn connect(listener: &TcpListener) -> Result<(TcpStream, TcpStream)> {
    let client = TcpStream::connect(listener.local_addr()?).context("connecting over loopback")?;
    let (server, _) = listener.accept().context("accepting over loopback")?;
    for end in [&client, &server] {
        end.set_read_timeout(Some(PATIENCE))?;
        end.set_write_timeout(Some(PATIENCE))?;
    }
    Ok((client, server))
}

/// Moves [`TRANSFER`] octets from client to server, and one back: its segment also acknowledges all of them, so that the
/// client's counters are final.
fn transfer((mut client, mut server): (TcpStream, TcpStream)) -> Result<(TcpStream, TcpStream)> {
    thread::scope(|scope| {
        let receiving = scope.spawn(|| -> Result<()> {
            let mut buffer = vec![0; 64 << 10];
            let mut received = 0;
            while received < TRANSFER {
                interrupt::check()?;
                let octets = server.read(&mut buffer).context("receiving")?;
                ensure!(octets != 0, "the client closed after {received} octets");
                received += octets;
            }
            server.write_all(&[1]).context("confirming")
        });
        let chunk = [0x55; 16 << 10];
        for _ in 0..TRANSFER / chunk.len() {
            interrupt::check()?;
            client.write_all(&chunk).context("sending")?;
        }
        client.read_exact(&mut [0]).context("waiting for the confirmation")?;
        receiving.join().unwrap_or_else(|_| Err(anyhow!("a panic")))
    })?;
    Ok((client, server))
}
