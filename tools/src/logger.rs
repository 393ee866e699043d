//! `logger`: the variables of all connections, again and again.

use crate::command_line::{self, Common, Program};
use crate::filter::{self, Filter};
use crate::rounds::{self, Rounds, Usually};
use crate::{Outcome, json, mask, subject, variable_rows};
use clap::Parser;
use estats_protocol::{Client, Masks, Reading, Tuple};
use std::ffi::OsString;
use std::net::{IpAddr, ToSocketAddrs};

#[derive(Parser, Debug)]
#[command(disable_help_flag = true, disable_version_flag = true, args_override_self = true)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    rounds: Rounds,
    #[arg(short, value_name = "MASK", allow_hyphen_values = true)]
    masks: Vec<String>,
    #[arg(short, long, value_name = "HOST")]
    exclude: Vec<String>,
    /// The classic tool does not mind arguments.
    #[arg(hide = true)]
    _ignored: Vec<OsString>,
}

impl Program for Arguments {
    const NAME: &'static str = "web10g-logger";

    // Programs that drive this one ask whether the interval is in seconds by words that must not be here.
    fn usage() -> String {
        format!(
            "

web10g-logger [-e exclude_ip] [-i interval] [-m mask]

  Prints again and again a row with the variables of every connection that
  may be read, with a header before the first.

  -e, --exclude host
                 no connections from or to this address or host name
{}{}{}  --json         a line of JSON for every connection
{}
",
            subject::usage_of_masks(Self::NAME).replace(" cid ", " "),
            filter::USAGE,
            rounds::USAGE,
            command_line::usage_of_common()
        )
    }

    fn common(&self) -> &Common {
        &self.common
    }
}

/// Runs the program with its arguments, the name it was called by first. It prints as it goes.
#[must_use]
pub fn run(arguments: impl Iterator<Item = OsString>) -> Outcome {
    command_line::run(arguments, Arguments::log)
}

impl Arguments {
    fn log(&self) -> Result<Outcome, Outcome> {
        let excluded = self.excluded()?;
        let wanted = self.filter.wanted().map_err(Self::failure)?;
        let wanted =
            |tuple: &Tuple| wanted(tuple) && ![tuple.local.0, tuple.remote.0].iter().any(|end| excluded.contains(end));
        let masks = mask::all(&self.masks).map_err(Self::failure)?;
        let plan = self.rounds.plan::<Self>(Usually::ForEver)?;
        let mut client = self.connect()?;
        let mut first = true;
        Ok(plan.carry_out(|| {
            let readings = self.readings(&mut client, &masks, wanted)?;
            if self.common.json {
                return Ok(readings.iter().map(|reading| json::reading(reading, &masks)).collect());
            }
            let mut text = String::new();
            for reading in &readings {
                if std::mem::take(&mut first) {
                    text += &variable_rows::log_header(reading);
                }
                text += &variable_rows::log_row(reading);
            }
            Ok(text)
        }))
    }

    /// The connections of now. Those that are gone meanwhile and those of others are left out.
    fn readings(
        &self,
        client: &mut Client,
        masks: &Masks,
        wanted: impl Fn(&Tuple) -> bool,
    ) -> Result<Vec<Reading>, Outcome> {
        let connections = client.list().map_err(|error| {
            if self.common.json {
                Self::failure(error)
            } else {
                Self::list_failure(&error)
            }
        })?;
        let mut readings = Vec::new();
        for tuple in connections.iter().filter(|tuple| wanted(tuple)) {
            match client.read_vars(tuple.cid, masks) {
                Ok(reading) => readings.push(reading),
                Err(error) if error.refusal().is_some() => {}
                Err(error) => return Err(Self::failure(error)),
            }
        }
        Ok(readings)
    }

    /// All addresses of the hosts that were excluded.
    fn excluded(&self) -> Result<Vec<IpAddr>, Outcome> {
        let mut addresses = Vec::new();
        for host in &self.exclude {
            // The classic tool lost the reason on its way to the message.
            let found = (host.as_str(), 0).to_socket_addrs();
            let found = found.map_err(|_| Outcome::failure("getaddrinfo: Unknown error\n"))?;
            addresses.extend(found.map(|address| address.ip().to_canonical()));
        }
        Ok(addresses)
    }
}
