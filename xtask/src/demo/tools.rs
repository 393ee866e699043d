//! Running listconns and readvars, and reading what they print: the format of the tools that they replace.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::process::Command;

use anyhow::{Result, bail};
use estats_spec::Id;
use estats_spec::endpoint::SOCKET_ENV;

use super::daemon::Daemon;
use super::interrupt;
use crate::{process, workspace};

/// What listconns printed.
pub(crate) struct Connections {
    text: String,
}

/// What readvars printed. An instrument that the kernel cannot deliver is not in it.
pub(crate) type Values = HashMap<Id, i128>;

/// Runs `listconns`.
///
/// # Errors
/// When it fails.
pub(crate) fn list(daemon: &Daemon) -> Result<Connections> {
    Ok(Connections {
        text: run(daemon, "listconns", &[])?,
    })
}

/// Runs `readvars CID`.
///
/// # Errors
/// When it fails.
pub(crate) fn read(daemon: &Daemon, cid: u32) -> Result<Values> {
    Ok(parse_values(&run(daemon, "readvars", &[&cid.to_string()])?))
}

fn run(daemon: &Daemon, tool: &str, arguments: &[&str]) -> Result<String> {
    interrupt::check()?;
    let program = workspace::target_dir().join("release").join(tool);
    process::read(Command::new(program).args(arguments).env(SOCKET_ENV, daemon.socket()))
}

impl Connections {
    /// The number of the connection between these two.
    ///
    /// # Errors
    /// When it is not listed.
    pub(crate) fn find(&self, local: SocketAddr, remote: SocketAddr) -> Result<u32> {
        let Some(row) = self
            .text
            .lines()
            .find_map(|line| Row::parse(line).filter(|row| row.is(local, remote)))
        else {
            bail!(
                "listconns does not list the connection from {local} to {remote}:\n{}",
                self.text
            );
        };
        Ok(row.cid)
    }

    /// Prints the header, and the connections between these two, either way round.
    pub(crate) fn print(&self, ends: [SocketAddr; 2]) {
        let mut others = 0;
        for line in self.text.lines() {
            match Row::parse(line) {
                Some(row) if !row.is(ends[0], ends[1]) && !row.is(ends[1], ends[0]) => others += 1,
                _ => println!("{line}"),
            }
        }
        println!("\nThe two ends of the open connection, both on this machine; the closed ones are gone.");
        if others != 0 {
            println!("({others} connections that are not the demo's were listed too.)");
        }
    }
}

struct Row<'a> {
    cid: u32,
    local: (&'a str, u16),
    remote: (&'a str, u16),
}

impl<'a> Row<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let cid = words.next()?.parse().ok()?;
        let mut end = || Some((words.next()?, words.next()?.parse().ok()?));
        Some(Self {
            cid,
            local: end()?,
            remote: end()?,
        })
    }

    fn is(&self, local: SocketAddr, remote: SocketAddr) -> bool {
        let same =
            |(address, port): (&str, u16), end: SocketAddr| address == end.ip().to_string() && port == end.port();
        same(self.local, local) && same(self.remote, remote)
    }
}

fn parse_values(text: &str) -> Values {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs
        .filter_map(|(name, value)| Some((Id::from_name(name)?, value.parse().ok()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "\
CID      LocalAddr            LocalPort RemAddr              RemPort \n\
-------- -------------------- -------- -------------------- --------\n\
\n\
7        127.0.0.1            40000    127.0.0.1            5001    \n\
12       127.0.0.1            5001     127.0.0.1            40000   \n";

    #[test]
    fn a_connection_is_found_by_both_its_ends_in_order() {
        let (client, server) = ("127.0.0.1:40000".parse().unwrap(), "127.0.0.1:5001".parse().unwrap());
        let connections = Connections { text: LIST.to_owned() };
        assert_eq!(connections.find(client, server).unwrap(), 7);
        assert_eq!(connections.find(server, client).unwrap(), 12);
        assert!(connections.find(client, client).is_err());
    }

    #[test]
    fn values_are_told_from_titles() {
        let text = "Timestamp sec: 1, usec: 2\n\n\nPerf Table\n\nSegsOut=12\nWinScaleSent=-1\nNoSuchVariable=3\n";
        assert_eq!(
            parse_values(text),
            Values::from([(Id::SegsOut, 12), (Id::WinScaleSent, -1)])
        );
    }
}
