//! Multipath TCP (RFC 8684): its subflows are TCP connections like any other, and what is above them is none.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use estats_protocol::client::Client;
use estats_protocol::{Masks, Reading, Tuple};
use estats_spec::Id;
use estats_tests::credentials::as_user;
use estats_tests::netns::Namespace;
use estats_tests::observer::{Observer, number};
use estats_tests::tcp_info::TcpInfo;
use estats_tests::traffic::{Pair, transfer};
use nix::errno::Errno;
use nix::sys::socket::{Backlog, SockaddrStorage, bind, connect, listen};

/// The longest that a subflow may take to come or to go.
const PATIENCE: Duration = Duration::from_secs(10);
/// Who opens the connection.
const USER: u32 = 12_345;
const GROUP: u32 = 54_321;

/// A socket of IPv4 and MPTCP.
fn socket() -> Result<OwnedFd> {
    // SAFETY: the system call takes no pointers.
    let socket = unsafe {
        libc::socket(
            libc::AF_INET,
            libc::SOCK_STREAM | libc::SOCK_CLOEXEC,
            libc::IPPROTO_MPTCP,
        )
    };
    Errno::result(socket)?;
    // SAFETY: on success the system call returns a new descriptor that nobody else has.
    Ok(unsafe { OwnedFd::from_raw_fd(socket) })
}

/// Both ends of a connection over loopback, and the listener, to which further subflows connect.
fn opened() -> Result<(Pair, TcpListener)> {
    let listening = socket()?;
    let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    bind(listening.as_raw_fd(), &SockaddrStorage::from(any))?;
    listen(&listening, Backlog::new(8)?)?;
    let listener = TcpListener::from(listening);
    let client = socket()?;
    let server = SocketAddr::from((Ipv4Addr::LOCALHOST, listener.local_addr()?.port()));
    connect(client.as_raw_fd(), &SockaddrStorage::from(server))?;
    let pair = Pair {
        client: TcpStream::from(client),
        server: listener.accept()?.0,
    };
    for end in [&pair.client, &pair.server] {
        end.set_read_timeout(Some(PATIENCE))?;
        end.set_write_timeout(Some(PATIENCE))?;
    }
    Ok((pair, listener))
}

/// The subflows to or from `port`, as soon as there are so many.
fn subflows(client: &mut Client, port: u16, count: usize) -> Result<Vec<Tuple>> {
    let started = Instant::now();
    loop {
        let listed: Vec<_> = client
            .list()?
            .into_iter()
            .filter(|tuple| tuple.local.1 == port || tuple.remote.1 == port)
            .collect();
        if listed.len() == count {
            return Ok(listed);
        }
        ensure!(started.elapsed() < PATIENCE, "not {count} subflows: {listed:?}");
        sleep(Duration::from_millis(10));
    }
}

fn row(reading: &Reading, id: Id) -> i64 {
    number(reading, id).unwrap_or_else(|| panic!("{} is not delivered", id.name()))
}

/// The kernel's own account of the first subflow is what it says of the whole.
fn expect_agreement(reading: &Reading, info: &TcpInfo) {
    let exact = |value: u64| i64::try_from(value).expect("a short test");
    let expected = [
        (Id::SegsIn, info.segs_in.into()),
        (Id::SegsOut, info.segs_out.into()),
        (Id::DataSegsIn, info.data_segs_in.into()),
        (Id::DataSegsOut, info.data_segs_out.into()),
        (Id::HCDataOctetsOut, exact(info.bytes_sent)),
        (Id::HCThruOctetsAcked, exact(info.bytes_acked)),
        (Id::HCThruOctetsReceived, exact(info.bytes_received)),
        // Nothing is lost or repeated on the way.
        (Id::HCDataOctetsIn, exact(info.bytes_received)),
        (Id::SegsRetrans, 0),
        (Id::CongSignals, 0),
        (Id::SoftErrors, 0),
        (Id::CurMSS, info.snd_mss.into()),
        (Id::State, 5),
    ];
    let got = expected.map(|(id, _)| (id, row(reading, id)));
    assert_eq!(got, expected);
}

#[test]
fn subflows_are_connections() -> Result<()> {
    if !Path::new("/proc/sys/net/mptcp").exists() {
        println!("this kernel has no MPTCP");
        return Ok(());
    }
    let namespace = Namespace::new()?;
    let mut observer = Observer::start_with(&namespace, &["--linger", "60"])?;
    let client = &mut observer.client;
    let (pair, _listener) = namespace.run(|| as_user(USER, GROUP, opened))?;
    let port = pair.server.local_addr()?.port();
    transfer(&pair.client, &pair.server, 100_000)?;
    transfer(&pair.server, &pair.client, 50_000)?;
    pair.quiesce()?;

    // One at either end, and nothing for the sockets above them.
    for tuple in subflows(client, port, 2)? {
        let reading = client.read_vars(tuple.cid, &Masks::ALL)?;
        let (end, opened, received) = if tuple.remote.1 == port {
            (&pair.client, 1, 50_000)
        } else {
            (&pair.server, 2, 100_000)
        };
        expect_agreement(&reading, &TcpInfo::read(end)?);
        assert_eq!(row(&reading, Id::ActiveOpen), opened);
        // What waits for too long is sent once more, as new octets of the subflow.
        ensure!(
            row(&reading, Id::HCThruOctetsReceived) >= received,
            "{tuple:?} received less"
        );
    }

    // The client has another address, and opens a second subflow from there.
    namespace.ip("mptcp limits set subflow 2 add_addr_accepted 2")?;
    namespace.ip("mptcp endpoint add 127.0.0.2 dev lo subflow")?;
    let all = subflows(client, port, 4)?;
    transfer(&pair.client, &pair.server, 200_000)?;
    // They belong to the sockets above them, whoever made them.
    for subflow in client.details()? {
        if all.contains(&subflow.tuple) {
            let origin = subflow.origin;
            assert_eq!(
                (origin.uid, origin.gid),
                (Some(USER), Some(GROUP)),
                "{:?}",
                subflow.tuple
            );
        }
    }
    pair.quiesce()?;
    let mut received = 0;
    for tuple in all.iter().filter(|tuple| tuple.remote.1 == port) {
        let other = all.iter().find(|other| other.remote == tuple.local);
        let other = other.expect("a subflow has two ends").cid;
        let sender = client.read_vars(tuple.cid, &Masks::ALL)?;
        let acceptor = client.read_vars(other, &Masks::ALL)?;
        assert_eq!((row(&sender, Id::ActiveOpen), row(&acceptor, Id::ActiveOpen)), (1, 2));
        let octets = row(&acceptor, Id::HCThruOctetsReceived);
        // What was acknowledged has the SYN.
        assert_eq!(row(&sender, Id::HCThruOctetsAcked), octets + 1);
        assert_eq!(row(&acceptor, Id::HCDataOctetsIn), octets);
        assert_eq!(row(&sender, Id::SndInitial), row(&acceptor, Id::RecInitial));
        assert_eq!(row(&acceptor, Id::SndInitial), row(&sender, Id::RecInitial));
        received += octets;
    }
    ensure!(received >= 300_000, "only {received} octets came over the subflows");

    // Each of them ends once.
    drop(pair);
    let started = Instant::now();
    for tuple in &all {
        while row(&client.read_vars(tuple.cid, &Masks::ALL)?, Id::State) != 1 {
            ensure!(started.elapsed() < PATIENCE, "subflow {tuple:?} does not end");
            sleep(Duration::from_millis(10));
        }
    }
    assert_eq!(subflows(client, port, 4)?, all);
    Ok(())
}
