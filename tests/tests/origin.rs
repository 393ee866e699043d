//! Where connections come from: namespace, control group, user, process.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use estats_protocol::Value;
use estats_protocol::extension::{Details, Origin};
use estats_spec::Id;
use estats_tests::cgroup::{self, Cgroup};
use estats_tests::netns::Namespace;
use estats_tests::observer::{Observer, ends};
use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrStorage, bind, connect, socket};

/// The user and the group of the other process.
const USER: (u32, u32) = (1234, 4321);
const PATIENCE: Duration = Duration::from_secs(10);

/// A process of another user, in a control group, with a connection.
struct Other(Child);

impl Other {
    /// Has the shell connect to `address`, send a line, and keep the connection until it is dropped.
    fn connect(namespace: &Namespace, cgroup: &Cgroup, address: SocketAddr) -> Result<Other> {
        let procs = cgroup.path().join("cgroup.procs");
        let script = format!(
            "exec 3<>/dev/tcp/{}/{}; echo over >&3; echo ready; read line",
            address.ip(),
            address.port()
        );
        let mut command = Command::new("bash");
        command
            .args(["-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let enter = move || {
            fs::write(&procs, "0")?;
            // SAFETY: system calls that take integers, in a process of its own.
            Errno::result(unsafe { libc::setgid(USER.1) })?;
            // SAFETY: as above.
            Errno::result(unsafe { libc::setuid(USER.0) })?;
            Ok(())
        };
        // SAFETY: between fork and exec, it writes a file and changes its ids; the allocator is not held by another thread's
        // fork, since the C library sees to it.
        unsafe { command.pre_exec(enter) };
        let mut other = Other(namespace.run(|| command.spawn()).context("starting bash")?);
        let mut line = String::new();
        let output = other.0.stdout.as_mut().context("the child's output")?;
        BufReader::new(output).read_line(&mut line)?;
        ensure!(line == "ready\n", "the child said {line:?}");
        Ok(other)
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        // Fails only when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the daemon says of the connection with these ends, as soon as it has heard of it.
fn details(observer: &mut Observer, local: SocketAddr, remote: SocketAddr, netns: u32) -> Result<Details> {
    let end = |address: SocketAddr| (address.ip().to_canonical(), address.port());
    let started = Instant::now();
    loop {
        let all = observer.client.details()?;
        let own = all.iter().find(|details| {
            (details.tuple.local, details.tuple.remote) == (end(local), end(remote)) && details.origin.netns == netns
        });
        if let Some(own) = own {
            return Ok(own.clone());
        }
        ensure!(started.elapsed() < PATIENCE, "{local} to {remote} is not among {all:?}");
    }
}

fn inode(namespace: &Namespace) -> Result<u32> {
    Ok(u32::try_from(fs::metadata(namespace.path())?.ino())?)
}

/// `SO_COOKIE`: what the kernel itself says.
fn cookie(socket: &TcpStream) -> Result<u64> {
    let mut cookie = 0u64;
    let mut size = libc::socklen_t::try_from(size_of::<u64>())?;
    // SAFETY: the option is a number of 64 bits, for which there is room.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_COOKIE,
            (&raw mut cookie).cast(),
            &raw mut size,
        )
    };
    Errno::result(result)?;
    Ok(cookie)
}

/// The name of this process, which is that of its first thread.
fn own_name() -> Result<String> {
    Ok(fs::read_to_string("/proc/self/comm")?.trim_end().to_owned())
}

#[test]
fn each_end_is_told_by_its_process_user_and_control_group() -> Result<()> {
    let outer = Cgroup::new()?;
    let inner = outer.within()?;
    let namespace = Namespace::new()?;
    let mut observer = Observer::start(&namespace)?;
    for address in ["127.0.0.1:0", "[::1]:0", "[::ffff:127.0.0.1]:0"] {
        let listener = namespace.run(|| TcpListener::bind(address))?;
        let end = listener.local_addr()?;
        let other = Other::connect(&namespace, &inner, end)?;
        let (server, client_end) = listener.accept()?;

        let client = details(&mut observer, client_end, end, inode(&namespace)?)?.origin;
        assert_eq!(client.cgroup, Some(inner.id()?), "{address}");
        assert_eq!((client.uid, client.gid), (Some(USER.0), Some(USER.1)), "{address}");
        assert_eq!((client.pid, client.comm.as_deref()), (Some(other.0.id()), Some("bash")));
        assert_eq!((client.adopted, client.closed), (false, false));

        // What a connection is made from is the listener of this process, whatever ran when the packet came.
        let accepted = details(&mut observer, end, client_end, inode(&namespace)?)?.origin;
        let expected = Origin {
            cookie: cookie(&server)?,
            netns: inode(&namespace)?,
            cgroup: Some(cgroup::own()?),
            uid: Some(0),
            gid: Some(0),
            pid: Some(std::process::id()),
            comm: Some(own_name()?),
            adopted: false,
            closed: false,
        };
        assert_eq!(accepted, expected, "{address}");
    }
    Ok(())
}

#[test]
fn of_an_adopted_connection_only_what_lasts_is_told() -> Result<()> {
    let namespace = Namespace::new()?;
    let listener = namespace.run(|| TcpListener::bind("127.0.0.1:0"))?;
    let client = namespace.run(|| TcpStream::connect(listener.local_addr()?))?;
    let mut observer = Observer::start(&namespace)?;
    let origin = details(
        &mut observer,
        client.local_addr()?,
        client.peer_addr()?,
        inode(&namespace)?,
    )?
    .origin;
    let expected = Origin {
        cookie: cookie(&client)?,
        netns: inode(&namespace)?,
        cgroup: Some(cgroup::own()?),
        uid: Some(0),
        gid: Some(0),
        pid: None,
        comm: None,
        adopted: true,
        closed: false,
    };
    assert_eq!(origin, expected);
    // A listener that is older than the daemon: who called listen() is not known.
    let client = namespace.run(|| TcpStream::connect(listener.local_addr()?))?;
    let accepted = details(
        &mut observer,
        client.peer_addr()?,
        client.local_addr()?,
        inode(&namespace)?,
    )?
    .origin;
    assert_eq!((accepted.pid, accepted.comm, accepted.adopted), (None, None, false));
    Ok(())
}

/// A connection whose ends have chosen ports.
fn fixed(namespace: &Namespace) -> Result<[TcpStream; 2]> {
    let address = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
    namespace.run(|| {
        let listener = TcpListener::bind(address(7001))?;
        let client = socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
        bind(client.as_raw_fd(), &SockaddrStorage::from(address(7002)))?;
        connect(client.as_raw_fd(), &SockaddrStorage::from(address(7001)))?;
        Ok([TcpStream::from(client), listener.accept()?.0])
    })
}

#[test]
fn the_same_ends_in_two_namespaces_are_two_connections() -> Result<()> {
    let before = Namespace::new()?;
    let mut observer = Observer::start(&before)?;
    let after = Namespace::new()?;
    let pairs = [(&before, fixed(&before)?), (&after, fixed(&after)?)];
    let mut seen = Vec::new();
    for (octets, (namespace, [client, server])) in (100i64..).zip(&pairs) {
        (&*client).write_all(&vec![0; usize::try_from(octets)?])?;
        let details = details(
            &mut observer,
            server.local_addr()?,
            server.peer_addr()?,
            inode(namespace)?,
        )?;
        assert_eq!(details.origin.cookie, cookie(server)?);
        let row = observer.client.read_row(details.tuple.cid)?;
        let received = row.instruments[Id::HCDataOctetsIn].map(Value::as_u64);
        assert_eq!(received, Some(u64::try_from(octets)?));
        seen.push(details.tuple.cid);
    }
    ensure!(seen[0] != seen[1], "both are {seen:?}");
    Ok(())
}

#[test]
fn a_namespace_without_a_process_is_seen_too() -> Result<()> {
    let daemons = Namespace::new()?;
    let mut observer = Observer::start(&daemons)?;
    let left = Namespace::new()?;
    let (netns, [client, server]) = (inode(&left)?, fixed(&left)?);
    // From here on, the sockets alone keep it.
    drop(left);
    (&client).write_all(&[0; 77])?;
    let details = details(&mut observer, server.local_addr()?, server.peer_addr()?, netns)?;
    let row = observer.client.read_row(details.tuple.cid)?;
    assert_eq!(row.origin.netns, netns);
    assert_eq!(row.instruments[Id::HCDataOctetsIn].map(Value::as_u64), Some(77));
    let (_, remote) = ends(&server)?;
    assert_eq!(details.tuple.remote, remote);
    Ok(())
}
