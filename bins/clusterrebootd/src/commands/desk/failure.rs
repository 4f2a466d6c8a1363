//! What a command could not do, why, and what to do about it.

use crb_config::nearest_name;
use crb_decide::NodeName;
use crb_lock::{OperatorError, Survey};
use crb_store::{StoreError, operation};

use super::Desk;
use crate::commands::no_etcd;

/// Nodes that are named one by one.
const NAMED: usize = 10;

/// Why nothing was done.
pub(super) enum Failure {
    /// A step was not made, or nobody knows whether it was.
    Step(OperatorError),
    /// The answer to the question was not yes.
    Unconfirmed,
    /// There was nobody to ask.
    Nobody,
    /// The node has no claim.
    NoClaim(NodeName, Survey),
    /// The node is not on the roster.
    Unknown(NodeName, Survey),
    /// The holds of the fleet are no longer those that were shown.
    HoldsChanged,
    /// The end lies beyond the end of time.
    NoSuchTime,
}

impl From<OperatorError> for Failure {
    fn from(error: OperatorError) -> Self {
        Self::Step(error)
    }
}

impl Failure {
    /// As sentences.
    pub(super) fn told(&self, desk: &Desk<'_>) -> String {
        match self {
            Self::Step(error) => of_step(error, desk),
            Self::Unconfirmed => "nothing was changed".to_owned(),
            Self::Nobody => {
                "nobody is there to be asked, for standard input is no terminal: say --yes if you are \
                             sure. Nothing was changed."
                    .to_owned()
            }
            Self::NoClaim(node, survey) => {
                let holders: Vec<String> =
                    survey.claims.iter().map(|claim| claim.node().to_string()).collect();
                let known = if survey.roster.contains(node) { "" } else { ", and no such node is known" };
                format!(
                    "{node} has no claim{known}. {}{} What was unlocked before is in `{}`.",
                    did_you_mean(node, &holders),
                    told_of(&holders),
                    desk.command("history"),
                )
            }
            Self::Unknown(node, survey) => {
                let roster: Vec<String> = survey.roster.iter().map(ToString::to_string).collect();
                let known = match roster.as_slice() {
                    [] => "The roster is empty.".to_owned(),
                    names => format!("On the roster: {}.", listed(names)),
                };
                format!("{node} is not on the roster. {}{known}", did_you_mean(node, &roster))
            }
            Self::HoldsChanged => {
                "the holds have changed meanwhile and none was lifted; look again".to_owned()
            }
            Self::NoSuchTime => "there is no such time for the pause to end".to_owned(),
        }
    }
}

fn of_step(error: &OperatorError, desk: &Desk<'_>) -> String {
    match error {
        OperatorError::Store(StoreError::Unanswered { operation: operation::TXN, .. }) => format!(
            "{error}. Nobody knows whether it was done: give the same command again, which shows what stands."
        ),
        // What was not a transaction changed nothing: the worst is a lease that nothing needs.
        OperatorError::Store(error @ (StoreError::Unreachable { .. } | StoreError::Unanswered { .. })) => {
            format!("{} Nothing was changed.", no_etcd(error, desk.config))
        }
        OperatorError::MayGoDown { node, .. } => format!(
            "{error}. Boot it, and it frees its slot itself; or power it off, wait until it is not present, and unlock it \
             then. If you know that it cannot go down, `--force` unlocks it all the same. Nothing was changed: {node} \
             keeps its slot."
        ),
        OperatorError::Present { .. } => format!(
            "{error}. Its presence outlives it by up to {} s, so that a restart goes unnoticed: give this again after that. \
             Nothing was changed.",
            desk.settings.presence_ttl.as_secs()
        ),
        OperatorError::InQueue { node } => format!(
            "{error}. A node that waits leaves the queue when its daemon ends; of one that is out and will not come \
             back, take the claim away first: `{}`. Nothing was changed.",
            desk.command(&format!("unlock {node} --reason TEXT"))
        ),
        OperatorError::Store(_)
        | OperatorError::PauseIsOver { .. }
        | OperatorError::ClaimGone { .. }
        | OperatorError::ClaimChanged { .. }
        | OperatorError::NotOnRoster { .. } => format!("{error}. Nothing was changed."),
    }
}

fn did_you_mean(node: &NodeName, candidates: &[String]) -> String {
    let nearest = nearest_name(node.as_str(), candidates.iter().map(String::as_str));
    nearest.map_or_else(String::new, |nearest| format!("Did you mean {nearest}? "))
}

fn told_of(holders: &[String]) -> String {
    match holders {
        [] => "No node is out.".to_owned(),
        [one] => format!("{one} has one."),
        several => format!("{} have one.", listed(several)),
    }
}

fn listed(names: &[String]) -> String {
    let shown = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
