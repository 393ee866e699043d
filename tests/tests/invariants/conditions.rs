//! What a world of connections has in common: the settings of its two hosts and what happens on the path between them.

use anyhow::Result;
use estats_tests::impairment::Impairment;
use estats_tests::netns::Namespace;
use estats_tests::path::{Path, Side};

use estats_tests::random::Random;

/// `tcp_ecn` of a host that asks for ECN, and agrees to it.
const ASKS: u8 = 1;

/// What all connections of a world have in common.
#[derive(Clone, Debug)]
pub(crate) struct Conditions {
    pub(crate) mtu: u16,
    pub(crate) client: Settings,
    pub(crate) server: Settings,
    pub(crate) impairments: Vec<(Side, Impairment)>,
}

/// Settings of a host (`net.ipv4.tcp_*`).
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the kernel's settings, independent of one another"
)]
pub(crate) struct Settings {
    pub(crate) sack: bool,
    pub(crate) timestamps: bool,
    pub(crate) window_scaling: bool,
    /// 0: never, [`ASKS`], 2: agrees to it.
    pub(crate) ecn: u8,
    /// Tail loss probes.
    early_retrans: u8,
    /// Loss detection by time; duplicate ACKs alone need it off.
    recovery: u8,
    frto: u8,
    slow_start_after_idle: bool,
}

impl Conditions {
    /// The conditions of the world `index`: the first is undisturbed, the second has ECN and marks, the others as it comes.
    pub(crate) fn choose(random: &mut Random, index: usize) -> Self {
        let mut impairments = Vec::new();
        if index > 1 {
            for side in [Side::Client, Side::Server] {
                choose_impairments(random, side, &mut impairments);
            }
        }
        let marked = index == 1;
        if marked {
            for side in [Side::Client, Side::Server] {
                impairments.push((side, Impairment::CongestionExperiencedEvery(20)));
            }
        }
        // A narrow link passes no packet that is longer than its burst.
        let narrow = impairments
            .iter()
            .any(|(_, impairment)| matches!(impairment, Impairment::Rate(_)));
        let mut conditions = Self {
            mtu: random.pick(if narrow { &[1280, 1500] } else { &[1280, 1500, 4000] }),
            client: Settings::choose(random),
            server: Settings::choose(random),
            impairments,
        };
        if marked {
            conditions.client.ecn = ASKS;
            conditions.server.ecn = ASKS;
        }
        conditions
    }

    /// The settings of the host at `side`.
    pub(crate) fn settings(&self, side: Side) -> &Settings {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }

    /// Packets from `side` may overtake one another.
    pub(crate) fn reorders(&self, side: Side) -> bool {
        let overtakes = |impairment: &Impairment| matches!(impairment, Impairment::Overtake(_));
        self.impairments
            .iter()
            .any(|(from, impairment)| *from == side && overtakes(impairment))
    }

    /// Every packet passes, as it was and in its turn.
    pub(crate) fn calm(&self) -> bool {
        self.impairments.is_empty()
    }

    /// Puts the settings and impairments in force.
    pub(crate) fn apply(&self, path: &Path) -> Result<()> {
        for side in [Side::Client, Side::Server] {
            self.settings(side).apply(path.host(side))?;
        }
        path.impair(&self.impairments)
    }
}

/// What happens to packets from `side`.
fn choose_impairments(random: &mut Random, side: Side, impairments: &mut Vec<(Side, Impairment)>) {
    let mut add = |impairment| impairments.push((side, impairment));
    if random.percent(65) {
        add(Impairment::Lose {
            per_mille: random.pick(&[5, 10, 20, 40, 80]),
            payload_only: random.percent(50),
        });
    }
    if random.percent(40) {
        add(Impairment::CongestionExperiencedEvery(random.pick(&[5, 20, 50])));
    }
    match random.between(0, 9) {
        0..=3 => add(Impairment::Overtake(random.pick(&[20, 100, 300]))),
        4 | 5 => add(Impairment::Rate(random.pick(&[500_000, 2_000_000, 10_000_000]))),
        _ => {}
    }
}

impl Settings {
    fn choose(random: &mut Random) -> Self {
        Self {
            sack: random.percent(80),
            timestamps: random.percent(70),
            window_scaling: random.percent(80),
            ecn: random.pick(&[0, 1, 1, 1, 2]),
            early_retrans: random.pick(&[0, 3, 3]),
            recovery: random.pick(&[0, 1, 1]),
            frto: random.pick(&[0, 2, 2]),
            slow_start_after_idle: random.percent(70),
        }
    }

    fn apply(self, host: &Namespace) -> Result<()> {
        let numbers = [
            ("sack", u8::from(self.sack)),
            ("timestamps", u8::from(self.timestamps)),
            ("window_scaling", u8::from(self.window_scaling)),
            ("ecn", self.ecn),
            ("early_retrans", self.early_retrans),
            ("recovery", self.recovery),
            ("frto", self.frto),
            ("slow_start_after_idle", u8::from(self.slow_start_after_idle)),
        ];
        for (name, value) in numbers {
            host.sysctl(&format!("ipv4/tcp_{name}"), &value.to_string())?;
        }
        Ok(())
    }
}
