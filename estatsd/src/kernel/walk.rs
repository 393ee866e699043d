//! Walks over all TCP sockets, namespace by namespace.

use std::{collections::BTreeSet, io::Read as _};

use anyhow::{Context as _, Result};
use aya::programs::Iter;
use estatsd_ebpf::Event;

use super::namespaces;

/// Runs an iterator program in this thread's network namespace and returns what it wrote.
fn run(program: &mut Iter) -> Result<Vec<u8>> {
    let link = program.attach().context("cannot attach the socket iterator")?;
    let mut file = program
        .take_link(link)?
        .into_file()
        .context("cannot start the socket iterator")?;
    let mut output = Vec::new();
    file.read_to_end(&mut output).context("cannot walk the sockets")?;
    Ok(output)
}

/// The connections of all namespaces that were seen.
pub struct Adopted {
    /// An open event of each connection.
    pub events: Vec<Event>,
    /// Inode numbers of the namespaces.
    pub namespaces: BTreeSet<u64>,
}

/// Runs the iterator program `adopt` in every network namespace.
///
/// # Errors
///
/// The program fails in the daemon's own namespace.
pub(super) fn adopt(program: &mut Iter) -> Result<Adopted> {
    let mut adopted = Adopted {
        events: Vec::new(),
        namespaces: BTreeSet::new(),
    };
    everywhere(program, |namespace, output| {
        adopted.events.extend(events(output));
        adopted.namespaces.insert(namespace);
    })?;
    Ok(adopted)
}

/// Runs an iterator program in every network namespace that can be entered, and hands its output on. Those that cannot are logged.
///
/// # Errors
///
/// The program fails in the daemon's own namespace.
pub(super) fn everywhere(program: &mut Iter, mut take: impl FnMut(u64, &[u8])) -> Result<()> {
    let own = namespaces::own()?;
    take(own, &run(program)?);
    for namespace in namespaces::all() {
        if namespace.inode == own {
            continue;
        }
        match namespace.within(|| run(program)) {
            Ok(output) => take(namespace.inode, &output),
            Err(error) => tracing::warn!("connections of a network namespace are not seen: {error:#}"),
        }
    }
    Ok(())
}

/// Runs an iterator program in the network namespace with the given inode number.
///
/// # Errors
///
/// The namespace is gone or cannot be entered, or the program fails.
pub(super) fn in_namespace(program: &mut Iter, inode: u64) -> Result<Vec<u8>> {
    if inode == namespaces::own()? {
        return run(program);
    }
    let namespace = namespaces::find(inode).with_context(|| format!("network namespace {inode} is gone"))?;
    namespace.within(|| run(program))
}

/// The events in an iterator's output.
fn events(output: &[u8]) -> impl Iterator<Item = Event> + '_ {
    output.chunks_exact(size_of::<Event>()).map(|bytes| {
        // SAFETY: an Event is plain numbers without padding, and the chunk has its size.
        unsafe { bytes.as_ptr().cast::<Event>().read_unaligned() }
    })
}
