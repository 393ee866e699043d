//! The traffic.
//!
//! Both ends share a processor, or each has one to itself. Left to the scheduler they do the first on a busy machine and the second on
//! an idle one; and as the loopback device receives a packet where it was sent, the ends on two processors take the socket and its
//! record away from each other with each packet, which no other network does.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::thread;

use anyhow::Result;
use estats_tests::processors::stay_on;
use estats_tests::traffic::{Options, receive, send};

/// A kind of traffic over the loopback device, each packet of which is one segment.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// Processors that the two ends run on.
    pub(crate) processors: usize,
    /// What each end does.
    client: fn(&TcpStream) -> Result<()>,
    server: fn(&TcpStream) -> Result<()>,
}

/// Bulk: half of the packets carry data and half acknowledge. Exchange: each packet does both.
pub(crate) const KINDS: [Kind; 4] = [bulk(1), exchange(1), bulk(2), exchange(2)];

/// Octets of a bulk transfer.
const BULK: u64 = 128 << 20;
/// Requests of an exchange, and the octets of each and of its answer.
const REQUESTS: (usize, u64) = (10_000, 100);

const fn bulk(processors: usize) -> Kind {
    Kind {
        name: "bulk",
        processors,
        client: |client| Ok(send(client, BULK)?),
        server: |server| Ok(receive(server, BULK)?),
    }
}

const fn exchange(processors: usize) -> Kind {
    Kind {
        name: "exchange",
        processors,
        client: |client| {
            for _ in 0..REQUESTS.0 {
                send(client, REQUESTS.1)?;
                receive(client, REQUESTS.1)?;
            }
            Ok(())
        },
        server: |server| {
            for _ in 0..REQUESTS.0 {
                receive(server, REQUESTS.1)?;
                send(server, REQUESTS.1)?;
            }
            Ok(())
        },
    }
}

impl Kind {
    /// A second or less of it.
    pub(crate) fn run(&self) -> Result<()> {
        let options = Options {
            nodelay: true,
            ..Options::default()
        };
        let listener = options.listen(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0))?;
        let client = options.connect(listener.local_addr()?)?;
        let server = listener.accept()?.0;
        thread::scope(|scope| {
            let serving = scope.spawn(|| {
                stay_on(0)?;
                (self.server)(&server)
            });
            let asking = scope.spawn(|| {
                stay_on(self.processors - 1)?;
                (self.client)(&client)
            });
            [serving, asking]
                .into_iter()
                .try_for_each(|end| end.join().expect("no end panics"))
        })
    }
}
