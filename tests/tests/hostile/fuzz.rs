//! Half-broken requests in great number, in every generation and on both ways in, to a daemon that serves somebody else meanwhile.
//!
//! `ESTATS_FUZZ_MESSAGES` says how many for each generation and way; `cargo test --test hostile fuzz -- --nocapture` shows what it took.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use estats_protocol::{EstatsMessage, Events, Masks, Scalar, control, datagram};
use estats_spec::endpoint::Profile;
use estats_spec::wire::{CLIENT_BUFFER, FAMILY_ID};
use estats_tests::credentials::as_user;
use estats_tests::daemon::{Daemon, Directory};
use estats_tests::memory::resident;
use estats_tests::netns::Namespace;
use estats_tests::observer::ends;
use estats_tests::random::Random;
use estats_tests::traffic::{Options, Pair};

use crate::USER;
use crate::mutation::mutate;
use crate::raw::{Raw, daemon_port};
use crate::state::{descriptors, ensure_unharmed, wait_until};
use crate::witness::{Delays, Witness};

/// One library of each generation of the protocol: W1, W1t, W2, W3, W3p.
const GENERATIONS: [&str; 5] = ["l0-v117", "l1-v117", "l2-v121", "l3-v123", "l3-v124b"];
/// Messages of each generation on each way, unless the environment says otherwise.
const MESSAGES: u64 = 3000;
/// Messages ahead of a whole request, whose answer is waited for: one less than what may wait of a netlink client.
const BATCH: u64 = 7;
/// After so many messages a client begins anew: what it understands and hears of may be anything by then.
const CONVERSATION: u64 = 7000;
/// More than connections of other tests on this host take in the daemon, and less than the messages of a leak of some octets each.
const GROWTH: u64 = 64 << 20;

#[derive(Clone, Copy, Debug)]
enum Way {
    Unix,
    Netlink,
}

/// A daemon with a socket for each generation, somebody else's client, and a connection of [`USER`].
struct Scene {
    witness: Witness,
    cid: u32,
    daemon: Daemon,
    directory: Directory,
    namespace: Namespace,
    _pair: Pair,
}

impl Scene {
    fn new() -> Result<Self> {
        let (namespace, directory) = (Namespace::new()?, Directory::new()?);
        let file = directory.path().join("estatsd.toml");
        let listen = GENERATIONS.map(|generation| {
            let path = directory.path().join(generation);
            format!("[[listen]]\npath = '{}'\ngeneration = '{generation}'\n", path.display())
        });
        fs::write(&file, listen.concat())?;
        let daemon = Daemon::start_with(&namespace, &["--config", &file.display().to_string()])?;
        let pair = namespace.run(|| {
            as_user(USER, USER, || {
                let listener = Options::default().listen("127.0.0.1:0".parse()?)?;
                let client = Options::default().connect(listener.local_addr()?)?;
                let (server, _) = listener.accept()?;
                Ok(Pair { client, server })
            })
        })?;
        let own = ends(&pair.client)?;
        let all = daemon.client()?.list()?;
        let tuple = all.into_iter().find(|tuple| (tuple.local, tuple.remote) == own);
        Ok(Self {
            witness: Witness::new(&namespace, &daemon)?,
            cid: tuple.context("the connection is not listed")?.cid,
            daemon,
            directory,
            namespace,
            _pair: pair,
        })
    }
}

/// What a client of the generation may ask, about `cid` where it is about a connection.
fn requests(profile: &Profile, cid: u32) -> Vec<Vec<u8>> {
    let few = Masks([Some(0x1008), Some(1), Some(7), None, Some(0), Some(2)]);
    let old = [
        EstatsMessage::list(cid, None),
        EstatsMessage::list(cid, Some(7)),
        EstatsMessage::read_all(cid, None),
        EstatsMessage::read_vars(cid, &Masks::ALL),
        EstatsMessage::read_vars(cid, &few),
        EstatsMessage::write_var(cid, "LimCwnd", 1 << 20),
        EstatsMessage::init(),
        EstatsMessage::timestamp(100),
        EstatsMessage::introduce(None, Some(7)),
        EstatsMessage::read_row(cid),
        EstatsMessage::read_rows(cid, Some(9000)),
        EstatsMessage::details(cid, None),
        EstatsMessage::list_listeners(2, None),
        EstatsMessage::read_scalars(),
        EstatsMessage::write_scalar(Scalar::ConnTableLatency(3)),
        EstatsMessage::subscribe(Events::ALL, Some(9000)),
    ];
    let mut requests: Vec<_> = (2..)
        .zip(old)
        .map(|(sequence, message)| datagram::request(FAMILY_ID, sequence, message.in_generation(profile.generation)))
        .collect();
    requests.push(control::family_request(1));
    requests.push(datagram::request(
        FAMILY_ID,
        1,
        EstatsMessage::introduce(Some(profile), None),
    ));
    requests
}

/// A client that speaks as its socket, or its introduction ahead of each request, says.
struct Fuzzer {
    way: Way,
    socket: PathBuf,
    port: u32,
    requests: Vec<Vec<u8>>,
    /// What goes ahead of a request, as it holds for one datagram only.
    ahead: Vec<u8>,
    random: Random,
}

impl Fuzzer {
    fn new(scene: &Scene, way: Way, generation: &str, index: usize) -> Result<Self> {
        let profile = Profile::named(generation).context("a generation")?;
        let introduction = datagram::request(FAMILY_ID, 1, EstatsMessage::introduce(Some(&profile), None));
        ensure!(introduction.len() < CLIENT_BUFFER, "an introduction is cut off");
        Ok(Self {
            way,
            socket: scene.directory.path().join(generation),
            port: daemon_port(&scene.daemon.socket())?,
            requests: requests(&profile, scene.cid),
            ahead: match way {
                Way::Unix => Vec::new(),
                Way::Netlink => introduction,
            },
            random: Random::new(0x1003_2008, index),
        })
    }

    fn connect(&self) -> Result<Raw> {
        match self.way {
            Way::Unix => Raw::unix(&self.socket),
            Way::Netlink => Raw::netlink(self.port),
        }
    }

    /// Sends so many messages, and takes what is said to them.
    fn run(&mut self, messages: u64) -> Result<()> {
        let mut sent = 0;
        while sent < messages {
            let raw = self.connect()?;
            let end = messages.min(sent + CONVERSATION);
            while sent < end {
                let batch = BATCH.min(end - sent);
                for _ in 0..batch {
                    raw.send(&self.message())?;
                }
                sent += batch;
                // Far from the numbers of the other requests.
                let sequence = 0xa5a5_0000 ^ u32::try_from(sent & 0xffff)?;
                raw.send(&control::family_request(sequence))?;
                let errno = raw.outcome(sequence)?;
                ensure!(
                    errno == 0,
                    "after {sent} messages a whole request is refused with {errno}"
                );
            }
        }
        Ok(())
    }

    fn message(&mut self) -> Vec<u8> {
        let mut request = self.random.pick(&self.requests);
        // Some are whole, so that what is kept of a client changes, too.
        if self.random.percent(95) {
            mutate(&mut self.random, &mut request);
        }
        // A datagram without octets is the end of a conversation for `Raw`, and nothing to the daemon.
        [&self.ahead, &request[..]].concat()
    }
}

fn messages() -> Result<u64> {
    match env::var("ESTATS_FUZZ_MESSAGES") {
        Ok(number) => number.parse().context("ESTATS_FUZZ_MESSAGES is no number"),
        Err(_) => Ok(MESSAGES),
    }
}

/// Fuzzes each generation in turn.
fn fuzz(way: Way) -> Result<()> {
    let mut scene = Scene::new()?;
    let messages = messages()?;
    for (index, generation) in GENERATIONS.into_iter().enumerate() {
        let mut fuzzer = Fuzzer::new(&scene, way, generation, index)?;
        let namespace = &scene.namespace;
        let mut run = |messages| namespace.run(|| as_user(USER, USER, || fuzzer.run(messages)));
        // Whatever the daemon makes once and keeps, it has made then.
        run(messages / 10)?;
        let (open, before) = (descriptors(&scene.daemon)?, resident(scene.daemon.pid())?);
        let started = Instant::now();
        let ((), delays) = scene
            .witness
            .during(|| run(messages))
            .with_context(|| format!("{way:?}, {generation}: {}", scene.daemon.log()))?;
        report(way, generation, messages, started.elapsed(), delays);
        let after = resident(scene.daemon.pid())?;
        println!("  the daemon had {} KiB and has {} KiB", before >> 10, after >> 10);
        ensure!(
            after < before + GROWTH,
            "the daemon grew from {before} to {after} octets"
        );
        wait_until("the daemon closes what it has opened", || {
            Ok(descriptors(&scene.daemon)? <= open)
        })?;
        ensure_unharmed(&scene.daemon)?;
    }
    Ok(())
}

fn report(way: Way, generation: &str, messages: u64, time: Duration, delays: Delays) {
    let Delays { readings, worst, owed } = delays;
    let rate = u128::from(messages) * 1000 / time.as_millis().max(1);
    println!(
        "{way:?}, {generation}: {messages} messages at {rate}/s; {readings} readings beside, the slowest in {worst:?}, without the wait for processors in {owed:?}"
    );
}

#[test]
fn fuzzed_messages_over_the_unix_socket_harm_nobody() -> Result<()> {
    fuzz(Way::Unix)
}

#[test]
fn fuzzed_messages_over_netlink_harm_nobody() -> Result<()> {
    fuzz(Way::Netlink)
}
