//! The log as a projection of events: what happened becomes a level, a sentence and fields.

mod config;
mod fields;
mod fleet;
mod gates;
mod hooks;
mod lock;
mod pass;
mod reboot;
mod store;

use crate::event::{Event, What};
use crate::level::Level;
use crate::record::{Fields, Record};

/// The record of an event; `None` for what is counted and not logged.
pub fn record(event: &Event) -> Option<Record> {
    let said = say(&event.what)?;
    Some(Record {
        ts: event.at,
        level: said.level,
        node: event.node.as_str().to_owned(),
        component: event.what.component(),
        event: event.what.name(),
        message: said.message,
        fields: said.fields,
    })
}

/// What a projection finds to say.
struct Said {
    level: Level,
    message: Option<String>,
    fields: Fields,
}

impl Said {
    fn new(level: Level, message: impl Into<String>, fields: Fields) -> Self {
        Self { level, message: Some(message.into()), fields }
    }

    fn info(message: impl Into<String>, fields: Fields) -> Self {
        Self::new(Level::Info, message, fields)
    }

    fn warn(message: impl Into<String>, fields: Fields) -> Self {
        Self::new(Level::Warn, message, fields)
    }

    fn error(message: impl Into<String>, fields: Fields) -> Self {
        Self::new(Level::Error, message, fields)
    }
}

fn say(what: &What) -> Option<Said> {
    Some(match what {
        What::Started { version, boot_id, dry_run } => pass::started(version, boot_id, *dry_run),
        What::Stopped { why } => {
            Said::info(format!("stops: {why}"), Fields::default().with("reason", why.as_str()))
        }
        What::ConfigWarning { message } => Said::warn(message.as_str(), Fields::default()),
        What::ConfigReloaded { changed, needs_restart } => config::reloaded(changed, needs_restart),
        What::ConfigRejected { faults } => config::rejected(faults),
        What::RunOutcome { decision, dry_run, reboot_required } => {
            pass::outcome(decision, *dry_run, *reboot_required)
        }
        What::Trouble { error, .. } => {
            Said::warn(error.as_str(), Fields::default().with("error", error.as_str()))
        }
        What::StoreCall { .. } => return None,
        What::StaleReads { endpoint, version, mended_by } => {
            store::stale_reads(endpoint, version, *mended_by)
        }
        What::EtcdFiles { message, renewed } => store::files(message, *renewed),

        What::DetectorsEvaluated { stage, detectors, took } => gates::detectors(*stage, detectors, *took),
        What::HealthCheck { phase, verdict, stdout, stderr, took } => {
            gates::health(phase, verdict, stdout, stderr, *took)
        }
        What::KillSwitch { stage, active } => gates::kill_switch(*stage, active.as_ref()),
        What::MaintenanceWindow { stage, state } => gates::window(*stage, state),

        What::LockAttempt { attempt } => lock::attempt(*attempt),
        What::LockBackoff { attempt, wait, reason } => lock::backoff(*attempt, *wait, reason),
        What::LockAcquired { attempt, lease_id, waited } => lock::acquired(*attempt, lease_id, *waited),
        What::LockFailed { attempt, error, waited } => lock::failed(*attempt, error, *waited),
        What::LockReleased { lease_id, reason, acknowledged, took } => {
            lock::released(lease_id.as_deref(), reason, *acknowledged, *took)
        }
        What::LockLost { error } => lock::lost(error),

        What::CooldownStatus { stage, cooldown } => fleet::cooldown(*stage, cooldown.as_ref()),
        What::CooldownStarted { duration, result } => fleet::cooldown_started(*duration, result),
        What::CooldownCleared => Said::info("the cooldown is over", Fields::default()),
        What::ClusterHealthStatus { stage, facts, against } => fleet::status(*stage, facts, against),
        What::ClusterHealthUpdate { healthy, stage, reason, result } => {
            fleet::update(*healthy, stage, reason, result)
        }
        What::ClusterPeerStatus { peer, state } => fleet::peer(peer, state.as_ref()),
        What::RebootOverdue { peer, since, deadline } => fleet::overdue(peer, *since, *deadline),
        What::RebootOverdueEnded { peer, deadline, late } => fleet::overdue_ended(peer, *deadline, *late),
        What::PresenceJoined { lease_id } => {
            Said::info("the fleet sees this node", Fields::default().with("lease_id", lease_id.as_str()))
        }
        What::PresenceLost { reason } => {
            Said::warn(reason.to_string(), Fields::default().with("reason", reason.code()))
        }

        What::StoreRegressed { reason } => Said::error(
            format!(
                "etcd has gone backwards, and no node reboots until `clusterrebootd accept-store`: {reason}"
            ),
            Fields::default().with("reason", reason.as_str()),
        ),
        What::StoreAccepted { reason } => Said::warn(
            format!("an operator has confirmed that etcd has gone backwards: {reason}"),
            Fields::default().with("reason", reason.as_str()),
        ),

        What::Paused { pause } => fleet::paused(pause),
        What::Resumed { pause } => fleet::resumed(pause),

        What::RebootCommitted { deadline } => reboot::committed(*deadline),
        What::RebootCommandStarted { command, run } => reboot::command_started(command, *run),
        What::RebootCommandEnded { end, run, took } => reboot::command_ended(end, *run, *took),
        What::ClaimPhase { phase, reason } => reboot::claim(*phase, reason),
        What::RebootAborted { reason } => {
            Said::warn(format!("no reboot: {reason}"), Fields::default().with("reason", reason.as_str()))
        }
        What::RebootVerified { out_for } => reboot::verified(*out_for),

        What::HookStarted { phase, hook } => hooks::started(*phase, hook),
        What::HookEnded { phase, hook, end, on_failure, stdout, stderr, took } => {
            hooks::ended(*phase, hook, end, *on_failure, [stdout, stderr], *took)
        }
        What::EventsDropped { events } => hooks::dropped(*events),
    })
}

#[cfg(test)]
mod tests;
