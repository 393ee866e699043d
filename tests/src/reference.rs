//! BPF programs that the daemon's are compared with, on the hooks that fire for each packet.

use std::env;
use std::fs::{self, File};

use anyhow::{Context as _, Result, anyhow};
use aya::programs::{BtfTracePoint, CgroupAttachMode, CgroupSkb, CgroupSkbAttachType, Program, ProgramInfo};
use aya::{Btf, Ebpf};

/// The programs that run for each packet, by the names of their functions.
pub const PER_PACKET: [&str; 3] = ["segment", "ingress", "egress"];

/// The object that they are in: `cargo xtask bench` names it.
const OBJECT: &str = "ESTATSD_REFERENCE_OBJECT";

/// What they do.
#[derive(Clone, Copy, Debug)]
pub enum Work {
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
pub struct Reference {
    ebpf: Ebpf,
    work: Work,
}

impl Reference {
    /// Attaches them, for all cgroups of the host.
    ///
    /// # Errors
    ///
    /// When the environment names no object that has them, without privileges, and when another program has the place.
    pub fn attach(work: Work) -> Result<Self> {
        let path = env::var_os(OBJECT).context("run this by `cargo xtask bench`")?;
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

    /// What the kernel says of each, in the order of [`PER_PACKET`].
    ///
    /// # Errors
    ///
    /// When the kernel does not say it.
    ///
    /// # Panics
    ///
    /// Never: all of them have been attached.
    pub fn programs(&self) -> Result<[ProgramInfo; PER_PACKET.len()]> {
        let infos: Result<Vec<ProgramInfo>> = PER_PACKET
            .iter()
            .map(|hook| {
                let program = self.ebpf.program(&format!("{}{hook}", self.work.prefix()));
                Ok(program.expect("it has been attached").info()?)
            })
            .collect();
        Ok(infos?.try_into().expect("as many as there are names"))
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
