//! The command line.

mod fleet;
mod manual;
mod operator;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use crb_windows::WindowMoment;
use jiff::SignedDuration;

pub(crate) use fleet::FleetArgs;
pub(crate) use manual::{CompletionsArgs, ManArgs, Section, definition};
pub(crate) use operator::{DeskArgs, ForgetArgs, HistoryArgs, MOST_ENTRIES, PauseArgs, UnlockArgs};

use crate::system::variable;

/// Where the configuration is looked for.
pub(crate) const DEFAULT_CONFIG: &str = "/etc/clusterrebootd/config.yaml";

/// The variable that names another place.
const CONFIG_VARIABLE: &str = "CLUSTERREBOOTD_CONFIG";

/// Reads the command line.
pub(crate) fn parse() -> Result<Cli, clap::Error> {
    Cli::try_parse()
}

/// Reboots a fleet one node at a time, and never a sick one.
#[derive(Debug, Parser)]
#[command(
    name = "clusterrebootd",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "Nothing reboots, or something is wrong: begin with `fleet`, then `status` on the node that it names. \
                  To stop everything at once: `pause --reason TEXT`. What to do about what is told in operations.md, \
                  which packages put into /usr/share/doc/clusterrebootd.\n\n\
                  Exit codes: 0 success, 1 failure, 2 invalid configuration, 3 blocked by health, \
                  4 lock unavailable, 5 kill switch, 6 detector failed, 64 usage."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the daemon, or one diagnostic pass with --once
    Run(RunArgs),
    /// One dry pass: what blocks a reboot of this node, and until when
    Status(StatusArgs),
    /// Ask the detectors once; touches neither etcd nor the health script
    Simulate(ConfigArgs),
    /// Check the configuration and tell every fault at once
    ValidateConfig(ConfigArgs),
    /// The JSON Schema of the configuration, for editors and checks
    Schema,
    /// Every node of the fleet: how it is, since when, and what it waits for
    Fleet(FleetArgs),
    /// What became of reboots, and what operators did, newest first
    History(HistoryArgs),
    /// Stop every reboot of the fleet that is not under way, until `resume`
    Pause(PauseArgs),
    /// End the pause of the fleet
    Resume(DeskArgs),
    /// Free the slot of a node that will not come back; shows its claim and asks
    Unlock(UnlockArgs),
    /// Strike a node off the roster that is no more; asks
    Forget(ForgetArgs),
    /// Confirm that etcd was restored or replaced, and lift the hold of the whole fleet
    AcceptStore(AcceptStoreArgs),
    /// What a roll-out would come to: the order, the end, and what delays it
    Plan(PlanArgs),
    /// Version, commit, target and compiler
    Version(VersionArgs),
    /// Watch a pretended fleet reboot, without root or any server
    Demo(DemoArgs),
    /// What a shell needs to complete these commands
    Completions(CompletionsArgs),
    /// A page of the manual, for man(1)
    Man(ManArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// The configuration; CLUSTERREBOOTD_CONFIG names another default
    #[arg(long, value_name = "FILE", default_value_os_t = default_config())]
    pub(crate) config: PathBuf,
}

/// The configuration of a command that names none.
pub(crate) fn default_config() -> PathBuf {
    variable(CONFIG_VARIABLE)
        .filter(|file| !file.is_empty())
        .unwrap_or_else(|| DEFAULT_CONFIG.to_owned())
        .into()
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// Ask everything and take the lock, but never reboot
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Make one diagnostic pass, gates and lock included, and end; never reboots
    #[arg(long)]
    pub(crate) once: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// Leave out the health script
    #[arg(long)]
    pub(crate) skip_health: bool,
    /// Leave out the lock and the fleet
    #[arg(long)]
    pub(crate) skip_lock: bool,
    /// How to print it
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct AcceptStoreArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// Why the fleet is to go on; kept in the history
    #[arg(long, value_name = "TEXT", value_parser = operator::reason)]
    pub(crate) reason: String,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,
    /// So many healthy nodes that need a reboot; without it, the fleet as it stands in etcd
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) nodes: Option<u32>,
    /// Plan every node of the fleet, and not only those that need a reboot
    #[arg(long, conflicts_with = "nodes")]
    pub(crate) all: bool,
    /// How long a reboot takes where the history does not tell, as 90s, 5m or 1h30m
    #[arg(long, value_name = "D", default_value = "5m", value_parser = reboot_time)]
    pub(crate) reboot_time: Duration,
    /// From when on, as 2026-12-20T18:00 in the windows' zone, or with an offset; by default from now on
    #[arg(long, value_name = "T", value_parser = WindowMoment::parse)]
    pub(crate) from: Option<WindowMoment>,
    /// How to print it
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: Output,
    /// Write it as a picture, too, in the place of whatever stands there
    #[arg(long, value_name = "FILE")]
    pub(crate) to_svg: Option<PathBuf>,
    /// Do not page what is longer than the terminal
    #[arg(long)]
    pub(crate) no_pager: bool,
}

/// A reboot takes from a second to a week.
fn reboot_time(text: &str) -> Result<Duration, String> {
    const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 7);
    let time: SignedDuration = text.parse().map_err(|_| "write it as 90s, 5m or 1h30m".to_owned())?;
    if time < SignedDuration::from_secs(1) || time > LONGEST {
        return Err("it has to be from 1s to 168h".to_owned());
    }
    Ok(time.unsigned_abs())
}

#[derive(Debug, Args)]
pub(crate) struct VersionArgs {
    /// How to print it
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "text")]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// How many nodes
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) nodes: u32,
    /// A real etcd to meet on, such as http://127.0.0.1:2379; without it the store is in this process
    #[arg(long, value_name = "URL")]
    pub(crate) etcd: Option<String>,
}

/// How a command prints what it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people
    Text,
    /// One JSON document
    Json,
}
