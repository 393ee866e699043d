//! Walks over all TCP sockets, namespace by namespace, and over all open files.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
};

use anyhow::{Context as _, Result, anyhow};
use aya::programs::Iter;
use estatsd_ebpf::{Event, Held};

use super::namespaces;

/// What iterator programs write.
///
/// # Safety
///
/// It is plain numbers without padding.
pub(super) unsafe trait Written: Copy + Send {}

// SAFETY: plain numbers without padding.
unsafe impl Written for Event {}
// SAFETY: plain numbers without padding.
unsafe impl Written for Held {}

/// A walk under way, over the sockets of one network namespace or over all open files. Reading carries it on, from whichever namespace.
pub(super) struct Walk(File);

impl Walk {
    /// Starts a walk of an iterator program, in this thread's network namespace if it is over sockets.
    ///
    /// # Errors
    ///
    /// The kernel refuses.
    pub(super) fn start(program: &mut Iter) -> Result<Walk> {
        let link = program.attach().context("cannot attach an iterator")?;
        let file = program.take_link(link)?.into_file();
        Ok(Walk(file.context("cannot start an iterator")?))
    }

    /// Walks to the end, and leaves what is written.
    ///
    /// # Errors
    ///
    /// The walk breaks off.
    pub(super) fn finish(mut self) -> Result<()> {
        io::copy(&mut self, &mut io::sink()).context("cannot walk the sockets")?;
        Ok(())
    }

    /// Walks until anything is written, or to the end.
    ///
    /// # Errors
    ///
    /// The walk breaks off.
    pub(super) fn until_told(mut self) -> Result<()> {
        self.read(&mut [0]).context("cannot walk the sockets")?;
        Ok(())
    }

    /// Walks to the end, and hands on each item that is written while the walk goes on, on a thread of its own. They are not collected:
    /// there may be a million.
    ///
    /// # Errors
    ///
    /// The walk breaks off.
    pub(super) fn each<T: Written>(self, mut take: impl FnMut(&T)) -> Result<()> {
        /// Handfuls that wait to be taken at most.
        const AHEAD: usize = 8;
        let (hand_on, handfuls) = mpsc::sync_channel(AHEAD);
        thread::scope(|scope| {
            let walking = scope.spawn(move || {
                let mut output = BufReader::with_capacity(HANDFUL, self);
                loop {
                    let items = handful::<T>(&mut output).context("cannot carry on an iterator")?;
                    if items.is_empty() || hand_on.send(items).is_err() {
                        return Ok(());
                    }
                }
            });
            handfuls.iter().flatten().for_each(|item| take(&item));
            walking
                .join()
                .unwrap_or_else(|_| Err(anyhow!("a thread that walks panicked")))
        })
    }
}

/// Octets that are taken at once: what the kernel hands out at most (`bpf_seq_read()`: eight pages).
const HANDFUL: usize = 32 << 10;

/// The next items, as many as fit; none at the end.
fn handful<T: Written>(output: &mut impl BufRead) -> io::Result<Vec<T>> {
    let most = HANDFUL / size_of::<T>();
    let mut items = Vec::with_capacity(most);
    let mut octets = vec![0; size_of::<T>()];
    while items.len() < most && !output.fill_buf()?.is_empty() {
        output.read_exact(&mut octets)?;
        // SAFETY: it is plain numbers without padding, and as long as the octets.
        items.push(unsafe { octets.as_ptr().cast::<T>().read_unaligned() });
    }
    Ok(items)
}

impl Read for Walk {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read(buffer) {
                // So many sockets had nothing written that the kernel wants to be asked again (`bpf_seq_read()`: a million).
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return result,
            }
        }
    }
}

/// A walk that finds the namespaces which processes hold open.
pub(super) struct OpenNamespaces(Walk);

impl OpenNamespaces {
    /// Starts it. `None` where the kernel's numbers of processes are not those of `/proc`: in another PID namespace than the initial one.
    ///
    /// # Errors
    ///
    /// The kernel refuses.
    pub(super) fn find(program: &mut Iter) -> Result<Option<Self>> {
        /// What it is called everywhere (`PROC_PID_INIT_INO`).
        const INITIAL: &str = "pid:[4026531836]";
        let own = fs::read_link("/proc/self/ns/pid").context("cannot look at /proc/self/ns/pid")?;
        if own != Path::new(INITIAL) {
            return Ok(None);
        }
        Ok(Some(Self(Walk::start(program)?)))
    }

    /// What leads to them, of whichever kind they are.
    pub(super) fn paths(self) -> Vec<PathBuf> {
        let mut paths = Vec::new();
        let walked = self.0.each(|held: &Held| {
            paths.push(PathBuf::from(format!("/proc/{}/fd/{}", held.thread, held.descriptor)));
        });
        if let Err(error) = walked {
            tracing::warn!("network namespaces that no thread lives in may be overlooked: {error:#}");
        }
        paths
    }
}

/// Namespaces that are looked for while others are walked.
const FOUND: usize = 32;

/// Starts a walk in every network namespace that can be entered, and has `take` carry it on. Returns the inode numbers of those where that
/// was done; the others are logged.
///
/// # Errors
///
/// It fails in the daemon's own namespace.
pub(super) fn everywhere(
    open: Option<OpenNamespaces>,
    mut start: impl FnMut() -> Result<Walk> + Send,
    mut take: impl FnMut(Walk) -> Result<()>,
) -> Result<BTreeSet<u64>> {
    let own = namespaces::own()?;
    thread::scope(|scope| {
        // Those that are found stay open until they are walked: not all at once.
        let (found, others) = mpsc::sync_channel(FOUND);
        scope.spawn(move || {
            let others = namespaces::all(open).filter(|namespace| namespace.inode != own);
            // Nobody waits for more where the walk has failed.
            others
                .map(|namespace| found.send(namespace))
                .take_while(Result::is_ok)
                .last()
        });
        take(start()?)?;
        let mut walked = BTreeSet::from([own]);
        for namespace in others {
            match namespace.within(&mut start).and_then(&mut take) {
                Ok(()) => {
                    walked.insert(namespace.inode);
                }
                Err(error) => tracing::warn!("connections of a network namespace are not seen: {error:#}"),
            }
        }
        Ok(walked)
    })
}

/// Runs an iterator program in another network namespace than this thread's, the one with the given inode number.
///
/// # Errors
///
/// The namespace is gone or cannot be entered, or the program fails.
pub(super) fn in_namespace(program: &mut Iter, inode: u64, open: Option<OpenNamespaces>) -> Result<()> {
    let namespace = namespaces::find(inode, open).with_context(|| format!("network namespace {inode} is gone"))?;
    namespace.within(|| Walk::start(program))?.finish()
}
