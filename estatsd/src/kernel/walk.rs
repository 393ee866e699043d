//! Walks over all TCP sockets, namespace by namespace.

use std::{
    collections::BTreeSet,
    io::{self, Read as _},
};

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
    for (inode, path) in namespaces::all() {
        if inode == own {
            continue;
        }
        match namespaces::within(&path, || run(program)) {
            Ok(output) => take(inode, &output),
            // Its last thread has ended since, and its connections with it.
            Err(error) if is_not_found(&error) => tracing::debug!("a network namespace is gone: {error:#}"),
            Err(error) => tracing::warn!("connections of a network namespace are not seen: {error:#}"),
        }
    }
    Ok(())
}

fn is_not_found(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
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
    let path = namespaces::all()
        .remove(&inode)
        .with_context(|| format!("network namespace {inode} is gone"))?;
    namespaces::within(&path, || run(program))
}

/// The events in an iterator's output.
fn events(output: &[u8]) -> impl Iterator<Item = Event> + '_ {
    output.chunks_exact(size_of::<Event>()).map(|bytes| {
        // SAFETY: an Event is plain numbers without padding, and the chunk has its size.
        unsafe { bytes.as_ptr().cast::<Event>().read_unaligned() }
    })
}
