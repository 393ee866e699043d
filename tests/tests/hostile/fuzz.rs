//! Half-broken requests in great number, in every generation and on both ways in, to a daemon that serves somebody else meanwhile.
//!
//! `ESTATS_FUZZ_MESSAGES` says how many for each generation and way, `ESTATS_SEED` which; `cargo test --test hostile fuzz -- --nocapture` shows
//! what it took.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use estats_protocol::{EstatsMessage, control, datagram};
use estats_spec::endpoint::Profile;
use estats_spec::wire::{CLIENT_BUFFER, FAMILY_ID, HEADER_LEN};
use estats_tests::credentials::as_user;
use estats_tests::daemon::{Daemon, Directory};
use estats_tests::memory::resident;
use estats_tests::netns::Namespace;
use estats_tests::observer::ends;
use estats_tests::random::Random;
use estats_tests::traffic::{Options, Pair};
use nix::errno::Errno;
use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::RcvBuf;

use crate::USER;
use crate::mutation::{frame, mutate};
use crate::raw::{Raw, Way, daemon_port};
use crate::seeds::{Seed, seeds};
use crate::state::{descriptors, ensure_unharmed, wait_until};
use crate::witness::{Delays, Witness};

/// One library of each generation of the protocol: W1, W1t, W2, W3, W3p.
const GENERATIONS: [&str; 5] = ["l0-v117", "l1-v117", "l2-v121", "l3-v123", "l3-v124b"];
/// Messages of each generation on each way, unless the environment says otherwise.
const MESSAGES: u64 = 3000;
/// Which messages, unless the environment says otherwise.
const SEED: u64 = 0x1003_2008;
/// Datagrams ahead of a whole request, whose answer is waited for: one less than what may wait of a netlink client.
const DATAGRAMS: u64 = 7;
/// Messages of a datagram, as far as there is room for them.
const MOST: u64 = 9;
/// After so many messages a client begins anew: what it understands and hears of may be anything by then.
const CONVERSATION: u64 = 7000;
/// More than connections of other tests on this host take in the daemon, and less than the messages of a leak of some octets each.
const GROWTH: u64 = 64 << 20;

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

/// A client that speaks as its socket, or its introduction at the head of each datagram, says.
struct Fuzzer {
    way: Way,
    socket: PathBuf,
    port: u32,
    seeds: Vec<Seed>,
    /// What goes ahead of requests, as it holds for one datagram only.
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
            seeds: seeds(&profile, scene.cid, way),
            ahead: match way {
                Way::Unix => Vec::new(),
                Way::Netlink => introduction,
            },
            random: Random::new(number("ESTATS_SEED", SEED)?, index),
        })
    }

    fn connect(&self) -> Result<Raw> {
        let raw = match self.way {
            Way::Unix => Raw::unix(&self.socket),
            Way::Netlink => Raw::netlink(self.port),
        }?;
        // Room for what is answered while more is asked, as far as the kernel gives it.
        setsockopt(&raw.fd(), RcvBuf, &(1 << 20))?;
        Ok(raw)
    }

    /// Asks with nothing wrong, one request after the other.
    fn ask_rightly(&self) -> Result<()> {
        let raw = self.connect()?;
        for (sequence, Seed { request, errno }) in (2..).zip(&self.seeds) {
            let whole = [&self.ahead, &request[..]].concat();
            // Two introductions are longer than what the daemon takes.
            raw.send(if whole.len() <= CLIENT_BUFFER { &whole } else { request })?;
            let answered = raw.outcome(sequence)?;
            ensure!(answered == *errno, "{answered} instead of {errno} for {request:02x?}");
        }
        Ok(())
    }

    /// Sends at least so many messages, and takes what is said to them.
    fn run(&mut self, messages: u64) -> Result<()> {
        let mut sent = 0;
        while sent < messages {
            let raw = self.connect()?;
            let end = sent + CONVERSATION.min(messages - sent);
            while sent < end {
                for _ in 0..DATAGRAMS {
                    let (datagram, count) = self.datagram();
                    raw.send(&datagram)?;
                    sent += count;
                }
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

    /// A datagram of one message or more, and of how many.
    fn datagram(&mut self) -> (Vec<u8>, u64) {
        let (mut datagram, mut last, mut count) = (self.ahead.clone(), self.message(), 1);
        for _ in 1..self.random.between(1, MOST) {
            let next = self.message();
            if datagram.len() + last.len() + next.len() > CLIENT_BUFFER - HEADER_LEN {
                break;
            }
            // Behind a message that says a wrong length nothing is looked at.
            frame(&mut last);
            datagram.append(&mut last);
            (last, count) = (next, count + 1);
        }
        if self.random.percent(50) {
            frame(&mut last);
        }
        datagram.append(&mut last);
        (datagram, count)
    }

    fn message(&mut self) -> Vec<u8> {
        let seed = self.random.between(0, self.seeds.len() as u64 - 1);
        let mut request = self.seeds[usize::try_from(seed).unwrap_or(0)].request.clone();
        // Some are whole, so that what is kept of a client changes, too.
        if self.random.percent(95) {
            mutate(&mut self.random, &mut request);
        }
        request
    }
}

/// Leaves the processor to whoever else wants it: with two of them, three parties that are always busy wait for each other longer than
/// for anything that the daemon does, and it is the daemon that is watched. It gets no less to do, as nothing goes on without its answers.
fn run_last() -> Result<()> {
    // SAFETY: the call takes integers; 0 is the calling thread, which ends with the run.
    Errno::result(unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 19) }).context("running after all others")?;
    Ok(())
}

/// What the environment says, or else `usual`.
fn number(variable: &str, usual: u64) -> Result<u64> {
    match env::var(variable) {
        Ok(number) => number.parse().with_context(|| format!("{variable} is no number")),
        Err(_) => Ok(usual),
    }
}

/// Fuzzes each generation in turn.
fn fuzz(way: Way) -> Result<()> {
    let mut scene = Scene::new()?;
    let messages = number("ESTATS_FUZZ_MESSAGES", MESSAGES)?;
    for (index, generation) in GENERATIONS.into_iter().enumerate() {
        let mut fuzzer = Fuzzer::new(&scene, way, generation, index)?;
        let namespace = &scene.namespace;
        let mut run = |messages| {
            namespace.run(|| {
                as_user(USER, USER, || {
                    run_last()?;
                    fuzzer.run(messages)
                })
            })
        };
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
        "{way:?}, {generation}: {messages} messages at {rate}/s; {readings} readings beside, the slowest in {worst:?}, \
         without the wait for processors in {owed:?}"
    );
}

#[test]
fn what_the_fuzz_begins_with_is_right_in_each_generation() -> Result<()> {
    let scene = Scene::new()?;
    for way in [Way::Unix, Way::Netlink] {
        for generation in GENERATIONS {
            let fuzzer = Fuzzer::new(&scene, way, generation, 0)?;
            scene
                .namespace
                .run(|| as_user(USER, USER, || fuzzer.ask_rightly()))
                .with_context(|| format!("{way:?}, {generation}"))?;
        }
    }
    Ok(())
}

#[test]
fn fuzzed_messages_over_the_unix_socket_harm_nobody() -> Result<()> {
    fuzz(Way::Unix)
}

#[test]
fn fuzzed_messages_over_netlink_harm_nobody() -> Result<()> {
    fuzz(Way::Netlink)
}
