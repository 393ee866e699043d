//! How the daemon ends, and what it leaves behind.

use std::collections::BTreeSet;
use std::fs;
use std::os::fd::{FromRawFd as _, OwnedFd};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use estats_protocol::client::Error;
use estats_spec::endpoint::PORTID_SUFFIX;
use estats_tests::daemon::{Daemon, command};
use estats_tests::netns::Namespace;
use nix::errno::Errno;
use nix::sys::signal::Signal;

/// The kinds of BPF objects that have ids: the line of a file descriptor's fdinfo that shows the id, and the command of bpf(2)
/// that finds an object by it (`linux/bpf.h`).
const KINDS: [(&str, libc::c_int); 3] = [("prog_id:", 13), ("map_id:", 14), ("link_id:", 30)];

/// The BPF objects that a process holds: positions in [`KINDS`] and ids.
fn objects_of(pid: u32) -> Result<BTreeSet<(usize, u32)>> {
    let mut objects = BTreeSet::new();
    for entry in fs::read_dir(format!("/proc/{pid}/fdinfo"))? {
        // A descriptor may be closed by now.
        let Ok(info) = fs::read_to_string(entry?.path()) else {
            continue;
        };
        // A link shows its program's id, too; that program is one that the process loaded.
        for (kind, (prefix, _)) in KINDS.iter().enumerate() {
            if let Some(id) = info.lines().find_map(|line| line.strip_prefix(prefix)) {
                objects.insert((kind, id.trim().parse()?));
            }
        }
    }
    Ok(objects)
}

/// Whether the kernel still has the object.
fn exists((kind, id): (usize, u32)) -> Result<bool> {
    // The id is the first member of the variant of `union bpf_attr` for these commands; the rest is zero.
    let attributes = [id, 0, 0, 0];
    // SAFETY: bpf(2) reads as many bytes of the attributes as it is told, which is what there are.
    let result = unsafe {
        libc::syscall(
            libc::SYS_bpf,
            KINDS[kind].1,
            attributes.as_ptr(),
            size_of_val(&attributes),
        )
    };
    match Errno::result(result) {
        Ok(descriptor) => {
            // SAFETY: on success the system call returns a new descriptor that nobody else has.
            drop(unsafe { OwnedFd::from_raw_fd(i32::try_from(descriptor)?) });
            Ok(true)
        }
        Err(Errno::ENOENT) => Ok(false),
        Err(errno) => Err(errno).with_context(|| format!("looking for {} {id}", KINDS[kind].0)),
    }
}

/// Waits until the kernel has none of `objects` any more: it frees them a moment after their last user is gone.
fn wait_until_freed(objects: &BTreeSet<(usize, u32)>) -> Result<()> {
    let started = Instant::now();
    loop {
        let mut left = Vec::new();
        for object in objects {
            if exists(*object)? {
                left.push((KINDS[object.0].0, object.1));
            }
        }
        if left.is_empty() {
            return Ok(());
        }
        ensure!(started.elapsed() < Duration::from_secs(5), "left behind: {left:?}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_stopped_daemon_leaves_nothing_behind() -> Result<()> {
    let mut daemon = Daemon::start(&Namespace::new()?)?;
    let objects = objects_of(daemon.pid())?;
    for (kind, (prefix, _)) in KINDS.iter().enumerate() {
        ensure!(
            objects.iter().any(|object| object.0 == kind),
            "the running daemon has no {prefix}"
        );
    }
    let socket = daemon.socket();
    let portid = socket.with_file_name(format!("estats.sock{PORTID_SUFFIX}"));
    ensure!(
        socket.exists() && portid.exists(),
        "{} or {} is missing",
        socket.display(),
        portid.display()
    );
    let status = daemon.stop()?;
    ensure!(status.success(), "it ended with {status}: {}", daemon.log());
    ensure!(
        !socket.exists() && !portid.exists(),
        "{} or {} is left",
        socket.display(),
        portid.display()
    );
    wait_until_freed(&objects)
}

#[test]
fn a_killed_daemon_leaves_nothing_in_the_kernel() -> Result<()> {
    let daemon = Daemon::start(&Namespace::new()?)?;
    let objects = objects_of(daemon.pid())?;
    drop(daemon);
    wait_until_freed(&objects)
}

#[test]
fn a_client_whose_daemon_is_killed_gets_an_error_at_once() -> Result<()> {
    let daemon = Daemon::start(&Namespace::new()?)?;
    let mut client = daemon.client()?;
    // A stopped daemon takes the request into its socket and cannot answer it.
    daemon.signal(Signal::SIGSTOP)?;
    let request = thread::spawn(move || client.list());
    thread::sleep(Duration::from_millis(300));
    ensure!(!request.is_finished(), "the request was answered by a stopped daemon");
    daemon.signal(Signal::SIGKILL)?;
    let killed = Instant::now();
    let result = request.join().expect("the client does not panic");
    ensure!(
        killed.elapsed() < Duration::from_secs(2),
        "the client waited for {:?}",
        killed.elapsed()
    );
    ensure!(matches!(result, Err(Error::ConnectionLost)), "{result:?}");
    Ok(())
}

#[test]
fn a_daemon_takes_the_place_of_one_that_was_killed() -> Result<()> {
    let namespace = Namespace::new()?;
    let mut first = Daemon::start(&namespace)?;
    first.signal(Signal::SIGKILL)?;
    first.wait()?;
    ensure!(first.socket().exists(), "a killed daemon cannot remove its socket");
    let second = first.replace(&namespace)?;
    second.client()?.list()?;
    Ok(())
}

#[test]
fn a_second_daemon_on_the_same_socket_says_so_and_ends() -> Result<()> {
    let namespace = Namespace::new()?;
    let daemon = Daemon::start(&namespace)?;
    let mut second = command(&daemon.socket())?;
    let output = namespace.run(|| second.output())?;
    let said = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains(&daemon.socket().display().to_string()), "{said}");
    // The first one goes on.
    daemon.client()?.list()?;
    Ok(())
}

#[test]
fn the_portid_file_belongs_to_root_and_names_a_netlink_port() -> Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let namespace = Namespace::new()?;
    let daemon = Daemon::start(&namespace)?;
    let path = daemon.socket().with_file_name(format!("estats.sock{PORTID_SUFFIX}"));
    let metadata = fs::metadata(&path)?;
    assert_eq!((metadata.uid(), metadata.mode() & 0o777), (0, 0o644));
    let portid: u32 = fs::read_to_string(&path)?.trim().parse()?;
    let ports = namespace.run(|| fs::read_to_string("/proc/thread-self/net/netlink"))?;
    // Columns: address, protocol (2 is NETLINK_USERSOCK), port id.
    let bound = ports.lines().any(|line| {
        let mut columns = line.split_whitespace().skip(1);
        columns.next() == Some("2") && columns.next() == Some(&portid.to_string())
    });
    ensure!(bound, "no socket has port {portid}: {ports}");
    Ok(())
}

#[test]
fn the_daemon_keeps_no_descriptor_of_a_client_that_left() -> Result<()> {
    let daemon = Daemon::start(&Namespace::new()?)?;
    let descriptors = || -> Result<usize> { Ok(fs::read_dir(format!("/proc/{}/fd", daemon.pid()))?.count()) };
    let before = descriptors()?;
    for _ in 0..100 {
        daemon.client()?.list()?;
    }
    thread::sleep(Duration::from_millis(200));
    let after = descriptors()?;
    ensure!(
        after <= before + 1,
        "{before} descriptors before 100 clients, {after} after"
    );
    Ok(())
}
