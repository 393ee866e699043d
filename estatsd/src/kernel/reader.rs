//! The read of one connection, in constant time and without touching its lock.

use std::thread;

use anyhow::{Context as _, Result};
use aya::programs::{RawTracePoint, RawTracePointRunOptions, TestRun as _};
use estatsd_ebpf::{Layout, Record, Sample, Snapshot, Tables, snapshot::NO_OWNER};

use super::{clock::monotonic_now_ns, mapped::Mapped, socket::Socket};

/// Copies are taken again while the connection moves on under them; after so many, the last one is used.
const ATTEMPTS: usize = 8;
/// For so many nanoseconds copies are taken again of a connection that is closed and whose reset has not left: it is in the middle of a
/// `close()`, and its values are not final.
const ENDING_NS: u64 = 10_000_000;

/// What finds a connection again: addresses in the kernel, and the cookie that proves them.
#[derive(Clone, Copy, Debug)]
pub struct Handle {
    /// Address of the `tcp_sock`.
    pub sk: u64,
    /// Address of the record.
    pub record: u64,
    /// Cookie of the socket.
    pub cookie: u64,
}

/// A connection as it was at one moment.
pub struct Connection<'a> {
    /// The record, with everything accounted for up to that moment.
    pub record: Record,
    /// The socket.
    pub socket: Socket<'a>,
    /// It is closed, and this is how it was in the end.
    pub closed: bool,
    /// User and group that own the socket's inode; `None` while it has no file.
    pub owner: Option<(u32, u32)>,
    /// What is compared from hook to hook.
    pub sample: Sample,
}

/// `TCP_CLOSE` of `net/tcp_states.h`.
const CLOSED: u32 = 7;

/// Runs the `read` program.
pub(super) struct Reader {
    snapshot: Mapped<Snapshot>,
}

impl Reader {
    /// Reads through the mapped result of the program.
    pub(super) fn new(snapshot: Mapped<Snapshot>) -> Reader {
        Reader { snapshot }
    }

    /// Reads a connection, and accounts for what happened since the last segment in the tables that are `on`. `None`: it is gone, and
    /// how it was in the end has been told.
    ///
    /// # Errors
    ///
    /// The program cannot be run.
    pub(super) fn read<'a>(
        &'a mut self,
        program: &RawTracePoint,
        layout: &'a Layout,
        handle: Handle,
        on: Tables,
    ) -> Result<Option<Connection<'a>>> {
        let mut options = RawTracePointRunOptions::new();
        options.args[..3].copy_from_slice(&[handle.sk, handle.record, handle.cookie]);
        let snapshot = self.snapshot.get();
        // The moment up to which time is accounted for comes before the copies: the end of the connection cannot come before it.
        let begun_ns = monotonic_now_ns();
        let mut now_ns = begun_ns;
        let mut attempts = 0;
        loop {
            attempts += 1;
            let options = RawTracePointRunOptions {
                args: options.args,
                cpu: None,
            };
            let result = program.test_run(options).context("cannot run the read program")?;
            if result.return_value != 0 {
                return Ok(None);
            }
            // Closed, but not over: a reset is on its way.
            let ending = Socket::new(&snapshot.after, layout).u32(layout.skc_state) == Some(CLOSED);
            if ending && now_ns - begun_ns < ENDING_NS {
                thread::yield_now();
            } else if attempts >= ATTEMPTS || of_one_moment(snapshot, layout) {
                break;
            }
            now_ns = monotonic_now_ns();
        }
        let size = usize::try_from(layout.tcp_sock_size.offset)?;
        let socket = Socket::new(&snapshot.after[..size], layout);
        if socket.u64(layout.skc_cookie) != Some(handle.cookie) {
            return Ok(None);
        }
        let waiting = socket.u64(layout.out_of_order_queue).is_some_and(|root| root != 0);
        let rcv_nxt = socket.u32(layout.rcv_nxt).unwrap_or_default();
        let reassembly = if waiting {
            snapshot.ooo_end_seq.wrapping_sub(rcv_nxt)
        } else {
            0
        };
        let sample = socket.sample(reassembly, now_ns);
        let mut record = snapshot.record;
        record.settle(&sample, on);
        let owner = (snapshot.uid != NO_OWNER).then_some((snapshot.uid, snapshot.gid));
        Ok(Some(Connection {
            record,
            socket,
            sample,
            closed: false,
            owner,
        }))
    }
}

/// Both copies agree in everything that moves when a segment is sent, received or given up.
fn of_one_moment(snapshot: &Snapshot, layout: &Layout) -> bool {
    let before = Socket::new(&snapshot.before, layout);
    let after = Socket::new(&snapshot.after, layout);
    let moving = [
        layout.snd_una,
        layout.snd_nxt,
        layout.rcv_nxt,
        layout.write_seq,
        layout.copied_seq,
        layout.bytes_acked,
        layout.bytes_received,
        layout.bytes_sent,
        layout.bytes_retrans,
        layout.segs_in,
        layout.segs_out,
        layout.total_retrans,
        layout.snd_cwnd,
        layout.srtt_us,
        layout.packets_out,
        layout.rcv_wnd,
        layout.icsk_ca_state,
        layout.undo_marker,
        layout.skc_state,
    ];
    moving.into_iter().all(|field| before.u64(field) == after.u64(field))
}
