//! estatsd: RFC 4898 state of TCP connections, from eBPF, as the Web10G kernel served it.

use std::{io, process::ExitCode};

use anyhow::{Context as _, Result};
use clap::Parser as _;
use estatsd::{
    command_line::{Command, CommandLine},
    daemon, report,
};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    match run(&CommandLine::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // One line: what failed, and the reasons in turn.
            eprintln!("estatsd: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command_line: &CommandLine) -> Result<bool> {
    let filter = EnvFilter::try_new(&command_line.log).context("--log")?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::IsTerminal::is_terminal(&io::stderr()))
        .init();
    match command_line.command {
        None => daemon::run(&command_line.serve).map(|()| true),
        Some(Command::Instruments { json }) => {
            unless_closed(report::instruments(json, io::stdout().lock()).map(|()| true))
        }
        Some(Command::Check { json, layout }) => unless_closed(check(json, layout)),
    }
}

fn check(json: bool, layout: bool) -> Result<bool> {
    let can_run = report::check(json, io::stdout().lock())?;
    if layout {
        report::layout(io::stdout().lock())?;
    }
    Ok(can_run)
}

/// A reader that has seen enough, such as `head`, is no failure.
fn unless_closed(result: Result<bool>) -> Result<bool> {
    match result {
        Err(error)
            if error
                .downcast_ref::<io::Error>()
                .is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe) =>
        {
            Ok(true)
        }
        other => other,
    }
}
