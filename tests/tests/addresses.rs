//! Which connections are listed, and under which addresses.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};

use anyhow::{Result, ensure};
use estats_tests::netns::Namespace;
use estats_tests::observer::{Observer, ends};
use estats_tests::traffic::{Options, Pair};

/// Opens a connection over loopback and checks that both ends are listed once, under addresses of `family`.
fn both_ends_are_listed(listening: IpAddr, connecting: IpAddr, family: fn(&IpAddr) -> bool) -> Result<()> {
    let namespace = Namespace::new()?;
    let mut observer = Observer::start(&namespace)?;
    let end = || (&namespace, Options::default());
    let pair = Pair::open_through(end(), end(), listening, connecting)?;
    let listed = observer.client.list()?;
    for socket in [&pair.client, &pair.server] {
        let (local, remote) = ends(socket)?;
        let own: Vec<_> = listed
            .iter()
            .filter(|tuple| (tuple.local, tuple.remote) == (local, remote))
            .collect();
        ensure!(own.len() == 1, "{local:?} is listed {} times in {listed:?}", own.len());
        ensure!(
            family(&own[0].local.0) && family(&own[0].remote.0),
            "{:?} is of another family",
            own[0]
        );
    }
    Ok(())
}

#[test]
fn ipv4_connections_are_listed_as_ipv4() -> Result<()> {
    let address = Ipv4Addr::LOCALHOST.into();
    both_ends_are_listed(address, address, IpAddr::is_ipv4)
}

#[test]
fn ipv6_connections_are_listed_as_ipv6() -> Result<()> {
    let address = Ipv6Addr::LOCALHOST.into();
    both_ends_are_listed(address, address, IpAddr::is_ipv6)
}

#[test]
fn an_accepted_v4_mapped_connection_is_listed_as_ipv4() -> Result<()> {
    both_ends_are_listed(
        Ipv6Addr::UNSPECIFIED.into(),
        Ipv4Addr::LOCALHOST.into(),
        IpAddr::is_ipv4,
    )
}

#[test]
fn a_connection_to_a_v4_mapped_address_is_listed_as_ipv4() -> Result<()> {
    let mapped = Ipv4Addr::LOCALHOST.to_ipv6_mapped();
    both_ends_are_listed(Ipv4Addr::LOCALHOST.into(), mapped.into(), IpAddr::is_ipv4)
}

#[test]
fn listeners_and_half_open_connections_are_not_listed() -> Result<()> {
    let namespace = Namespace::new()?;
    let mut observer = Observer::start(&namespace)?;
    let listener = namespace.run(|| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    let port = listener.local_addr()?.port();
    // Nobody answers this SYN: it is dropped on the way in.
    let rule = "table inet t {\nchain input {\ntype filter hook input priority 0\ntcp dport 9 drop\n}\n}\n";
    namespace.tool("nft", "-f -", rule)?;
    let waiting = namespace.run(|| -> Result<_> {
        let socket = nix::sys::socket::socket(
            nix::sys::socket::AddressFamily::Inet,
            nix::sys::socket::SockType::Stream,
            nix::sys::socket::SockFlag::SOCK_NONBLOCK,
            None,
        )?;
        let nowhere = nix::sys::socket::SockaddrIn::new(127, 0, 0, 1, 9);
        let started = nix::sys::socket::connect(std::os::fd::AsRawFd::as_raw_fd(&socket), &nowhere);
        ensure!(
            started == Err(nix::errno::Errno::EINPROGRESS),
            "the connection is not under way: {started:?}"
        );
        Ok(socket)
    })?;
    let ports: BTreeSet<_> = observer
        .client
        .list()?
        .iter()
        .flat_map(|tuple| [tuple.local.1, tuple.remote.1])
        .collect();
    ensure!(!ports.contains(&port) && !ports.contains(&9), "listed: {ports:?}");
    drop(waiting);
    Ok(())
}
