//! What estatsd takes of throughput, and of connections per second.
//!
//! Pairs of runs, one with a daemon that counts for all tables and one without a daemon, in turn first and second. Of each pair the
//! ratio is taken, so that what changes slowly on the machine is in both.

use std::env;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::thread;
use std::time::Instant;

use anyhow::Result;
use estats_tests::comparison::{Comparison, Comparisons, progress};
use estats_tests::daemon::Daemon;
use estats_tests::netns::Namespace;
use estats_tests::offloads;
use estats_tests::traffic::{Options, Pair, transfer};

/// Pairs of runs for each line.
const PAIRS: usize = 9;
/// Octets of a transfer over the loopback device, and over a link that carries one segment at a time.
const LOOPBACK: u64 = 4 << 30;
const SEGMENTS: u64 = 512 << 20;
/// Connections of a run, and octets of a request and its answer.
const CONNECTIONS: u32 = 8000;
const REQUEST: usize = 100;

const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 78, 0, 1);
const SERVER: Ipv4Addr = Ipv4Addr::new(10, 78, 0, 2);

/// Two hosts; where they are one, its loopback device.
struct Hosts {
    client: Namespace,
    server: Option<Namespace>,
}

impl Hosts {
    fn one() -> Result<Self> {
        Ok(Self {
            client: Namespace::new()?,
            server: None,
        })
    }

    /// Joined by a link on which each packet is one segment of an MTU of 1500 octets.
    fn two() -> Result<Self> {
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
        Ok(Self {
            client,
            server: Some(server),
        })
    }

    fn server(&self) -> (&Namespace, IpAddr) {
        match &self.server {
            Some(server) => (server, SERVER.into()),
            None => (&self.client, Ipv4Addr::LOCALHOST.into()),
        }
    }

    /// Octets per second from the client to the server.
    fn bulk(&self, octets: u64) -> Result<f64> {
        let (server, address) = self.server();
        let options = Options {
            congestion_control: Some("cubic"),
            ..Options::default()
        };
        let pair = Pair::open((&self.client, options), (server, options), address)?;
        // Until the windows are open.
        transfer(&pair.client, &pair.server, octets / 16)?;
        let started = Instant::now();
        transfer(&pair.client, &pair.server, octets)?;
        Ok(per_second(octets, started))
    }

    /// Connections per second, one after the other, each with a request and an answer. The server closes first: it keeps what is left
    /// of them, and the client's ports are free again.
    fn connections(&self) -> Result<f64> {
        let (server, address) = self.server();
        let options = Options::default();
        let listener = server.run(|| options.listen(SocketAddr::new(address, 0)))?;
        let address = listener.local_addr()?;
        self.client.run(|| {
            thread::scope(|scope| {
                let answering = scope.spawn(|| -> Result<()> {
                    for _ in 0..CONNECTIONS {
                        let mut connection = listener.accept()?.0;
                        let mut request = [0; REQUEST];
                        connection.read_exact(&mut request)?;
                        connection.write_all(&request)?;
                    }
                    Ok(())
                });
                let started = Instant::now();
                for _ in 0..CONNECTIONS {
                    let mut connection = options.connect(address)?;
                    connection.write_all(&[1; REQUEST])?;
                    connection.read_to_end(&mut Vec::with_capacity(REQUEST))?;
                }
                let rate = per_second(CONNECTIONS.into(), started);
                answering.join().expect("the answering end does not panic")?;
                Ok(rate)
            })
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "some billions")]
fn per_second(amount: u64, since: Instant) -> f64 {
    amount as f64 / since.elapsed().as_secs_f64()
}

/// Pairs of runs: without a daemon, and with one.
fn pairs(hosts: &Hosts, what: &str, json: bool, run: impl Fn() -> Result<f64>) -> Result<Vec<(f64, f64)>> {
    let watched = || -> Result<f64> {
        let _daemon = Daemon::start(&hosts.client)?;
        run()
    };
    let pair = |number| -> Result<(f64, f64)> {
        progress(json, &format!("{what}: pair {} of {PAIRS}", number + 1));
        if number % 2 == 0 {
            let without = run()?;
            Ok((without, watched()?))
        } else {
            let with = watched()?;
            Ok((run()?, with))
        }
    };
    let pairs = (0..PAIRS).map(pair).collect();
    progress(json, "");
    pairs
}

fn main() -> Result<()> {
    let json = env::args().any(|argument| argument == "--json");
    let loopback = Hosts::one()?;
    let link = Hosts::two()?;
    let megabytes = |pairs: Vec<(f64, f64)>| -> Vec<(f64, f64)> {
        pairs
            .into_iter()
            .map(|(without, with)| (without / 1e6, with / 1e6))
            .collect()
    };
    let bulk = megabytes(pairs(&loopback, "bulk, loopback", json, || loopback.bulk(LOOPBACK))?);
    let segments = megabytes(pairs(&link, "bulk, segments", json, || link.bulk(SEGMENTS))?);
    let connections = pairs(&loopback, "connections", json, || loopback.connections())?;
    let rows = vec![
        Comparison::of_pairs("bulk, loopback, default offloads", "MB/s", &bulk, ">= 0.99"),
        Comparison::of_pairs("bulk, MTU 1500, no GSO, TSO, GRO", "MB/s", &segments, ">= 0.95"),
        Comparison::of_pairs("connect, request, close", "1/s", &connections, ">= 0.97"),
    ];
    Comparisons {
        benchmark: "path",
        rows,
    }
    .print(json, serde_json::to_string_pretty)?;
    Ok(())
}
