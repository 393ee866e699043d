//! The traffic.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::thread;

use anyhow::Result;
use estats_tests::traffic::{Options, receive, send, transfer};

/// A kind of traffic over the loopback device, each packet of which is one segment.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// A second or less of it.
    pub(crate) work: fn() -> Result<()>,
}

/// Bulk: half of the packets carry data and half acknowledge. Exchange: each packet does both.
pub(crate) const KINDS: [Kind; 2] = [
    Kind {
        name: "bulk",
        work: bulk,
    },
    Kind {
        name: "exchange",
        work: exchange,
    },
];

/// Octets of a bulk transfer.
const BULK: u64 = 256 << 20;
/// Requests of an exchange, and the octets of each and of its answer.
const REQUESTS: (usize, u64) = (20_000, 100);

fn ends() -> Result<(std::net::TcpStream, std::net::TcpStream)> {
    let options = Options {
        nodelay: true,
        ..Options::default()
    };
    let listener = options.listen(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0))?;
    let client = options.connect(listener.local_addr()?)?;
    Ok((client, listener.accept()?.0))
}

fn bulk() -> Result<()> {
    let (client, server) = ends()?;
    Ok(transfer(&client, &server, BULK)?)
}

fn exchange() -> Result<()> {
    let (client, server) = ends()?;
    thread::scope(|scope| {
        let answering = scope.spawn(|| -> Result<()> {
            for _ in 0..REQUESTS.0 {
                receive(&server, REQUESTS.1)?;
                send(&server, REQUESTS.1)?;
            }
            Ok(())
        });
        for _ in 0..REQUESTS.0 {
            send(&client, REQUESTS.1)?;
            receive(&client, REQUESTS.1)?;
        }
        answering.join().expect("the answering end does not panic")
    })
}
