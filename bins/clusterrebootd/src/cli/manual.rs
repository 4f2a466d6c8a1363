//! The arguments of what packages make of the command line: completions and manual pages.

use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::Shell;

use super::{Cli, DEFAULT_CONFIG};

/// The identity of the option that names the configuration.
const CONFIG: &str = "config";

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// For which shell
    #[arg(value_enum, value_name = "SHELL")]
    pub(crate) shell: CompletedShell,
}

/// A shell that is completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CompletedShell {
    Bash,
    Fish,
    Zsh,
}

impl From<CompletedShell> for Shell {
    fn from(shell: CompletedShell) -> Self {
        match shell {
            CompletedShell::Bash => Self::Bash,
            CompletedShell::Fish => Self::Fish,
            CompletedShell::Zsh => Self::Zsh,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Which page: 8, the commands, or 5, the configuration
    #[arg(value_enum, value_name = "SECTION", default_value = "8")]
    pub(crate) section: Section,
}

/// A section of the manual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Section {
    /// clusterrebootd.yaml(5)
    #[value(name = "5")]
    Configuration,
    /// clusterrebootd(8)
    #[value(name = "8")]
    Commands,
}

/// The command line as it is everywhere, whatever the environment of this process says.
pub(crate) fn definition() -> clap::Command {
    let everywhere = |command: clap::Command| {
        if command.get_arguments().any(|own| own.get_id() == CONFIG) {
            command.mut_arg(CONFIG, |config| config.default_value(DEFAULT_CONFIG))
        } else {
            command
        }
    };
    let mut command = Cli::command().mut_subcommands(everywhere);
    command.build();
    command
}
