//! `estats-run`: runs a program that was written for Web10G against estatsd, whatever generation of the library it was built for.
//!
//! It looks at the program, chooses the way, sets one environment variable for the dynamic linker, and becomes the program: exit
//! status, signals and process id are the program's own, and what it starts inherits the way. A program that no dynamic linker
//! reaches becomes its child, is supervised, and lends it its exit status and its signals ([`supervise`]).

mod evidence;
mod generation;
mod image;
mod places;
mod supervise;
mod way;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result};
use clap::Parser;
use clap::error::ErrorKind;
use estats_spec::endpoint::Profile;

use crate::evidence::Evidence;
use crate::places::Places;
use crate::supervise::{Role, Speech};
use crate::way::Way;

/// Exit statuses of our own, as those of env(1), nice(1) and the like.
const OWN_FAILURE: u8 = 125;
const CANNOT_BE_RUN: u8 = 126;
const NOT_FOUND: u8 = 127;

/// Runs a program that was written for Web10G against estatsd.
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[command(name = "estats-run", version, max_term_width = 100)]
struct Cli {
    /// Say on standard error what is done
    #[arg(short, long)]
    verbose: bool,
    /// Do not run the program: say what it needs, what would be done, and why
    #[arg(long)]
    which: bool,
    /// Treat the program as one of this generation, whatever it looks like
    #[arg(long, value_name = "NAME", conflicts_with = "preload")]
    generation: Option<String>,
    /// Leave the program its own library, and lead its netlink socket to the daemon
    #[arg(long)]
    preload: bool,
    /// Look at the program's calls on generic netlink sockets, and lead to the daemon what is for it: the way for static programs, and
    /// for those that call the kernel past the C library
    #[arg(long, conflicts_with = "preload")]
    supervise: bool,
    /// Where the drop-ins are [default: ../lib/estats beside this program]
    #[arg(long, value_name = "DIRECTORY")]
    libraries: Option<PathBuf>,
    /// The program, and its arguments
    #[arg(trailing_var_arg = true, required = true, value_name = "PROGRAM")]
    command: Vec<OsString>,
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // What cannot be printed cannot be told either.
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
                _ => ExitCode::from(OWN_FAILURE),
            };
        }
    };
    let Some(program) = places::program(&cli.command[0]) else {
        eprintln!("estats-run: {}: not found", cli.command[0].display());
        return ExitCode::from(NOT_FOUND);
    };
    match run(&cli, program) {
        Ok(status) => status,
        Err(error) => {
            eprintln!("estats-run: {error:#}");
            ExitCode::from(OWN_FAILURE)
        }
    }
}

fn run(cli: &Cli, program: PathBuf) -> Result<ExitCode> {
    let places = Places::new(cli.libraries.clone())?;
    let evidence = Evidence::collect(program).context("cannot look at the program")?;
    let way = if cli.preload {
        Way::preload(&evidence, &places)
    } else if cli.supervise {
        Way::supervise(cli.generation.as_deref(), &evidence)
    } else if let Some(name) = &cli.generation {
        Way::named(name, &evidence, &places)
    } else {
        Way::choose(&evidence, &places)
    };
    if cli.which {
        let reachable = way.is_ok();
        let what = way.map_or_else(|error| format!("way         none: {error:#}\n"), |way| way.to_string());
        io::stdout().write_all(format!("{evidence}{what}").as_bytes())?;
        return Ok(if reachable {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(CANNOT_BE_RUN)
        });
    }
    let way = match way {
        Ok(way) => way,
        Err(error) => {
            eprintln!("estats-run: {error:#}");
            return Ok(ExitCode::from(CANNOT_BE_RUN));
        }
    };
    if cli.verbose {
        eprint!("{evidence}{way}");
    }
    if let Way::Supervised(generation) = &way {
        let said = generation.as_ref().filter(|_| cli.generation.is_some());
        let speech = Speech::new(said.map(|generation| Profile::of(generation.library)));
        match supervise::begin(speech) {
            Ok(Role::Program) => {}
            Ok(Role::Supervisor(status)) => return Ok(status),
            Err(error) => {
                eprintln!("estats-run: {error:#}");
                return Ok(ExitCode::from(CANNOT_BE_RUN));
            }
        }
    }
    let mut command = Command::new(&evidence.program);
    command.arg0(&cli.command[0]).args(&cli.command[1..]);
    if let Way::Linked(linked) = &way {
        linked.apply(&mut command);
    }
    // It returns only if there is no program to become.
    let error = command.exec();
    eprintln!("estats-run: {}: {error}", evidence.program.display());
    Ok(ExitCode::from(if error.kind() == io::ErrorKind::NotFound {
        NOT_FOUND
    } else {
        CANNOT_BE_RUN
    }))
}
