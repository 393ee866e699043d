//! The traffic: bulk transfers, requests over one connection, and short connections, with both ends on one processor or each on one of its own.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::thread;
use std::time::Instant;

use anyhow::Result;
use estats_tests::netns::Namespace;
use estats_tests::offloads;
use estats_tests::processors::stay_on;
use estats_tests::traffic::{Options, Pair};

/// Octets of a transfer over the loopback device, and over a link that carries one segment at a time.
const LOOPBACK: usize = 3 << 30;
const SEGMENTS: usize = 384 << 20;
/// What is written and read at once, as by iperf3.
const BLOCK: usize = 128 << 10;
/// Connections of a run, requests over one, and octets of a request and its answer.
const CONNECTIONS: u32 = 8000;
const REQUESTS: usize = 50_000;
const REQUEST: usize = 100;

const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 78, 0, 1);
const SERVER: Ipv4Addr = Ipv4Addr::new(10, 78, 0, 2);

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) what: &'static str,
    /// Processors that the two ends run on.
    pub(crate) processors: usize,
    pub(crate) unit: &'static str,
    pub(crate) aim: &'static str,
    run: fn(&Hosts, usize) -> Result<f64>,
}

impl Load {
    /// All of them.
    pub(crate) const ALL: [Self; 8] = [
        loopback(1),
        loopback(2),
        segments(1),
        segments(2),
        exchange(1),
        exchange(2),
        short(1),
        short(2),
    ];

    /// What came per second, in `unit`.
    pub(crate) fn run(&self, hosts: &Hosts) -> Result<f64> {
        (self.run)(hosts, self.processors)
    }
}

const fn loopback(processors: usize) -> Load {
    Load {
        what: "bulk, loopback, default offloads",
        processors,
        unit: "MB/s",
        aim: ">= 0.99",
        run: |hosts, processors| hosts.bulk(&hosts.client, Ipv4Addr::LOCALHOST, LOOPBACK, processors),
    }
}

const fn segments(processors: usize) -> Load {
    Load {
        what: "bulk, MTU 1500, no GSO, TSO, GRO",
        processors,
        unit: "MB/s",
        aim: ">= 0.95",
        run: |hosts, processors| hosts.bulk(&hosts.server, SERVER, SEGMENTS, processors),
    }
}

const fn exchange(processors: usize) -> Load {
    Load {
        what: "request, answer",
        processors,
        unit: "1/s",
        aim: "",
        run: Hosts::requests,
    }
}

const fn short(processors: usize) -> Load {
    Load {
        what: "connect, request, close",
        processors,
        unit: "1/s",
        aim: ">= 0.97",
        run: Hosts::connections,
    }
}

/// Two hosts, joined by a link on which each packet is one segment of an MTU of 1500 octets.
#[derive(Debug)]
pub(crate) struct Hosts {
    pub(crate) client: Namespace,
    server: Namespace,
}

impl Hosts {
    pub(crate) fn new() -> Result<Self> {
        let (client, server) = (Namespace::new()?, Namespace::new()?);
        let there = server.path().display().to_string();
        client.ip(&format!(
            "link add link0 mtu 1500 type veth peer name link0 mtu 1500 netns {there}"
        ))?;
        for (host, address) in [(&client, CLIENT), (&server, SERVER)] {
            host.run(|| offloads::disable("link0"))?;
            host.ip(&format!("addr add {address}/24 dev link0"))?;
            host.ip("link set link0 up")?;
        }
        Ok(Self { client, server })
    }

    /// Megabytes per second from the client to a server.
    fn bulk(&self, server: &Namespace, address: Ipv4Addr, octets: usize, processors: usize) -> Result<f64> {
        let options = Options {
            congestion_control: Some("cubic"),
            ..Options::default()
        };
        let pair = Pair::open((&self.client, options), (server, options), address.into())?;
        // Until the windows are open.
        transfer(&pair, octets / 16, processors)?;
        let started = Instant::now();
        transfer(&pair, octets, processors)?;
        Ok(per_second(octets, started) / 1e6)
    }

    /// Requests per second over one connection of the client's loopback device, each after the answer to the one before.
    fn requests(&self, processors: usize) -> Result<f64> {
        let end = || (&self.client, Options::default());
        let pair = Pair::open(end(), end(), Ipv4Addr::LOCALHOST.into())?;
        thread::scope(|scope| {
            let answering = scope.spawn(|| -> Result<()> {
                stay_on(0)?;
                let mut request = [0; REQUEST];
                for _ in 0..REQUESTS {
                    (&pair.server).read_exact(&mut request)?;
                    (&pair.server).write_all(&request)?;
                }
                Ok(())
            });
            let asking = scope.spawn(|| -> Result<f64> {
                stay_on(processors - 1)?;
                let mut answer = [1; REQUEST];
                let started = Instant::now();
                for _ in 0..REQUESTS {
                    (&pair.client).write_all(&answer)?;
                    (&pair.client).read_exact(&mut answer)?;
                }
                Ok(per_second(REQUESTS, started))
            });
            answering.join().expect("the answering end does not panic")?;
            asking.join().expect("the asking end does not panic")
        })
    }

    /// Connections per second over the client's loopback device, one after the other, each with a request and an answer. The server
    /// closes first: it keeps what is left of them, and the client's ports are free again.
    fn connections(&self, processors: usize) -> Result<f64> {
        self.client.run(|| {
            let options = Options::default();
            let listener = options.listen(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0))?;
            let address = listener.local_addr()?;
            thread::scope(|scope| {
                let answering = scope.spawn(move || -> Result<()> {
                    stay_on(0)?;
                    for _ in 0..CONNECTIONS {
                        let mut connection = listener.accept()?.0;
                        let mut request = [0; REQUEST];
                        connection.read_exact(&mut request)?;
                        connection.write_all(&request)?;
                    }
                    Ok(())
                });
                let asking = scope.spawn(move || -> Result<f64> {
                    stay_on(processors - 1)?;
                    let started = Instant::now();
                    for _ in 0..CONNECTIONS {
                        let mut connection = options.connect(address)?;
                        connection.write_all(&[1; REQUEST])?;
                        connection.read_to_end(&mut Vec::with_capacity(REQUEST))?;
                    }
                    Ok(per_second(CONNECTIONS as usize, started))
                });
                answering.join().expect("the answering end does not panic")?;
                asking.join().expect("the asking end does not panic")
            })
        })
    }
}

/// Writes at one end and reads at the other one until all has come.
fn transfer(pair: &Pair, octets: usize, processors: usize) -> Result<()> {
    thread::scope(|scope| {
        let writing = scope.spawn(|| -> Result<()> {
            stay_on(0)?;
            let block = vec![0x5a; BLOCK];
            for _ in 0..octets / BLOCK {
                (&pair.client).write_all(&block)?;
            }
            Ok(())
        });
        let reading = scope.spawn(|| read(&pair.server, octets, processors));
        [writing, reading]
            .into_iter()
            .try_for_each(|end| end.join().expect("no end panics"))
    })
}

fn read(mut from: &TcpStream, octets: usize, processors: usize) -> Result<()> {
    stay_on(processors - 1)?;
    let mut block = vec![0; BLOCK];
    for _ in 0..octets / BLOCK {
        from.read_exact(&mut block)?;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "some billions")]
fn per_second(amount: usize, since: Instant) -> f64 {
    amount as f64 / since.elapsed().as_secs_f64()
}
