//! What the user may say.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};
use estats_spec::endpoint::{DEFAULT_SOCKET, SOCKET_ENV};
use estatsd_ebpf::Tables;

use crate::controls;

/// Gathers RFC 4898 state of every TCP connection through eBPF and serves it as the Web10G kernel did.
#[derive(Debug, Parser)]
#[command(name = "estatsd", version, args_conflicts_with_subcommands = true)]
pub struct CommandLine {
    /// What to do instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to serve.
    #[command(flatten)]
    pub serve: Serve,
    /// What to log, as a level or as tracing's directives: error, warn, info, debug, trace.
    #[arg(long, value_name = "FILTER", default_value = "warn", global = true)]
    pub log: String,
}

/// Options of the daemon.
#[derive(Debug, Args)]
pub struct Serve {
    /// Unix socket to listen on; the netlink port is written to a file beside it.
    #[arg(long, value_name = "PATH", env = SOCKET_ENV, default_value = DEFAULT_SOCKET)]
    pub socket: PathBuf,
    /// File that names further sockets, each for clients of one generation of the libraries (see docs/legacy.md).
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Keep closed connections readable, with their final values, for so long.
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = seconds)]
    pub linger: Duration,
    /// Tables to serve and to count for, separated by commas: perf, path, stack, app, tune, extras, all, none.
    #[arg(long, value_name = "TABLES", default_value = "all", value_parser = controls::parse)]
    pub tables: Tables,
    /// Announce connections that are established or closed to the multicast group from the start.
    #[arg(long)]
    pub notify: bool,
}

/// Other things that the program does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List every instrument, and where it comes from on this kernel or why it is masked.
    Instruments {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say what this kernel offers and lacks. Exits with 1 if the daemon cannot run.
    Check {
        /// As JSON.
        #[arg(long)]
        json: bool,
        /// Also say where in the kernel's structures each field is that estatsd reads.
        #[arg(long, conflicts_with = "json")]
        layout: bool,
    },
}

fn seconds(text: &str) -> Result<Duration, String> {
    let value: f64 = text.parse().map_err(|_| format!("'{text}' is no number of seconds"))?;
    Duration::try_from_secs_f64(value).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        CommandLine::command().debug_assert();
    }

    #[test]
    fn whatever_it_does_it_may_be_asked_for_a_log() {
        for words in [&["--log", "debug"][..], &["check", "--log", "debug"]] {
            let command_line = CommandLine::try_parse_from([&["estatsd"], words].concat()).unwrap();
            assert_eq!(command_line.log, "debug", "{words:?}");
        }
    }

    #[test]
    fn linger_is_a_time() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert!(seconds("-1").is_err());
        assert!(seconds("soon").is_err());
    }
}
