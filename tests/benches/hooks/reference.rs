//! The programs that the daemon's are compared with.

use std::env;
use std::fs::{self, File};

use anyhow::{Context as _, Result, anyhow};
use aya::programs::{BtfTracePoint, CgroupAttachMode, CgroupSkb, CgroupSkbAttachType, Program};
use aya::{Btf, Ebpf};

use crate::programs::{PER_PACKET, Usage};

/// The object that they are in: `cargo xtask bench` names it.
const OBJECT: &str = "ESTATSD_REFERENCE_OBJECT";

/// What they do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Work {
    /// Nothing.
    Empty,
    /// Find the connection's record, and where a segment is received ask for the time: the least for any program that keeps one.
    Find,
}

impl Work {
    /// What stands before the name of the daemon's program.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Empty => "",
            Self::Find => "find_",
        }
    }
}

/// Attached until dropped.
pub(crate) struct Reference {
    ebpf: Ebpf,
    work: Work,
}

impl Reference {
    pub(crate) fn attach(work: Work) -> Result<Self> {
        let path = env::var_os(OBJECT).context("run this by `cargo xtask bench hooks`")?;
        let mut ebpf = Ebpf::load(&fs::read(&path)?)?;
        let cgroup = File::open(cgroup2()?)?;
        for hook in PER_PACKET {
            let name = format!("{}{hook}", work.prefix());
            match ebpf.program_mut(&name) {
                Some(Program::BtfTracePoint(program)) => attach_tracepoint(program),
                Some(Program::CgroupSkb(program)) => attach_cgroup(program, hook, &cgroup),
                _ => Err(anyhow!("the object has no such program")),
            }
            .with_context(|| format!("attaching {name}, to compare with"))?;
        }
        Ok(Self { ebpf, work })
    }

    pub(crate) fn read(&self) -> Result<[Usage; PER_PACKET.len()]> {
        let usages: Result<Vec<Usage>> = PER_PACKET
            .iter()
            .map(|hook| {
                let program = self.ebpf.program(&format!("{}{hook}", self.work.prefix()));
                Ok(Usage::of(&program.expect("it has been attached").info()?))
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

fn attach_cgroup(program: &mut CgroupSkb, hook: &str, cgroup: &File) -> Result<()> {
    let direction = if hook == "ingress" {
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
