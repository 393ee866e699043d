//! The daemon's run, from start to shutdown.

use std::{
    cell::RefCell,
    os::fd::{AsFd as _, OwnedFd},
    rc::Rc,
};

use anyhow::{Context as _, Result};
use estats_spec::endpoint::Profile;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::{
    io::{Interest, unix::AsyncFd},
    signal::unix::{SignalKind, signal},
    task::{JoinSet, LocalSet},
};

use crate::{
    backlog::give_back_memory,
    command_line::Serve,
    configuration::Configuration,
    connections::Host,
    controls::Controls,
    kernel::{self, Kernel},
    server::{Limits, NetlinkServer, Service, UnixServer},
};

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
///
/// Whatever keeps the daemon from starting.
pub fn run(options: &Serve) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, serve(options))
}

async fn serve(options: &Serve) -> Result<()> {
    let configuration = Configuration::read(options.config.as_deref()).context("--config")?;
    // From here on, a signal means an orderly end.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;

    kernel::require_privileges()?;
    allow_many_clients();
    // The socket next: a second daemon ends here, before it has touched the kernel.
    let unix = UnixServer::bind(&options.socket)?;
    let mut endpoints = Vec::new();
    for endpoint in &configuration.listen {
        let server = UnixServer::bind(&endpoint.path).context("[[listen]]")?;
        endpoints.push((server, endpoint.generation.0));
    }
    let controls = Controls::new(options.tables);
    let kernel = Kernel::start(controls.word(false, false))?;
    for wanted in kernel.missing() {
        tracing::info!(
            "this kernel has no {}.{}: instruments are masked",
            wanted.within,
            wanted.path
        );
    }
    let host = Rc::new(RefCell::new(
        Host::new(kernel, controls, options.linger)?.announcing(options.notify),
    ));
    // What the start has taken and freed.
    give_back_memory();
    let netlink = NetlinkServer::bind(&options.socket)?;
    tracing::info!(
        "serving {} connections, {} of them adopted, on {} and netlink port {}",
        host.borrow().len(),
        host.borrow().adopted(),
        options.socket.display(),
        netlink.port()
    );

    let service = Service::new(Rc::clone(&host), Profile::DEFAULT, Limits::default());
    let follower = follow(Rc::clone(&host), service.clone())?;
    let mut bound = JoinSet::new();
    for (server, profile) in endpoints {
        tracing::info!(
            "serving {} with {} on {}",
            profile.generation.name,
            profile.set.name,
            server.path().display()
        );
        bound.spawn_local(server.serve(service.speaking(profile)));
    }
    ready();
    tokio::select! {
        () = unix.serve(service.clone()) => {}
        () = netlink.serve(service.clone()) => {}
        () = service.stay_awake() => {}
        result = follower => result?,
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("stopping");
    Ok(())
}

/// Each client takes a descriptor; systems allow programs few of them unless they ask.
fn allow_many_clients() {
    let raised =
        getrlimit(Resource::RLIMIT_NOFILE).and_then(|(_, hard)| setrlimit(Resource::RLIMIT_NOFILE, hard, hard));
    if let Err(error) = raised {
        tracing::warn!("the limit of open files stays as it is: {error}");
    }
}

/// Takes in the kernel's news as it comes, so that none is lost for want of room while nobody asks anything.
fn follow(host: Rc<RefCell<Host>>, service: Service<Host>) -> Result<impl Future<Output = Result<()>>> {
    let descriptor: OwnedFd = host
        .borrow()
        .kernel()
        .as_fd()
        .try_clone_to_owned()
        .context("cannot watch the kernel's news")?;
    // SAFETY: an `OwnedFd` is the same open descriptor from its making to its drop.
    let news = unsafe { AsyncFd::register_with_interest(descriptor, Interest::READABLE) }?;
    Ok(async move {
        loop {
            let guard = tokio::select! {
                guard = news.readable() => Some(guard?),
                () = service.falls_behind() => None,
            };
            let mut more = true;
            while more {
                let unread = host.borrow_mut().refresh();
                more = service.distribute() || unread;
                // Others have their turn, however fast connections come and go.
                tokio::task::yield_now().await;
            }
            if let Some(mut guard) = guard {
                guard.clear_ready();
            }
        }
    })
}

/// Tells the service manager, if there is one.
fn ready() {
    if let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Ready]) {
        tracing::warn!("cannot tell the service manager that the daemon is ready: {error}");
    }
}
