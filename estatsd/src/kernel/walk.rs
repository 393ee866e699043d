//! Walks over all TCP sockets, namespace by namespace.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, BufRead as _, BufReader, Read},
    sync::mpsc,
    thread,
};

use anyhow::{Context as _, Result};
use aya::programs::Iter;
use estatsd_ebpf::Event;

use super::namespaces;

/// A walk under way, over the sockets of one network namespace. Reading carries it on, from whichever namespace.
pub(super) struct Walk(File);

impl Walk {
    /// Starts a walk of an iterator program in this thread's network namespace.
    ///
    /// # Errors
    ///
    /// The kernel refuses.
    pub(super) fn start(program: &mut Iter) -> Result<Walk> {
        let link = program.attach().context("cannot attach the socket iterator")?;
        let file = program.take_link(link)?.into_file();
        Ok(Walk(file.context("cannot start the socket iterator")?))
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

    /// Walks to the end, and hands on each event that is written. They are not collected: there may be a million.
    ///
    /// # Errors
    ///
    /// The walk breaks off.
    pub(super) fn events(self, mut take: impl FnMut(&Event)) -> Result<()> {
        /// What the kernel hands out at once at most (`bpf_seq_read()`: eight pages).
        const BUFFER: usize = 32 << 10;
        let mut output = BufReader::with_capacity(BUFFER, self);
        let mut octets = [0; size_of::<Event>()];
        while !output.fill_buf().context("cannot walk the sockets")?.is_empty() {
            output.read_exact(&mut octets).context("cannot walk the sockets")?;
            // SAFETY: an Event is plain numbers without padding, and as long as the octets.
            take(&unsafe { octets.as_ptr().cast::<Event>().read_unaligned() });
        }
        Ok(())
    }
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

/// Namespaces that are looked for while others are walked.
const FOUND: usize = 32;

/// Starts a walk in every network namespace that can be entered, and has `take` carry it on. Returns the inode numbers of those where that
/// was done; the others are logged.
///
/// # Errors
///
/// It fails in the daemon's own namespace.
pub(super) fn everywhere(
    mut start: impl FnMut() -> Result<Walk> + Send,
    mut take: impl FnMut(Walk) -> Result<()>,
) -> Result<BTreeSet<u64>> {
    let own = namespaces::own()?;
    thread::scope(|scope| {
        // Those that are found stay open until they are walked: not all at once.
        let (found, others) = mpsc::sync_channel(FOUND);
        scope.spawn(move || {
            let others = namespaces::all().filter(|namespace| namespace.inode != own);
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

/// Runs an iterator program in the network namespace with the given inode number.
///
/// # Errors
///
/// The namespace is gone or cannot be entered, or the program fails.
pub(super) fn in_namespace(program: &mut Iter, inode: u64) -> Result<()> {
    if inode == namespaces::own()? {
        return Walk::start(program)?.finish();
    }
    let namespace = namespaces::find(inode).with_context(|| format!("network namespace {inode} is gone"))?;
    namespace.within(|| Walk::start(program))?.finish()
}
