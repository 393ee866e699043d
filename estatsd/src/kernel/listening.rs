//! Listening sockets: which there are, and the read of one.

use anyhow::{Context as _, Result};
use aya::{
    Ebpf,
    maps::{HashMap, MapData},
    programs::{RawTracePoint, RawTracePointRunOptions, TestRun as _},
};
use estatsd_ebpf::{
    Layout, Listener,
    listener::Registry,
    snapshot::{ListenerSnapshot, REQUESTS_PER_RUN},
};

use super::{mapped::Mapped, socket::Socket};

/// The read is taken again while connections come and go under it; after so many times, the last one is used.
const ATTEMPTS: usize = 8;

/// Keys looked at to list the listening sockets, far more than there can be.
const KEYS_MAX: usize = 1 << 20;

/// A listening socket as it was at one moment.
pub struct Listening<'a> {
    /// What was counted.
    pub counted: Listener,
    /// The socket.
    pub socket: Socket<'a>,
    /// Connections in ESTABLISHED that wait for `accept()`.
    pub waiting: u32,
    /// All of it is of one moment.
    pub at_rest: bool,
    /// Id of the socket's cgroup; 0 when it is not known.
    pub cgroup: u64,
    /// Group that owns the socket's inode, or [`NO_OWNER`](estatsd_ebpf::snapshot::NO_OWNER).
    pub gid: u32,
}

/// Runs the `read_listener` and `read_backlog` programs.
pub(super) struct ListenerReader {
    listeners: HashMap<MapData, u32, [u8; size_of::<Listener>()]>,
    registry: Mapped<Registry>,
    snapshot: Mapped<ListenerSnapshot>,
    /// The ids, and how often they had changed when they were taken.
    ids: Option<(u64, Vec<u32>)>,
}

impl ListenerReader {
    /// Takes what it needs out of the loaded object.
    ///
    /// # Errors
    ///
    /// A map is missing, or cannot be mapped.
    pub(super) fn new(ebpf: &mut Ebpf) -> Result<ListenerReader> {
        let listeners = ebpf
            .take_map("LISTENERS")
            .context("the BPF object has no map LISTENERS")?;
        Ok(ListenerReader {
            listeners: HashMap::try_from(listeners)?,
            registry: Mapped::new(ebpf, "LISTENER_REGISTRY")?,
            snapshot: Mapped::new(ebpf, "LISTENER_SNAPSHOT")?,
            ids: None,
        })
    }

    /// The ids of all listening sockets, in ascending order.
    pub(super) fn ids(&mut self) -> Vec<u32> {
        let changes = self.registry().changes;
        if let Some((at, ids)) = &self.ids
            && *at == changes
        {
            // A long table is read in many pages.
            return ids.clone();
        }
        // A key that goes away while the map is walked may start the walk over.
        let mut ids: Vec<u32> = self.listeners.keys().take(KEYS_MAX).map_while(Result::ok).collect();
        ids.sort_unstable();
        ids.dedup();
        self.ids = Some((changes, ids.clone()));
        ids
    }

    /// What is known of all of them together.
    pub(super) fn registry(&mut self) -> Registry {
        *self.registry.get()
    }

    /// Reads a listening socket. `None`: it is gone.
    ///
    /// # Errors
    ///
    /// A program cannot be run.
    pub(super) fn read<'a>(
        &'a mut self,
        read: &RawTracePoint,
        backlog: &RawTracePoint,
        layout: &'a Layout,
        id: u32,
    ) -> Result<Option<Listening<'a>>> {
        let snapshot = self.snapshot.get();
        let size = usize::try_from(layout.tcp_sock_size.offset)?;
        let (mut waiting, mut at_rest) = (0, false);
        let mut earlier: Option<(Listener, [Option<u32>; 2])> = None;
        for _ in 0..ATTEMPTS {
            if run(read, u64::from(id))? != 0 {
                return Ok(None);
            }
            let socket = Socket::new(&snapshot.image[..size], layout);
            let queues = [layout.sk_ack_backlog, layout.reqsk_qlen].map(|field| socket.u32(field));
            // The queue was walked after the earlier copy and before this one. Moreover, what the kernel does in several steps
            // has come to its end in between.
            at_rest = earlier.is_some_and(|(counted, then)| then == queues && snapshot.after.at_rest_since(&counted));
            if at_rest {
                break;
            }
            earlier = Some((snapshot.before, queues));
            // Somebody may put in as fast as this reads.
            let mut runs = queues[0].unwrap_or_default() / REQUESTS_PER_RUN + 2;
            while snapshot.next != 0 && runs != 0 {
                run(backlog, 0)?;
                runs -= 1;
            }
            waiting = snapshot.waiting;
        }
        let socket = Socket::new(&snapshot.image[..size], layout);
        // What was counted before the queue was looked at. The other way round, a connection that came in between would be taken out of it.
        let counted = snapshot.before;
        if counted.id != id || snapshot.after.id != id {
            // It went away while it was read, and its place in the map was given to another one.
            return Ok(None);
        }
        if socket.u64(layout.skc_cookie) != Some(counted.cookie) {
            // The memory is another socket's by now, and the end of this one was not noticed.
            let _ = self.listeners.remove(&id);
            self.ids = None;
            return Ok(None);
        }
        Ok(Some(Listening {
            counted,
            socket,
            waiting,
            at_rest,
            cgroup: snapshot.cgroup,
            gid: snapshot.gid,
        }))
    }
}

fn run(program: &RawTracePoint, argument: u64) -> Result<u32> {
    let mut options = RawTracePointRunOptions::new();
    options.args[0] = argument;
    let result = program
        .test_run(options)
        .context("cannot run the programs that read a listening socket")?;
    Ok(result.return_value)
}
