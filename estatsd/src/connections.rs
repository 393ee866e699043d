//! The connections of this host: the table kept in step with the kernel, and what the servers ask of it.

use std::{
    cell::LazyCell,
    collections::HashMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::Result;
use estats_protocol::{Origin, Scalar, Scalars, Time, Tuple};
use estats_spec::Id;
use estatsd_ebpf::{
    Closed, Event, Tables,
    event::{RING, WAKE_AT},
    glance::GLANCES,
};

use crate::{
    controls::Controls,
    instruments::View,
    kernel::{Clock, Connection, Kernel, Last, Lead, News, monotonic_now_ns},
    known::Known,
    listeners::Listeners,
    notices::{Notices, Pending},
    server::{Connections, Instruments, ListenerReading, Notice, Owner, Page, Reading, Wanted, WriteError},
    table::Table,
};

/// `TCP_WINDOW_CLAMP` (`linux/tcp.h`).
const TCP_WINDOW_CLAMP: u32 = 10;
/// `TCP_BPF_SNDCWND_CLAMP` (`linux/bpf.h`): only a BPF program can set it.
const TCP_BPF_SNDCWND_CLAMP: u32 = 1002;

/// The largest window that fits the TCP header before scaling.
const MAX_WINDOW: u32 = 65535;

/// News taken in at once at most, so that clients have their turn while connections come and go faster than that: all that may wait
/// before the daemon is woken, however small.
const BATCH: usize = WAKE_AT as usize / size_of::<Closed>();

/// So many batches are all that was in the ring at one moment.
const BATCHES: u32 = RING / WAKE_AT;

/// So many looks at [`GLANCES`] connections each are made for a page of those that were active, before others have their turn.
const GLANCES_OF_A_PAGE: usize = 32;

/// For so many nanoseconds the programs go on telling at once after the last who wanted it has left: before they do so again, the daemon
/// has to wait for them, some milliseconds in which nobody is served, and whoever comes and goes must not have that again and again.
const PROMPT_FOR: u64 = 10_000_000_000;

/// All connections of this host.
pub struct Host {
    kernel: Kernel,
    table: Table,
    listeners: Listeners,
    notices: Notices,
    controls: Controls,
    /// How long closed connections stay readable.
    latency: Duration,
    announced: bool,
    /// Until when the programs tell at once, on the clock of [`monotonic_now_ns`], if they do.
    prompt_until: Option<u64>,
    dropped: u64,
    /// News was lost, and the sockets that exist have not been looked at since.
    astray: bool,
    /// Cookies of connections that no socket was seen of.
    unseen: Vec<u64>,
}

impl Host {
    /// Takes in the connections that exist already and follows the others from here on, for these tables. Closed ones stay readable
    /// for `latency`.
    ///
    /// # Errors
    ///
    /// The sockets cannot be walked.
    pub fn new(kernel: Kernel, controls: Controls, latency: Duration) -> Result<Host> {
        let mut host = Host {
            kernel,
            table: Table::default(),
            listeners: Listeners::start(),
            notices: Notices::default(),
            controls,
            latency,
            announced: false,
            prompt_until: None,
            dropped: 0,
            astray: false,
            unseen: Vec::new(),
        };
        host.control()?;
        host.adopt()?;
        host.refresh();
        for known in host.table.adopted() {
            tracing::debug!(cid = known.tuple().cid, "adopted: its events count from now on");
        }
        Ok(host)
    }

    /// Announces openings and closings to the multicast group, or not.
    #[must_use]
    pub fn announcing(mut self, announced: bool) -> Host {
        self.announced = announced;
        self
    }

    /// Tells the programs what is wanted of them now.
    fn control(&mut self) -> Result<()> {
        let wanted = self.notices.wanted();
        let finals = !self.latency.is_zero() || wanted.closed;
        let now = monotonic_now_ns();
        if wanted != Wanted::default() {
            self.prompt_until = Some(now + PROMPT_FOR);
        }
        self.prompt_until = self.prompt_until.filter(|&until| now < until);
        self.kernel
            .control(self.controls.word(finals, self.prompt_until.is_some()))?;
        self.kernel.count(self.controls.counting())
    }

    /// Has the programs tell at leisure again, once nobody has wanted to hear for long enough.
    fn calm(&mut self) {
        if self.prompt_until.is_some_and(|until| monotonic_now_ns() >= until)
            && let Err(error) = self.control()
        {
            tracing::error!("{error:#}");
        }
    }

    /// Switches a table.
    fn switch(&mut self, table: Tables, on: bool) -> Result<()> {
        let fresh = self.controls.switch(table, on);
        self.control()?;
        if !fresh {
            return Ok(());
        }
        // Only now, so that a record that is made meanwhile counts by itself.
        self.kernel.restart()?;
        self.table.begin_anew();
        Ok(())
    }

    /// Takes in what the kernel has to tell. Says whether there may be more.
    pub fn refresh(&mut self) -> bool {
        let mut more = true;
        let lead = LazyCell::new(Lead::now);
        // What there is no room for waits in the kernel's buffer.
        for _ in 0..BATCH.min(self.notices.room()) {
            match self.kernel.news() {
                Some(News::Opened(event)) => self.opened(&event, *lead),
                Some(News::Closed(cookie)) => self.table.close(cookie),
                Some(News::Finished(last)) => self.finished(last, *lead),
                None => {
                    more = false;
                    break;
                }
            }
        }
        if !more {
            // Closings that were not lost have been heard of by now, and are told with their final state.
            for cookie in std::mem::take(&mut self.unseen) {
                self.table.close(cookie);
            }
        }
        self.table.expire(monotonic_now_ns, self.latency);
        self.calm();
        let dropped = self.kernel.dropped();
        if dropped != self.dropped {
            tracing::warn!(
                "{} open or close events were lost, {dropped} since the start; looking at all sockets",
                dropped - self.dropped
            );
            self.dropped = dropped;
            self.astray = true;
        }
        // What is still in the ring tells of connections whose closing may be lost: they have to be known first.
        if self.astray && !more {
            self.astray = false;
            if let Err(error) = self.adopt() {
                tracing::error!("the list of connections may be wrong: {error:#}");
            }
        }
        more || !self.unseen.is_empty()
    }

    fn opened(&mut self, event: &Event, lead: Lead) {
        open(&mut self.table, &mut self.notices, lead, event);
    }

    fn finished(&mut self, last: Last, lead: Lead) {
        // Known unless its opening was lost.
        self.opened(last.event(), lead);
        if let Some(known) = self.table.finish(last.clone()) {
            self.notices.add(|| pending(known, Some(last)), true);
        }
    }

    /// Brings the table in step with the sockets that exist. Connections that have none are forgotten once all news from before the walk
    /// is taken in: most have closed meanwhile.
    fn adopt(&mut self) -> Result<()> {
        let lead = Lead::now();
        let mut unseen: HashMap<u64, u32> = self.table.open_ones().collect();
        let walked = self.kernel.adopt(|event| {
            unseen.remove(&event.cookie);
            open(&mut self.table, &mut self.notices, lead, event);
        })?;
        // Of a namespace that cannot be entered, nothing is known.
        unseen.retain(|_, netns| walked.contains(&u64::from(*netns)));
        self.unseen = unseen.into_keys().collect();
        Ok(())
    }

    /// The programs behind it.
    #[must_use]
    pub fn kernel(&self) -> &Kernel {
        &self.kernel
    }

    /// Number of connections that existed before the daemon followed them.
    #[must_use]
    pub fn adopted(&self) -> usize {
        self.table.adopted().count()
    }

    /// Number of connections that are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// No connection is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Lets `work` look at a connection as it is now, or as it was in the end. `None`: it is unknown, or gone meanwhile.
    fn look<T>(&mut self, cid: u32, work: impl FnOnce(&mut Known, &Connection<'_>, Clock) -> T) -> Option<T> {
        let clock = self.kernel.clock();
        let known = self.table.get_mut(cid)?;
        if known.last().is_none() {
            match self.kernel.read(known.handle, self.controls.on()) {
                Ok(Some(connection)) => return Some(work(known, &connection, clock)),
                Ok(None) => self.catch_up(cid),
                Err(error) => tracing::error!("connection {cid} cannot be read: {error:#}"),
            }
        }
        let known = self.table.get_mut(cid)?;
        let last = known.last().cloned()?;
        Some(work(known, &last.connection(self.kernel.final_layout()), clock))
    }

    /// Adds those of the next connections that had a segment at `since`, microseconds, or later, until the page has `limit`. Returns where to
    /// go on; `None` at the end.
    fn active(&mut self, from: u32, since: u64, limit: usize, page: &mut Vec<Tuple>) -> Option<u32> {
        let next: Vec<_> = self.table.range(from).take(GLANCES).collect();
        let tuples: Vec<_> = next.iter().map(|known| known.tuple()).collect();
        let last = match self.kernel.last_segments(next.iter().map(|known| known.handle)) {
            Ok(last) => last,
            Err(error) => {
                tracing::error!("connections cannot be looked at: {error:#}");
                return None;
            }
        };
        let after = tuples.last()?.cid + 1;
        for (tuple, mut last_ns) in tuples.into_iter().zip(last) {
            if page.len() == limit {
                return Some(tuple.cid);
            }
            if last_ns == 0 {
                // It is closed, or on the way there.
                let read = self.look(tuple.cid, |_, connection, _| connection.record.last_ns);
                last_ns = read.unwrap_or_default();
            }
            if last_ns / 1000 >= since && last_ns != 0 {
                page.push(tuple);
            }
        }
        Some(after)
    }

    /// Takes in what the kernel has told, until a connection without a socket is known to be closed. Whose close was not heard of is
    /// forgotten: it would be listed for ever.
    fn catch_up(&mut self, cid: u32) {
        for _ in 0..BATCHES {
            let more = self.refresh();
            let Some(known) = self.table.get_mut(cid) else { return };
            if known.last().is_some() {
                return;
            }
            if !more {
                let cookie = known.handle.cookie;
                return self.table.close(cookie);
            }
        }
    }
}

/// Takes in a connection that is established, unless it is known.
fn open(table: &mut Table, notices: &mut Notices, lead: Lead, event: &Event) {
    let start_us = lead.realtime_us(event.start_ns);
    // What is older than the daemon was established at some other time.
    if let Some(known) = table.open(event, start_us)
        && !known.place().adopted
    {
        notices.add(|| pending(known, None), false);
    }
}

/// The owner as far as it is known: of the inode; once the file is gone, what it was when last seen; else root, as the old
/// kernel had it. A closed connection that nobody has looked at belongs to its user still.
fn owner(known: &mut Known, connection: &Connection<'_>) -> Owner {
    if let Some((uid, gid)) = connection.owner {
        known.owner = Some(Owner { uid, gid });
    }
    known.owner.unwrap_or_else(|| {
        let user = || connection.socket.u32(connection.socket.layout().sk_uid);
        Owner {
            uid: if connection.closed { user().unwrap_or(0) } else { 0 },
            gid: 0,
        }
    })
}

/// A notice that a connection was established, or closed with this final state.
fn pending(known: &Known, last: Option<Last>) -> Pending {
    Pending {
        tuple: known.tuple(),
        origin: known.origin(),
        start_us: known.start_us,
        last,
    }
}

/// Everything that is measured of a connection, in tables that are on.
fn reading(
    controls: &Controls,
    (tuple, start_us): (Tuple, u64),
    time: Time,
    connection: &Connection<'_>,
    clock: Clock,
) -> Reading {
    let view = View::new(connection, clock, tuple.cid, start_us);
    let mut instruments = Instruments::new();
    for id in Id::ALL {
        if controls.show(id, connection.record.generation)
            && let Some(value) = view.value(id)
        {
            instruments.set(id, value);
        }
    }
    Reading {
        time,
        tuple,
        instruments,
    }
}

impl Connections for Host {
    fn page(&mut self, from: u32, since: Option<u64>, limit: usize) -> Page {
        self.refresh();
        let Some(since) = since else {
            return Page::of(self.table.range(from).map(Known::tuple), limit);
        };
        let mut page = Page {
            tuples: Vec::new(),
            next: Some(from),
        };
        for _ in 0..GLANCES_OF_A_PAGE {
            let Some(next) = page.next.filter(|_| page.tuples.len() < limit) else {
                break;
            };
            page.next = self.active(next, since, limit, &mut page.tuples);
        }
        page
    }

    fn owner(&mut self, cid: u32) -> Option<Owner> {
        self.refresh();
        // As the old kernel did: looked up once, when somebody first asks.
        if let Some(known) = self.table.get_mut(cid)?.owner {
            return Some(known);
        }
        self.look(cid, |known, connection, _| owner(known, connection))
    }

    fn read(&mut self, cid: u32) -> Option<Reading> {
        self.refresh();
        let controls = self.controls;
        self.look(cid, |known, connection, clock| {
            // Whoever reads everything asks for the owner as well.
            if known.owner.is_none() {
                owner(known, connection);
            }
            let time = Time::from(SystemTime::now());
            let mut reading = reading(&controls, (known.tuple(), known.start_us), time, connection, clock);
            if connection.closed {
                known.told().keep(&mut reading.instruments);
            } else {
                known.told().update(&mut reading.instruments);
            }
            reading
        })
    }

    fn write(&mut self, cid: u32, id: Id, value: u32) -> Result<(), WriteError> {
        self.refresh();
        if !self.controls.is_on(Tables::of(id.info().table)) {
            return Err(WriteError::Refused(libc::EOPNOTSUPP));
        }
        let wanted = self.look(cid, |known, connection, _| {
            if connection.closed {
                return None;
            }
            let socket = &connection.socket;
            let (option, value) = match id {
                Id::LimCwnd => {
                    let mss = connection.sample.mss_cache.max(1);
                    // The limit is kept in segments; less than one would stop the connection for good.
                    (TCP_BPF_SNDCWND_CLAMP, (value / mss).clamp(1, MAX_WINDOW))
                }
                Id::LimRwin => {
                    let scale = socket.u32(socket.layout().rcv_wscale).unwrap_or(0);
                    (TCP_WINDOW_CLAMP, value.min(MAX_WINDOW << scale.min(14)))
                }
                _ => return None,
            };
            Some((known.place().netns, known.handle.cookie, option, value))
        });
        let (netns, cookie, option, value) = wanted.flatten().ok_or(WriteError::NoConnection)?;
        self.kernel
            .tune(netns, cookie, option, value)
            .map_err(|error| WriteError::Refused(error.raw_os_error().unwrap_or(libc::EINVAL)))
    }

    fn listeners(&mut self, from: u32, limit: usize) -> Vec<ListenerReading> {
        self.listeners.page(&mut self.kernel, from, limit)
    }

    fn token(&mut self, age: Duration) -> u64 {
        let age = u64::try_from(age.as_micros()).unwrap_or(u64::MAX);
        (monotonic_now_ns() / 1000).saturating_sub(age)
    }

    fn origin(&mut self, cid: u32) -> Option<Origin> {
        self.refresh();
        // A connection that was accepted since it was announced has an owner of its own.
        self.owner(cid)?;
        let known = self.table.get_mut(cid)?;
        let mut origin = known.origin();
        if let Some(owner) = known.owner {
            origin.uid = Some(owner.uid);
            origin.gid = Some(owner.gid);
        }
        Some(origin)
    }

    fn scalars(&mut self) -> Scalars {
        self.refresh();
        Scalars {
            control_path: self.controls.is_on(Tables::PATH),
            control_stack: self.controls.is_on(Tables::STACK),
            control_app: self.controls.is_on(Tables::APP),
            control_tune: self.controls.is_on(Tables::TUNE),
            control_notify: self.announced,
            conn_table_latency: u32::try_from(self.latency.as_secs()).unwrap_or(u32::MAX),
            listener_table_last_change: self.listeners.last_change(&mut self.kernel),
            events_lost: self.dropped + self.notices.lost(),
        }
    }

    fn set_scalar(&mut self, scalar: Scalar) -> Result<(), i32> {
        let result = match scalar {
            Scalar::ControlPath(on) => self.switch(Tables::PATH, on),
            Scalar::ControlStack(on) => self.switch(Tables::STACK, on),
            Scalar::ControlApp(on) => self.switch(Tables::APP, on),
            Scalar::ControlTune(on) => self.switch(Tables::TUNE, on),
            Scalar::ControlNotify(on) => {
                self.announced = on;
                Ok(())
            }
            Scalar::ConnTableLatency(seconds) => {
                self.latency = Duration::from_secs(seconds.into());
                self.control()
            }
        };
        result.map_err(|error| {
            tracing::error!("{scalar:?} is not carried out: {error:#}");
            libc::EIO
        })
    }

    fn notify(&mut self, wanted: Wanted) {
        self.refresh();
        self.notices.want(wanted);
        if let Err(error) = self.control() {
            tracing::error!("closings are not announced: {error:#}");
        }
        // What was left to wait as long as nobody listened: the kernel says nothing of what comes behind it until it is taken.
        while self.refresh() && self.notices.room() > 0 {}
    }

    fn take_notices(&mut self, limit: usize) -> Vec<Notice> {
        let clock = self.kernel.clock();
        let lead = LazyCell::new(Lead::now);
        let layout = self.kernel.final_layout();
        std::iter::from_fn(|| self.notices.take())
            .take(limit)
            .map(
                |Pending {
                     tuple,
                     origin,
                     start_us,
                     last,
                 }| match last {
                    None => Notice::Established { tuple, origin },
                    Some(last) => {
                        let end = UNIX_EPOCH + Duration::from_micros(lead.realtime_us(last.end_ns()));
                        let last = last.connection(layout);
                        let reading = reading(&self.controls, (tuple, start_us), end.into(), &last, clock);
                        Notice::Closed { tuple, origin, reading }
                    }
                },
            )
            .collect()
    }
}
