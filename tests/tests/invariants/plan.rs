//! What one connection is to do, all of it chosen by a generator.

use estats_tests::path::Side;
use estats_tests::scene::Family;
use estats_tests::traffic::Options;

use estats_tests::random::Random;

/// Most octets of one turn.
const MOST_OCTETS: u64 = 150_000;
/// A slow reader makes so many reads of a turn.
const SLOW_READS: u64 = 6;

/// What one connection is to do.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) family: Family,
    pub(crate) client: Options,
    pub(crate) server: Options,
    /// One after the other; each begins when the one before has been read to its end.
    pub(crate) turns: Vec<Turn>,
    pub(crate) ending: Ending,
}

/// Octets that go one way.
#[derive(Clone, Debug)]
pub(crate) struct Turn {
    pub(crate) from: Side,
    pub(crate) octets: u64,
    /// Before the first is written, milliseconds.
    pub(crate) pause_ms: u64,
    /// At most so many octets at a time.
    pub(crate) write: u64,
    /// At most so many octets at a time.
    pub(crate) read: u64,
    /// Before each read, milliseconds.
    pub(crate) read_pause_ms: u64,
    /// The same number of octets goes the other way at the same time.
    pub(crate) both_ways: bool,
}

/// How a connection ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Ending {
    /// This end shuts down its half; the other one follows when it has read the end of data. Both wait for that.
    Orderly(Side),
    /// Both shut down at once, and wait for the end of data.
    Together,
    /// This end closes altogether, ahead of the other.
    Hasty(Side),
    /// This end throws the connection away (`SO_LINGER` of 0).
    Reset(Side),
    /// This end closes while there is data that it has not read.
    Unread(Side),
}

impl Plan {
    /// A plan for a host that has these kinds of congestion control.
    pub(crate) fn choose(random: &mut Random, congestion_controls: &[&'static str]) -> Self {
        let side = random.pick(&[Side::Client, Side::Server]);
        let turns = (0..random.between(1, 4)).map(|_| Turn::choose(random)).collect();
        Self {
            family: random.pick(&[Family::Ipv4, Family::Ipv6]),
            client: options(random, congestion_controls),
            server: options(random, congestion_controls),
            turns,
            ending: match random.between(0, 9) {
                0..=4 => Ending::Orderly(side),
                5 => Ending::Together,
                6 | 7 => Ending::Hasty(side),
                8 => Ending::Reset(side),
                _ => Ending::Unread(side),
            },
        }
    }

    /// Octets that `side` writes and the other end reads.
    pub(crate) fn octets(&self, side: Side) -> u64 {
        let turns = self.turns.iter().filter(|turn| turn.from == side || turn.both_ways);
        turns.map(|turn| turn.octets).sum()
    }

    /// What is asked of the socket at `side`.
    pub(crate) fn options(&self, side: Side) -> &Options {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }
}

impl Turn {
    fn choose(random: &mut Random) -> Self {
        let octets = random.magnitude(MOST_OCTETS);
        let slow = random.percent(15);
        Self {
            from: random.pick(&[Side::Client, Side::Server]),
            octets,
            pause_ms: random.maybe(30, |random| random.between(1, 400)).unwrap_or(0),
            write: random
                .maybe(30, |random| random.magnitude(8000))
                .map_or(65_536, |write| write.max(octets / 50 + 1)),
            read: if slow { octets / SLOW_READS + 1 } else { 65_536 },
            read_pause_ms: if slow { random.between(5, 60) } else { 0 },
            both_ways: random.percent(20),
        }
    }
}

fn options(random: &mut Random, congestion_controls: &[&'static str]) -> Options {
    Options {
        mss: random.maybe(20, |random| small(random.between(200, 1400))),
        ttl: random.maybe(10, |random| small(random.between(32, 200))),
        tos: random.maybe(10, |random| small(random.between(1, 30) << 3)),
        receive_buffer: random.maybe(25, |random| small(random.between(4000, 40_000))),
        send_buffer: random.maybe(10, |random| small(random.between(4000, 40_000))),
        nodelay: random.percent(30),
        congestion_control: Some(random.pick(congestion_controls)),
        ..Options::default()
    }
}

/// A number of a narrower type, which has room for it.
fn small<T: TryFrom<u64>>(number: u64) -> T {
    T::try_from(number).unwrap_or_else(|_| panic!("{number} is not that small"))
}
