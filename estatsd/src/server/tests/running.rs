//! A server on a thread of its own.

use std::{
    cell::RefCell,
    fs,
    path::{Path, PathBuf},
    process,
    rc::Rc,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use estats_spec::endpoint::Profile;
use tokio::{sync::oneshot, task::LocalSet};

use super::{Fake, notices::Happenings};
use crate::server::{Limits, NetlinkServer, Service, UnixServer};

/// Both servers in a directory of their own; they stop and the directory goes when this is dropped.
pub(super) struct Running {
    pub(super) directory: PathBuf,
    pub(super) port: u32,
    /// What happens to the connections.
    pub(super) happenings: Happenings,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Running {
    pub(super) fn start(cids: impl IntoIterator<Item = u32> + Send + 'static, limits: Limits) -> Self {
        let directory = directory();
        let socket = directory.join("estats.sock");
        let (stop, stopped) = oneshot::channel();
        let (started, ready) = mpsc::channel();
        let happenings = Happenings::default();
        let outside = happenings.clone();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            LocalSet::new().block_on(&runtime, async {
                let unix = UnixServer::bind(&socket).unwrap();
                let netlink = NetlinkServer::bind(unix.path()).unwrap();
                started.send(netlink.port()).unwrap();
                let mut fake = Fake::new(cids);
                fake.happenings = outside;
                let service = Service::new(Rc::new(RefCell::new(fake)), Profile::DEFAULT, limits);
                tokio::select! {
                    () = unix.serve(service.clone()) => {}
                    () = netlink.serve(service) => {}
                    _ = stopped => {}
                }
            });
        });
        Self {
            directory,
            port: ready.recv_timeout(Duration::from_secs(10)).expect("the servers start"),
            happenings,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.directory.join("estats.sock")
    }

    /// Stops the servers and waits until they have.
    pub(super) fn stop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the servers do not panic");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// A directory that nobody else uses.
pub(super) fn directory() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("estatsd-server-{}-{number}", process::id());
    let directory = std::env::temp_dir().join(name);
    fs::create_dir_all(&directory).unwrap();
    directory
}

/// Names in a directory, sorted.
pub(super) fn entries(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
