//! The arguments of `fleet`.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use crb_lock::{NodeState, Order};

use super::DeskArgs;

#[derive(Debug, Args)]
pub(crate) struct FleetArgs {
    #[command(flatten)]
    pub(crate) desk: DeskArgs,
    /// Stay, and show every change; ends with Ctrl-C
    #[arg(long)]
    pub(crate) watch: bool,
    /// Only nodes in these states, with commas between them
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = states())]
    pub(crate) state: Vec<NodeState>,
    /// In which order: what needs eyes first, by name, or the longest without a reboot first
    #[arg(long, value_enum, value_name = "ORDER", default_value = "state")]
    pub(crate) sort: Sort,
    /// Do not page what is longer than the terminal
    #[arg(long)]
    pub(crate) no_pager: bool,
}

/// The states, by their names.
fn states() -> impl TypedValueParser<Value = NodeState> {
    PossibleValuesParser::new(NodeState::ALL.map(NodeState::as_str)).map(|name| {
        let known = NodeState::ALL.into_iter().find(|state| state.as_str() == name);
        known.expect("what is possible is the name of a state")
    })
}

/// In which order nodes stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sort {
    Name,
    State,
    LastReboot,
}

impl From<Sort> for Order {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Name => Self::Name,
            Sort::State => Self::State,
            Sort::LastReboot => Self::LastReboot,
        }
    }
}
