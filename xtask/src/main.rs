//! `cargo xtask`: builds, tests, installs and shows estatsd, and sets up what that needs.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

mod bench;
mod bpf;
mod demo;
mod distro;
mod docs;
mod install;
mod linker;
mod llvm;
mod matrix;
mod packages;
mod place;
mod privilege;
mod process;
mod setup;
mod tally;
mod test;
mod toolchain;
mod watchdog;
mod workspace;

/// Builds, tests, installs and shows estatsd. What a command needs and the machine lacks is installed first, and said.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build, and watch estatsd at work on connections made for the purpose. Needs root, or sudo without a password
    Demo {
        /// Everything is built and we are root: the demo itself
        #[arg(long, hide = true)]
        built: bool,
        #[command(flatten)]
        setup: SetupArgs,
    },
    /// Install what building, testing and the demo need, and nothing else
    Setup(SetupArgs),
    /// Build the BPF object, and with it everything that is installed (release)
    Build(SetupArgs),
    /// Check the source's form, and run all tests. Needs root, or sudo without a password
    Test {
        /// Leave out the integration tests; needs no root
        #[arg(long)]
        quick: bool,
        #[command(flatten)]
        setup: SetupArgs,
    },
    /// Build, and measure what estatsd costs. Needs root, or sudo without a password
    Bench {
        /// What to measure
        #[arg(value_enum, default_value_t = bench::Subject::All)]
        subject: bench::Subject,
        /// Print JSON
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        setup: SetupArgs,
    },
    /// Build, and run the tests on other kernels, in virtual machines
    Matrix {
        /// Only on this kernel
        #[arg(long = "kernel", value_name = "SERIES")]
        kernels: Vec<matrix::Series>,
        /// Only the tests of this program
        #[arg(long = "test", value_name = "NAME")]
        tests: Vec<String>,
        /// Only what `cargo xtask test` runs: all scripts, random connections, and a few of the others
        #[arg(long, conflicts_with = "tests")]
        brief: bool,
        #[command(flatten)]
        setup: SetupArgs,
    },
    /// Write docs/instruments.md and docs/proof.md anew, from spec/ and the tests
    Docs,
    /// Build, and install programs, libraries, headers and documents
    Install {
        /// Where they go
        #[arg(long, value_name = "DIR")]
        prefix: PathBuf,
        /// Put them below this directory, for a package to be made of
        #[arg(long, value_name = "DIR")]
        destdir: Option<PathBuf>,
        #[command(flatten)]
        setup: SetupArgs,
    },
}

#[derive(Args)]
struct SetupArgs {
    /// Install nothing: say what is missing, and stop
    #[arg(long)]
    no_install: bool,
}

impl SetupArgs {
    fn policy(&self) -> setup::Policy {
        if self.no_install {
            setup::Policy::ReportOnly
        } else {
            setup::Policy::Install
        }
    }
}

fn main() -> ExitCode {
    run(Cli::parse().command).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Demo { built: true, .. } => demo::show()?,
        Command::Demo { built: false, setup } => demo::run(setup.policy())?,
        Command::Setup(args) => {
            setup::for_running(args.policy())?;
            setup::checkers(args.policy())?;
        }
        Command::Build(args) => build(args.policy())?,
        Command::Test { quick, setup } => {
            let extent = if quick { test::Extent::Quick } else { test::Extent::Full };
            return Ok(test::run(extent, setup.policy()));
        }
        Command::Bench { subject, json, setup } => bench::run(subject, json, setup.policy())?,
        Command::Matrix {
            kernels,
            tests,
            brief,
            setup,
        } => {
            let extent = match (brief, tests.is_empty()) {
                (true, _) => matrix::Extent::Brief,
                (false, true) => matrix::Extent::Full,
                (false, false) => matrix::Extent::Only(tests),
            };
            return matrix::run(&kernels, &extent, setup.policy());
        }
        Command::Docs => docs::write()?,
        Command::Install { prefix, destdir, setup } => {
            let destination = install::Destination::prepare(&prefix, destdir.as_deref())?;
            build(setup.policy())?;
            install::run(&destination)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn build(policy: setup::Policy) -> Result<()> {
    bpf::build(&setup::for_build(policy)?)?;
    workspace::build_release()
}
