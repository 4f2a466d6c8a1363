//! The sentence of every reason, for people.

use std::fmt;

use jiff::Timestamp;

use super::Reason;
use crate::fleet::Overdue;
use crate::names::NodeName;
use crate::policy::Basis;
use crate::seen::Place;

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRebootRequired => write!(f, "no detector asks for a reboot"),
            Self::DetectorFailed { name, error } => {
                write!(f, "detector {name} could not tell whether a reboot is needed: {error}")
            }
            Self::RecheckCleared => write!(f, "under the lock no detector asks for a reboot any more"),
            Self::KillSwitchPresent { path } => write!(f, "the kill switch {path} is present"),
            Self::KillSwitchUnreadable { path, error } => {
                write!(f, "whether the kill switch {path} is present cannot be told: {error}")
            }
            Self::Paused { by, reason, until } => {
                write!(f, "the fleet is paused by {by}: {reason}")?;
                until_or_resume(f, *until)
            }
            Self::WindowDenied { window, until } => {
                write!(f, "the deny window {window:?} is active")?;
                until_or_never(f, *until)
            }
            Self::WindowOutsideAllow { until } => {
                write!(f, "no allow window is open")?;
                until_or_never(f, *until)
            }
            Self::ScriptFailed { exit_code } => write!(f, "the health script ended with {exit_code}"),
            Self::ScriptKilled { signal } => write!(f, "the health script was ended by signal {signal}"),
            Self::ScriptTimedOut { after } => {
                write!(f, "the health script did not end within {} s", after.as_secs_f64())
            }
            Self::ScriptNotRunnable { error } => write!(f, "the health script could not be run: {error}"),
            Self::PeerUnhealthy { node, stage, reason } => {
                write!(f, "{node} is unhealthy ({stage}: {reason})")
            }
            Self::PeerSilent { node, last_report } => {
                write!(f, "{node} is silent")?;
                last_report.map_or(Ok(()), |time| write!(f, "; its last report is of {time:.0}"))
            }
            Self::BelowMinHealthy { rule, healthy, required, total, basis } => {
                let when = match basis {
                    Basis::AfterReboot => "with this node down",
                    Basis::BeforeReboot => "right now",
                };
                write!(f, "{healthy} of {total} nodes are healthy {when}, and {rule} asks for {required}")
            }
            Self::OnlyFallbackLeft => write!(f, "no healthy node but fallback nodes would be left"),
            Self::BelowMinHealthyFallback { healthy, required } => {
                write!(
                    f,
                    "{healthy} healthy fallback nodes would be left, and min_healthy_fallback asks for {required}"
                )
            }
            Self::CooldownActive { node, until } => {
                write!(f, "cooling down after the reboot of {node}")?;
                until.map_or(Ok(()), |time| write!(f, " until {time:.0}"))
            }
            Self::RebootOverdue(reboot) => overdue(f, reboot),
            Self::RebootingElsewhere { nodes, slots } => {
                write!(f, "{} of {slots} reboot slots taken by ", nodes.len())?;
                names(f, nodes, nodes.len())
            }
            Self::BehindInQueue { position, ahead } => {
                write!(f, "place {} in the queue, behind ", position.saturating_add(1))?;
                names(f, ahead, usize::try_from(*position).unwrap_or(usize::MAX))
            }
            Self::ViewChanged => write!(f, "the fleet changed while this node was about to commit"),
            Self::StoreRegressed { node, reason, others } => {
                write!(f, "{node}")?;
                if *others > 0 {
                    write!(f, " and {others} more")?;
                }
                write!(
                    f,
                    " found that etcd has gone backwards ({reason}), until `clusterrebootd accept-store`"
                )
            }
            Self::MemoryFailed { error } => {
                write!(f, "what this node has to remember over a reboot could not be saved: {error}")
            }
            Self::StoreFailed { error } => write!(f, "etcd: {error}"),
            Self::PresenceLost { error } => write!(f, "the fleet does not see this node: {error}"),
            Self::NameTaken { machine_id } => {
                write!(f, "another machine ({machine_id}) uses this node's name")
            }
            Self::PlaceLost { error } => write!(f, "{error}; this node queues again"),
            Self::PreRebootHookFailed { hook, error } => {
                write!(f, "the pre_reboot hook {hook} failed, and nothing was rebooted: {error}")
            }
            Self::PostRebootHookFailed { hook, error } => {
                write!(f, "the post_reboot hook {hook} failed, and is run again until it succeeds: {error}")
            }
            Self::CommandRan { detail } => {
                write!(
                    f,
                    "the reboot command ran in this boot, or may have ({detail}), and the machine is still up; \
                     this node queues no more until it has booted anew"
                )
            }
            Self::GateUnanswered { gate } => write!(f, "the gate {gate} was not answered"),
            Self::LockSkipped => write!(f, "the lock was not asked for"),
            Self::Ready => write!(f, "every gate is open"),
        }
    }
}

fn overdue(f: &mut fmt::Formatter<'_>, Overdue { node, since, deadline }: &Overdue) -> fmt::Result {
    write!(f, "{node} is out")?;
    since.map_or(Ok(()), |since| write!(f, " since {since:.0}"))?;
    write!(f, " and overdue since {deadline:.0}: its slot is free when it is back and well, or when ")?;
    write!(f, "an operator who knows that it will not come back takes its claim away")
}

fn until_or_never(f: &mut fmt::Formatter<'_>, until: Option<Timestamp>) -> fmt::Result {
    match until {
        Some(time) => write!(f, " until {time:.0}"),
        None => write!(f, ", and nothing ends that"),
    }
}

fn until_or_resume(f: &mut fmt::Formatter<'_>, until: Option<Timestamp>) -> fmt::Result {
    match until {
        Some(time) => write!(f, ", until {time:.0}"),
        None => write!(f, ", until `clusterrebootd resume`"),
    }
}

/// The first of `nodes`, and how many more there are `in_all`.
fn names(f: &mut fmt::Formatter<'_>, nodes: &[NodeName], in_all: usize) -> fmt::Result {
    let shown: Vec<&str> = nodes.iter().take(Place::NAMED).map(NodeName::as_str).collect();
    write!(f, "{}", shown.join(", "))?;
    match in_all.saturating_sub(shown.len()) {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}
