//! Who may list, read and write which connections.

use anyhow::Result;
use estats_protocol::client::Error;
use estats_protocol::{Client, Masks};
use estats_tests::credentials::as_user;
use estats_tests::daemon::Daemon;
use estats_tests::netns::Namespace;
use estats_tests::observer::Observer;
use estats_tests::traffic::{Options, Pair};
use nix::errno::Errno;

/// Two users without any rights.
const USER: u32 = 65_534;
const OTHER: u32 = 65_533;

/// A daemon, and the id of a connection whose two ends belong to user and group `id`.
fn connection_of(namespace: &Namespace, id: u32) -> Result<(Observer, Pair, u32)> {
    let mut observer = Observer::start(namespace)?;
    let address = "127.0.0.1".parse()?;
    let pair = as_user(id, id, || {
        // Inside the namespace already: threads inherit it.
        let listener = Options::default().listen(std::net::SocketAddr::new(address, 0))?;
        let client = Options::default().connect(listener.local_addr()?)?;
        let (server, _) = listener.accept()?;
        anyhow::Ok(Pair { client, server })
    });
    let pair = pair?;
    let cid = observer.cid(&pair.client)?;
    Ok((observer, pair, cid))
}

/// What the daemon refuses `work` with, as user `uid` of group `gid`.
fn refusal<T>(
    daemon: &Daemon,
    (uid, gid): (u32, u32),
    work: impl FnOnce(&mut Client) -> Result<T, Error> + Send,
) -> Result<Option<Errno>> {
    as_user(uid, gid, || match work(&mut daemon.client()?) {
        Ok(_) => Ok(None),
        Err(error) => Ok(Some(error.refusal().ok_or(error)?)),
    })
}

#[test]
fn everybody_may_list() -> Result<()> {
    let namespace = Namespace::new()?;
    namespace.run(|| {
        let (observer, _pair, cid) = connection_of(&namespace, 0)?;
        let listed = as_user(USER, USER, || anyhow::Ok(observer.daemon.client()?.list()?))?;
        assert!(listed.iter().any(|tuple| tuple.cid == cid), "{listed:?}");
        Ok(())
    })
}

#[test]
fn only_the_owner_and_its_group_and_root_may_read() -> Result<()> {
    let namespace = Namespace::new()?;
    namespace.run(|| {
        let (observer, _pair, cid) = connection_of(&namespace, USER)?;
        let read = |who| refusal(&observer.daemon, who, |client| client.read_vars(cid, &Masks::ALL));
        assert_eq!(read((USER, USER))?, None);
        assert_eq!(read((OTHER, USER))?, None);
        assert_eq!(read((USER, OTHER))?, None);
        assert_eq!(read((0, 0))?, None);
        assert_eq!(read((OTHER, OTHER))?, Some(Errno::EACCES));
        Ok(())
    })
}

#[test]
fn nobody_but_root_may_read_the_connections_of_root() -> Result<()> {
    let namespace = Namespace::new()?;
    namespace.run(|| {
        let (observer, _pair, cid) = connection_of(&namespace, 0)?;
        let read = |who| refusal(&observer.daemon, who, |client| client.read_vars(cid, &Masks::ALL));
        assert_eq!(read((USER, USER))?, Some(Errno::EACCES));
        assert_eq!(read((0, 0))?, None);
        Ok(())
    })
}

#[test]
fn reading_all_leaves_out_what_may_not_be_read() -> Result<()> {
    let namespace = Namespace::new()?;
    namespace.run(|| {
        let (observer, _pair, cid) = connection_of(&namespace, USER)?;
        let sees = |uid| as_user(uid, uid, || anyhow::Ok(observer.daemon.client()?.read_all()?));
        assert!(sees(USER)?.iter().any(|reading| reading.tuple.cid == cid));
        assert!(!sees(OTHER)?.iter().any(|reading| reading.tuple.cid == cid));
        Ok(())
    })
}

#[test]
fn only_the_owner_and_root_may_write() -> Result<()> {
    let namespace = Namespace::new()?;
    namespace.run(|| {
        let (observer, _pair, cid) = connection_of(&namespace, USER)?;
        let write = |who| {
            refusal(&observer.daemon, who, |client| {
                client.write_var(cid, "LimCwnd", 100_000)
            })
        };
        assert_eq!(write((USER, OTHER))?, None);
        assert_eq!(write((0, 0))?, None);
        assert_eq!(write((OTHER, USER))?, Some(Errno::EACCES));
        assert_eq!(write((OTHER, OTHER))?, Some(Errno::EACCES));
        Ok(())
    })
}
