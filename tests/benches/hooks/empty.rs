//! The programs that do nothing.

use std::env;
use std::fs::{self, File};

use anyhow::{Context as _, Result};
use aya::programs::{BtfTracePoint, CgroupAttachMode, CgroupSkb, CgroupSkbAttachType, Program};
use aya::{Btf, Ebpf};

use crate::programs::{PER_PACKET, Usage};

/// The object that they are in: `cargo xtask bench` names it.
const OBJECT: &str = "ESTATSD_EMPTY_OBJECT";

/// Attached until dropped.
pub(crate) struct Empty(Ebpf);

impl Empty {
    pub(crate) fn attach() -> Result<Self> {
        let path = env::var_os(OBJECT).context("run this by `cargo xtask bench hooks`")?;
        let mut ebpf = Ebpf::load(&fs::read(&path)?)?;
        let cgroup = File::open(cgroup2()?)?;
        for (name, program) in ebpf.programs_mut() {
            match program {
                Program::BtfTracePoint(program) => attach_tracepoint(program),
                Program::CgroupSkb(program) => attach_cgroup(program, name, &cgroup),
                _ => continue,
            }
            .with_context(|| format!("attaching the empty {name}"))?;
        }
        Ok(Self(ebpf))
    }

    pub(crate) fn read(&self) -> Result<[Usage; PER_PACKET.len()]> {
        let usages: Result<Vec<Usage>> = PER_PACKET
            .iter()
            .map(|name| {
                let program = self
                    .0
                    .program(name)
                    .with_context(|| format!("there is no empty {name}"))?;
                Ok(Usage::of(&program.info()?))
            })
            .collect();
        Ok(usages?.try_into().expect("as many as there are names"))
    }
}

fn attach_tracepoint(program: &mut BtfTracePoint) -> Result<()> {
    program.load("tcp_probe", &Btf::from_sys_fs()?)?;
    program.attach()?;
    Ok(())
}

fn attach_cgroup(program: &mut CgroupSkb, name: &str, cgroup: &File) -> Result<()> {
    let direction = if name == "ingress" {
        CgroupSkbAttachType::Ingress
    } else {
        CgroupSkbAttachType::Egress
    };
    program.load()?;
    program.attach(cgroup, direction, CgroupAttachMode::Single)?;
    Ok(())
}

/// Where the root of cgroup v2 is mounted.
fn cgroup2() -> Result<String> {
    let mounts = fs::read_to_string("/proc/self/mounts")?;
    let mut words = mounts.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let mount = words.find(|words| words.get(2) == Some(&"cgroup2"));
    let mount = mount.context("cgroup v2 is not mounted")?;
    Ok(mount[1].to_owned())
}
