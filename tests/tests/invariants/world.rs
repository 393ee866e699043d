//! A client, a router and a server under conditions of their own, and the connections between them.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context as _, Result};
use estats_tests::napi;
use estats_tests::nstat::Counters;
use estats_tests::path::{Path, Side};

use crate::conditions::Conditions;
use crate::conduct::{Outcome, conduct};
use crate::plan::Plan;
use estats_tests::random::Random;

/// Connections at the same time.
const AT_ONCE: usize = 24;
/// Ports of the server of one world. No two worlds share any, so that ports alone tell connections apart.
const PORTS: usize = 3000;
const FIRST_PORT: usize = 20_000;
/// Kinds of congestion control that a kernel may have. DCTCP, which overrides what both hosts say about ECN, is not among them.
const CONGESTION_CONTROLS: [&str; 3] = ["reno", "cubic", "bbr"];

/// A client, a router and a server under conditions of their own.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) conditions: Conditions,
    pub(crate) path: Path,
    /// Of client and server, before the first connection.
    pub(crate) counters: [Counters; 2],
    plans: Vec<Plan>,
    lost_before: i64,
}

impl World {
    /// Builds the world `index` of `seed`, in which `count` connections are to be.
    pub(crate) fn build(seed: u64, index: usize, count: usize) -> Result<Self> {
        let mut random = Random::new(seed, index);
        let conditions = Conditions::choose(&mut random, index);
        let path = Path::new(conditions.mtu)?;
        let [.., router] = path.namespaces();
        for side in [Side::Client, Side::Server] {
            // One queue for each way: otherwise each processor has its own, and packets overtake one another by themselves.
            napi::receive_in_thread(router, side.device())?;
        }
        path.count_flows()?;
        conditions.apply(&path)?;
        let first = FIRST_PORT + index * PORTS;
        path.host(Side::Server)
            .sysctl("ipv4/ip_local_port_range", &format!("{first} {}", first + PORTS - 1))?;
        let known = std::fs::read_to_string("/proc/sys/net/ipv4/tcp_available_congestion_control")?;
        let known: Vec<_> = known.split_whitespace().collect();
        let usable: Vec<_> = CONGESTION_CONTROLS
            .into_iter()
            .filter(|name| known.contains(name))
            .collect();
        let counters = [
            Counters::read(path.host(Side::Client))?,
            Counters::read(path.host(Side::Server))?,
        ];
        let lost_before = lost_in_queues()?;
        Ok(Self {
            plans: (0..count).map(|_| Plan::choose(&mut random, &usable)).collect(),
            conditions,
            path,
            counters,
            lost_before,
        })
    }

    /// Has all connections, many at a time. Each either did what its plan says, or could not.
    pub(crate) fn run(&self) -> Vec<Result<Outcome>> {
        let next = AtomicUsize::new(0);
        let work = || -> Vec<Result<Outcome>> {
            let plans = std::iter::from_fn(|| self.plans.get(next.fetch_add(1, Ordering::Relaxed)));
            let conduct = |plan| conduct(&self.path, plan).with_context(|| format!("{:?}\n{plan:?}", self.conditions));
            plans.map(conduct).collect()
        };
        thread::scope(|scope| {
            let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
            let done = workers
                .into_iter()
                .map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)));
            done.flatten().collect()
        })
    }

    /// Packets that were lost where a queue was full, and not by what was chosen for this world. Those of the machine's processors
    /// are taken for this world's.
    pub(crate) fn strays(&self) -> Result<i64> {
        let mut lost = lost_in_queues()? - self.lost_before;
        for namespace in self.path.namespaces() {
            lost += namespace.run(lost_by_devices)?;
            let queues = namespace.tool("tc", "-s qdisc show", "")?;
            let dropped = queues.split("dropped ").skip(1);
            lost += dropped
                .filter_map(|rest| rest.split(',').next()?.parse::<i64>().ok())
                .sum::<i64>();
        }
        Ok(lost)
    }
}

/// Packets that the processors' queues had no room for: the second column of `softnet_stat`, in hexadecimal.
fn lost_in_queues() -> Result<i64> {
    let text = std::fs::read_to_string("/proc/net/softnet_stat")?;
    let columns = text
        .lines()
        .map(|line| line.split_whitespace().nth(1).context("a line without drops"));
    columns.map(|column| Ok(i64::from_str_radix(column?, 16)?)).sum()
}

/// Packets that the devices of the calling thread's namespace dropped: the fourth of the eight columns for each way.
fn lost_by_devices() -> Result<i64> {
    let text = std::fs::read_to_string("/proc/thread-self/net/dev")?;
    let mut lost = 0;
    for line in text.lines().skip(2) {
        let columns: Vec<_> = line
            .split_once(':')
            .context("a device without a name")?
            .1
            .split_whitespace()
            .collect();
        for column in [3, 11] {
            lost += columns.get(column).context("a device without drops")?.parse::<i64>()?;
        }
    }
    Ok(lost)
}
