//! `cargo xtask demo`: estatsd at work, on connections made for the purpose, explained.
//!
//! Everything happens in a network namespace that exists only as long as this process and its children, so that there
//! is nothing to clean up in it, whatever happens.

use std::env;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::privilege::Privilege;
use crate::setup::{self, Policy};
use crate::{bpf, process, workspace};

mod daemon;
mod explain;
mod interrupt;
mod stage;
mod tools;
mod traffic;

/// Sets up, builds, and shows.
///
/// # Errors
/// When a step fails, or when what the tools print is not what was sent.
pub(crate) fn run(policy: Policy) -> Result<()> {
    let started = Instant::now();
    let privilege = Privilege::detect();
    privilege.require("the demo loads BPF programs")?;
    let tools = setup::for_running(policy)?;
    println!("Building estatsd ...");
    bpf::build(&tools)?;
    workspace::build_release()?;
    if privilege == Privilege::Root {
        show()?;
    } else {
        // Only what needs root runs as root, and nothing that it writes stays.
        let target = format!("CARGO_TARGET_DIR={}", workspace::target_dir().display());
        let xtask = env::current_exe()?
            .into_os_string()
            .into_string()
            .ok()
            .context("a path that is not UTF-8")?;
        process::run(&mut privilege.command("env", &[&target, &xtask, "demo", "--built"])?)?;
    }
    println!("\nThe demo took {} s.", started.elapsed().as_secs());
    Ok(())
}

/// The demo itself: as root, with everything built.
///
/// # Errors
/// As [`run`].
pub(crate) fn show() -> Result<()> {
    interrupt::watch()?;
    heading("A network namespace of our own");
    let stage = stage::Stage::enter()?;
    println!("{stage}");

    heading("estatsd on a private socket");
    let daemon = daemon::Daemon::start()?;
    println!("`{}` is ready (process {}).", daemon.command_line(), daemon.pid());

    heading("TCP traffic");
    let open = traffic::make()?;
    println!("{}", traffic::summary());

    heading("listconns: the connections that there are");
    let connections = tools::list(&daemon)?;
    let cid = connections.find(open.local(), open.remote())?;
    connections.print([open.local(), open.remote()]);

    heading(&format!(
        "readvars {cid}: the sending end of the open connection, explained"
    ));
    let values = tools::read(&daemon, cid)?;
    explain::print(&values)?;

    heading("Stopping");
    drop(open);
    daemon.stop()?;
    stage.check_empty()?;
    println!("estatsd has stopped; no process, socket or file is left, and the namespace ends with this process.");
    Ok(())
}

fn heading(text: &str) {
    println!("\n== {text}");
}
