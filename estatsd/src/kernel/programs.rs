//! Loads and attaches the programs, and runs the ones that answer questions.

use std::{
    any::Any,
    collections::{BTreeSet, HashMap},
    fs::File,
    io,
    os::fd::{AsFd, BorrowedFd},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use anyhow::{Context as _, Result, bail};
use aya::{
    Btf, Ebpf, EbpfLoader,
    maps::{Array, MapData},
    programs::{
        BtfTracePoint, CgroupAttachMode, CgroupSkb, CgroupSkbAttachType, Iter, Program, ProgramError, RawTracePoint,
        SockOps, tp_btf::BtfTracePointLink,
    },
};
use estatsd_ebpf::{
    Control, Event, Field, Layout, Spans, Tables,
    event::{RING, Tune},
    layout::Wanted,
    listener::Registry,
};

use super::{
    btf, cgroup,
    clock::Clock,
    glances::Glances,
    layout,
    listening::{ListenerReader, Listening},
    mapped::Mapped,
    namespaces,
    news::News,
    object, privileges,
    reader::{Connection, Handle, Reader},
    ring::Ring,
    walk::{self, OpenNamespaces, Walk},
};

/// The programs, as `cargo xtask build` compiled them; empty when cargo was called without it.
static OBJECT: &[u8] = aya::include_bytes_aligned!(concat!(env!("OUT_DIR"), "/estatsd.bpf.o"));

/// The section of the one variable that the programs read and the daemon writes.
const CONTROL: &str = ".data";

/// Follow the lives of connections.
const LIFECYCLE: [(&str, &str); 3] = [
    ("state", "inet_sock_set_state"),
    ("reset", "tcp_send_reset"),
    ("destroyed", "tcp_destroy_sock"),
];
// The others count what happens meanwhile.
const SEGMENTS: [(&str, &str); 2] = [("segment", "tcp_probe"), ("congestion", "tcp_cong_state_set")];
/// Where a layout says whether the kernel has a tracepoint.
type Offer = fn(&Layout) -> Field;

/// Programs that are left out where the kernel lacks their tracepoint. Instruments that need one are masked then; those that it makes
/// more exact are not.
const OPTIONAL: [(&str, &str, Offer); 3] = [
    ("dropped", "kfree_skb", |layout| layout.kfree_skb),
    ("retransmission", "tcp_retransmit_skb", |layout| {
        layout.tcp_retransmit_skb
    }),
    ("written", "tcp_sendmsg_locked", |layout| layout.tcp_sendmsg_locked),
];
const PACKETS: [(&str, CgroupSkbAttachType); 2] = [
    ("ingress", CgroupSkbAttachType::Ingress),
    ("egress", CgroupSkbAttachType::Egress),
];

const REQUEST: &str = "request";
/// Walks over open files; all other iterators do over sockets.
const HELD: &str = "held";

/// So many programs are verified at the same time at most: the verifier takes some megabytes of the kernel's memory for each.
const LOADERS: usize = 4;

/// The loaded programs. Dropping it detaches them and frees every record.
pub struct Kernel {
    /// Links are detached before the programs go.
    lifecycle: Vec<BtfTracePointLink>,
    counting: Vec<Box<dyn Any>>,
    cgroup: File,
    ebpf: Ebpf,
    layout: Layout,
    final_layout: Layout,
    missing: Vec<&'static Wanted>,
    clock: Clock,
    reader: Reader,
    glances: Glances,
    listeners: ListenerReader,
    tune: Mapped<Tune>,
    control: Array<MapData, u32>,
    /// The programs wake the daemon for each event.
    prompt: bool,
    events: Ring,
    dropped: Mapped<AtomicU64>,
}

impl Kernel {
    /// Loads the programs and follows the lives of connections from then on. Nothing is counted before [`Kernel::count`].
    ///
    /// # Errors
    ///
    /// Whatever is missing, by name and with what to do about it.
    pub fn start(control: Control) -> Result<Kernel> {
        privileges::require()?;
        if OBJECT.is_empty() {
            bail!("this estatsd was built without its BPF programs: build it with `cargo xtask build`");
        }
        let types = btf::Btf::from_file(btf::VMLINUX)
            .context("estatsd needs a kernel with type information (CONFIG_DEBUG_INFO_BTF=y)")?;
        let resolved = layout::resolve(&types)?;
        let cgroup = cgroup::root()?;

        let object = object::fitted(OBJECT, &resolved.layout)?;
        let mut ebpf = EbpfLoader::new()
            .override_global("SPANS", as_bytes(&resolved.kept.spans), true)
            .map_max_entries("EVENTS", RING)
            .load(&object)
            .map_err(|error| refused("the BPF maps", &error))?;
        let types = Btf::from_sys_fs().context("cannot read the kernel's type information")?;
        load(&mut ebpf, &resolved.layout, &types)?;

        let events = ebpf.take_map("EVENTS").context("the BPF object has no map EVENTS")?;
        let wishes = ebpf.take_map(CONTROL).context("the BPF object has no CONTROL")?;
        let cgroup = File::open(&cgroup).with_context(|| format!("cannot open {}", cgroup.display()))?;
        let mut kernel = Kernel {
            cgroup,
            lifecycle: Vec::new(),
            counting: Vec::new(),
            layout: resolved.layout,
            final_layout: resolved.kept.layout,
            missing: resolved.missing,
            clock: Clock::of_kernel()?,
            reader: Reader::new(Mapped::new(&mut ebpf, "SNAPSHOT")?),
            glances: Glances::new(Mapped::new(&mut ebpf, "LOOKED_AT")?),
            listeners: ListenerReader::new(&mut ebpf)?,
            tune: Mapped::new(&mut ebpf, "TUNE")?,
            control: Array::try_from(wishes)?,
            prompt: false,
            events: Ring::new(events, RING)?,
            dropped: Mapped::new(&mut ebpf, "DROPPED")?,
            ebpf,
        };
        kernel.control(control)?;
        let request: &mut SockOps = program(&mut kernel.ebpf, REQUEST)?.try_into()?;
        request
            .attach(&kernel.cgroup, CgroupAttachMode::Single)
            .map_err(|error| refused(REQUEST, &error))?;
        for (name, _) in LIFECYCLE {
            kernel.lifecycle.push(tracepoint(&mut kernel.ebpf, name)?);
        }
        Ok(kernel)
    }

    /// Has the programs that count what happens to segments run, or not.
    ///
    /// # Errors
    ///
    /// One cannot be attached.
    pub fn count(&mut self, on: bool) -> Result<()> {
        if !on {
            self.counting.clear();
        } else if self.counting.is_empty() {
            let mut links: Vec<Box<dyn Any>> = Vec::new();
            for (name, kind) in PACKETS {
                let program: &mut CgroupSkb = program(&mut self.ebpf, name)?.try_into()?;
                let link = program.attach(&self.cgroup, kind, CgroupAttachMode::Single);
                links.push(Box::new(
                    program.take_link(link.map_err(|error| refused(name, &error))?)?,
                ));
            }
            for (name, _) in SEGMENTS.into_iter().chain(optional(&self.layout)) {
                links.push(Box::new(tracepoint(&mut self.ebpf, name)?));
            }
            self.counting = links;
        }
        Ok(())
    }

    /// Takes in the connections and the listening sockets that exist already, in every network namespace, and hands on an open event of
    /// each connection that exists. Returns the inode numbers of the namespaces that were seen.
    ///
    /// # Errors
    ///
    /// The sockets cannot be walked.
    pub fn adopt(&mut self, mut take: impl FnMut(&Event)) -> Result<BTreeSet<u64>> {
        let ebpf = &mut self.ebpf;
        let open = open_namespaces(ebpf)?;
        walk::everywhere(
            open,
            || {
                // Listening sockets first: connections find theirs among them.
                Walk::start(iterator(ebpf, "adopt_listener")?)?.until_told()?;
                Walk::start(iterator(ebpf, "adopt")?)
            },
            |walk| walk.each(&mut take),
        )
    }

    /// Has the records of all connections count for tables that were switched on last.
    ///
    /// # Errors
    ///
    /// The sockets cannot be walked.
    pub fn restart(&mut self) -> Result<()> {
        let ebpf = &mut self.ebpf;
        let open = open_namespaces(ebpf)?;
        let start = || {
            Walk::start(iterator(ebpf, "settle")?)?.finish()?;
            Walk::start(iterator(ebpf, "restart")?)
        };
        walk::everywhere(open, start, Walk::finish)?;
        Ok(())
    }

    /// The next piece of news, if there is any.
    pub fn news(&mut self) -> Option<News> {
        loop {
            match self.events.next(News::from_bytes) {
                Ok(Some(None)) => tracing::error!("the programs put something unknown into the ring of events"),
                Ok(Some(news)) => return news,
                Ok(None) => return None,
                Err(error) => {
                    tracing::error!("the ring of events cannot be read: {error}");
                    return None;
                }
            }
        }
    }

    /// News that was lost because nobody fetched it in time.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.shared().load(Ordering::Relaxed)
    }

    /// Tells the running programs what is wanted of them. Once they are to be [prompt](Control::prompt), the daemon is woken for all
    /// that comes after the news that it takes next, up to the last one.
    ///
    /// # Errors
    ///
    /// The kernel refuses.
    pub fn control(&mut self, control: Control) -> Result<()> {
        self.control
            .set(0, control.word(), 0)
            .context("cannot tell the programs what is wanted of them")?;
        if control.prompt && !self.prompt {
            wait_for_programs();
        }
        self.prompt = control.prompt;
        Ok(())
    }

    /// Reads a connection, for the tables that are `on`. `None`: it is gone.
    ///
    /// # Errors
    ///
    /// The program cannot be run.
    pub fn read(&mut self, handle: Handle, on: Tables) -> Result<Option<Connection<'_>>> {
        self.reader
            .read(raw_tracepoint(&mut self.ebpf, "read")?, &self.layout, handle, on)
    }

    /// When the last segment of each of these connections came, in their order: nanoseconds of `CLOCK_MONOTONIC`, 0 for one that is
    /// gone. Of the first [`GLANCES`](estatsd_ebpf::glance::GLANCES) connections.
    ///
    /// # Errors
    ///
    /// The program cannot be run.
    pub fn last_segments(&mut self, handles: impl Iterator<Item = Handle>) -> Result<Vec<u64>> {
        let program: &RawTracePoint = shared(&self.ebpf, "glance")?.try_into()?;
        self.glances.look(program, handles)
    }

    /// The ids of all listening sockets, in ascending order.
    pub fn listeners(&mut self) -> Vec<u32> {
        self.listeners.ids()
    }

    /// Reads a listening socket. `None`: it is gone.
    ///
    /// # Errors
    ///
    /// The programs cannot be run.
    pub fn read_listener(&mut self, id: u32) -> Result<Option<Listening<'_>>> {
        let read: &RawTracePoint = shared(&self.ebpf, "read_listener")?.try_into()?;
        let backlog: &RawTracePoint = shared(&self.ebpf, "read_backlog")?.try_into()?;
        self.listeners.read(read, backlog, &self.layout, id)
    }

    /// What is known of all listening sockets together.
    pub fn listener_registry(&mut self) -> Registry {
        self.listeners.registry()
    }

    /// Sets an option of level `SOL_TCP` on a connection in a network namespace.
    ///
    /// # Errors
    ///
    /// The connection is gone, its namespace cannot be entered, or the kernel refuses the value.
    pub fn tune(&mut self, netns: u32, cookie: u64, option: u32, value: u32) -> Result<(), io::Error> {
        *self.tune.get() = Tune {
            cookie,
            option,
            value,
            found: 0,
            result: 0,
        };
        if let Err(error) = self.walk_to_tune(netns.into()) {
            tracing::warn!("a write could not be carried out: {error:#}");
            return Err(io::Error::from_raw_os_error(libc::EINVAL));
        }
        match *self.tune.get() {
            Tune { found: 0, .. } => Err(io::Error::from_raw_os_error(libc::EINVAL)),
            Tune { result: 0, .. } => Ok(()),
            Tune { result, .. } => Err(io::Error::from_raw_os_error(-result)),
        }
    }

    fn walk_to_tune(&mut self, netns: u64) -> Result<()> {
        if netns == namespaces::own()? {
            return Walk::start(iterator(&mut self.ebpf, "tune")?)?.finish();
        }
        let open = open_namespaces(&mut self.ebpf)?;
        walk::in_namespace(iterator(&mut self.ebpf, "tune")?, netns, open)
    }

    /// Where this kernel keeps its fields.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Fields that this kernel does not have.
    #[must_use]
    pub fn missing(&self) -> &[&'static Wanted] {
        &self.missing
    }

    /// Where the fields are in what is kept of the socket of a closed connection.
    #[must_use]
    pub fn final_layout(&self) -> &Layout {
        &self.final_layout
    }

    /// The kernel's clocks.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }
}

impl AsFd for Kernel {
    /// Readable when there is news.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.events.as_fd()
    }
}

/// The optional programs that this kernel has the tracepoints for.
fn optional(layout: &Layout) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
    let offered = OPTIONAL.map(|(name, tracepoint, of)| (of(layout).present != 0).then_some((name, tracepoint)));
    offered.into_iter().flatten()
}

/// Loads the programs, a few at a time: the kernel verifies each on the processor that asks, most of what a start takes.
fn load(ebpf: &mut Ebpf, layout: &Layout, types: &Btf) -> Result<()> {
    let functions: HashMap<_, _> = SEGMENTS.into_iter().chain(LIFECYCLE).chain(optional(layout)).collect();
    let waiting = Mutex::new(ebpf.programs_mut());
    let load_next = || {
        while let Some((name, program)) = next(&waiting) {
            load_one(name, program, &functions, types).map_err(|error| refused(name, &error))?;
        }
        Ok(())
    };
    let processors = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let others: Vec<_> = (1..processors.min(LOADERS)).map(|_| scope.spawn(load_next)).collect();
        let own = load_next();
        others.into_iter().fold(own, |result, other| {
            result.and(
                other
                    .join()
                    .unwrap_or_else(|_| bail!("a thread that loads programs panicked")),
            )
        })
    })
}

/// The next item, for one of several threads.
fn next<T>(waiting: &Mutex<impl Iterator<Item = T>>) -> Option<T> {
    waiting.lock().ok()?.next()
}

/// Loads a program, unless it is for a tracepoint that is not among the `functions`.
fn load_one(
    name: &str,
    program: &mut Program,
    functions: &HashMap<&str, &str>,
    types: &Btf,
) -> Result<(), ProgramError> {
    match program {
        Program::BtfTracePoint(program) => functions
            .get(name)
            .map_or(Ok(()), |function| program.load(function, types)),
        Program::CgroupSkb(program) => program.load(),
        Program::SockOps(program) => program.load(),
        Program::Iter(program) if name == HELD => program.load("task_file", types),
        Program::Iter(program) => program.load("tcp", types),
        Program::RawTracePoint(program) => program.load(),
        _ => Err(ProgramError::UnexpectedProgramType),
    }
}

/// Attaches a tracepoint's program.
fn tracepoint(ebpf: &mut Ebpf, name: &str) -> Result<BtfTracePointLink> {
    let program: &mut BtfTracePoint = program(ebpf, name)?.try_into()?;
    let link = program.attach().map_err(|error| refused(name, &error))?;
    Ok(program.take_link(link)?)
}

fn program<'a>(ebpf: &'a mut Ebpf, name: &str) -> Result<&'a mut aya::programs::Program> {
    ebpf.program_mut(name)
        .with_context(|| format!("the BPF object has no program {name}"))
}

fn shared<'a>(ebpf: &'a Ebpf, name: &str) -> Result<&'a aya::programs::Program> {
    ebpf.program(name)
        .with_context(|| format!("the BPF object has no program {name}"))
}

fn iterator<'a>(ebpf: &'a mut Ebpf, name: &str) -> Result<&'a mut Iter> {
    Ok(program(ebpf, name)?.try_into()?)
}

/// Starts a walk that finds the namespaces which processes hold open.
fn open_namespaces(ebpf: &mut Ebpf) -> Result<Option<OpenNamespaces>> {
    OpenNamespaces::find(iterator(ebpf, HELD)?)
}

fn raw_tracepoint<'a>(ebpf: &'a mut Ebpf, name: &str) -> Result<&'a mut RawTracePoint> {
    Ok(program(ebpf, name)?.try_into()?)
}

/// What the programs have as read-only data, as they see it.
fn as_bytes(spans: &Spans) -> &[u8] {
    // SAFETY: plain numbers without padding; aya wants to see octets.
    unsafe { std::slice::from_raw_parts(std::ptr::from_ref(spans).cast(), size_of::<Spans>()) }
}

/// Waits until all programs have ended that run at this moment, and may have read what they are told before it changed.
fn wait_for_programs() {
    // Passes once no processor runs anything that ran before, programs among it (`synchronize_rcu()`). A kernel with processors that are
    // never interrupted (`nohz_full`) refuses; there, a program would have to take longer than the daemon to look at the ring.
    // SAFETY: a barrier has no preconditions.
    unsafe { libc::syscall(libc::SYS_membarrier, libc::MEMBARRIER_CMD_GLOBAL, 0, 0) };
}

/// A refusal in one line; the verifier's reasons, which fill pages, go to the debug log.
fn refused(what: &str, error: &dyn std::error::Error) -> anyhow::Error {
    let mut reasons: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        tracing::debug!("{what}: {text}");
        let line = text.lines().next().unwrap_or_default();
        let line = line
            .split(" Verifier output")
            .next()
            .unwrap_or_default()
            .trim_end_matches(['.', ':']);
        if !reasons.iter().any(|known| known.contains(line)) {
            reasons.push(line.to_owned());
        }
        next = error.source();
    }
    anyhow::anyhow!(
        "the kernel refused {what}: {}; `estatsd check` says what it offers, with `--log debug` also its reasons",
        reasons.join(": ")
    )
}
