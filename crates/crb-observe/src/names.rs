//! The stable names of events and of the parts of the daemon that they come from.

use crate::event::What;

/// The names of the events that are logged, in the order of the alphabet.
pub const EVENTS: &[&str] = &[
    "claim",
    "cluster_health_status",
    "cluster_health_update",
    "cluster_peer_status",
    "config_rejected",
    "config_reloaded",
    "config_warning",
    "cooldown_cleared",
    "cooldown_started",
    "cooldown_status",
    "detectors_evaluated",
    "etcd_files",
    "events_dropped",
    "health_check",
    "hook",
    "kill_switch",
    "lock_acquired",
    "lock_attempt",
    "lock_backoff",
    "lock_failed",
    "lock_lost",
    "lock_released",
    "maintenance_window",
    "paused",
    "presence_joined",
    "presence_lost",
    "reboot_aborted",
    "reboot_command",
    "reboot_committed",
    "reboot_overdue",
    "reboot_overdue_ended",
    "reboot_verified",
    "resumed",
    "run_outcome",
    "stale_reads",
    "started",
    "stopped",
    "store_accepted",
    "store_regressed",
    "trouble",
];

impl What {
    /// The name of the log event.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Started { .. } => "started",
            Self::Stopped { .. } => "stopped",
            Self::ConfigWarning { .. } => "config_warning",
            Self::ConfigReloaded { .. } => "config_reloaded",
            Self::ConfigRejected { .. } => "config_rejected",
            Self::RunOutcome { .. } => "run_outcome",
            Self::DetectorsEvaluated { .. } => "detectors_evaluated",
            Self::HealthCheck { .. } => "health_check",
            Self::KillSwitch { .. } => "kill_switch",
            Self::MaintenanceWindow { .. } => "maintenance_window",
            Self::LockAttempt { .. } => "lock_attempt",
            Self::LockBackoff { .. } => "lock_backoff",
            Self::LockAcquired { .. } => "lock_acquired",
            Self::LockFailed { .. } => "lock_failed",
            Self::LockReleased { .. } => "lock_released",
            Self::LockLost { .. } => "lock_lost",
            Self::CooldownStatus { .. } => "cooldown_status",
            Self::CooldownStarted { .. } => "cooldown_started",
            Self::CooldownCleared => "cooldown_cleared",
            Self::ClusterHealthStatus { .. } => "cluster_health_status",
            Self::ClusterHealthUpdate { .. } => "cluster_health_update",
            Self::ClusterPeerStatus { .. } => "cluster_peer_status",
            Self::PresenceJoined { .. } => "presence_joined",
            Self::PresenceLost { .. } => "presence_lost",
            Self::StoreRegressed { .. } => "store_regressed",
            Self::StoreAccepted { .. } => "store_accepted",
            Self::Paused { .. } => "paused",
            Self::Resumed { .. } => "resumed",
            Self::RebootCommitted { .. } => "reboot_committed",
            Self::RebootCommandStarted { .. } | Self::RebootCommandEnded { .. } => "reboot_command",
            Self::ClaimPhase { .. } => "claim",
            Self::RebootAborted { .. } => "reboot_aborted",
            Self::RebootVerified { .. } => "reboot_verified",
            Self::RebootOverdue { .. } => "reboot_overdue",
            Self::RebootOverdueEnded { .. } => "reboot_overdue_ended",
            Self::HookStarted { .. } | Self::HookEnded { .. } => "hook",
            Self::EventsDropped { .. } => "events_dropped",
            Self::StoreCall { .. } => "store_call",
            Self::StaleReads { .. } => "stale_reads",
            Self::EtcdFiles { .. } => "etcd_files",
            Self::Trouble { .. } => "trouble",
        }
    }

    /// The part of the daemon that it comes from.
    pub const fn component(&self) -> &'static str {
        match self {
            Self::Started { .. } | Self::Stopped { .. } => "daemon",
            Self::ConfigWarning { .. } | Self::ConfigReloaded { .. } | Self::ConfigRejected { .. } => {
                "config"
            }
            Self::RunOutcome { .. } => "pass",
            Self::DetectorsEvaluated { .. } => "detectors",
            Self::HealthCheck { .. } => "health",
            Self::KillSwitch { .. } => "kill_switch",
            Self::MaintenanceWindow { .. } => "windows",
            Self::LockAttempt { .. }
            | Self::LockBackoff { .. }
            | Self::LockAcquired { .. }
            | Self::LockFailed { .. }
            | Self::LockReleased { .. }
            | Self::LockLost { .. } => "lock",
            Self::CooldownStatus { .. } | Self::CooldownStarted { .. } | Self::CooldownCleared => "cooldown",
            Self::ClusterHealthStatus { .. }
            | Self::ClusterHealthUpdate { .. }
            | Self::ClusterPeerStatus { .. }
            | Self::Paused { .. }
            | Self::Resumed { .. }
            | Self::RebootOverdue { .. }
            | Self::RebootOverdueEnded { .. } => "fleet",
            Self::PresenceJoined { .. } | Self::PresenceLost { .. } => "presence",
            Self::RebootCommitted { .. }
            | Self::RebootCommandStarted { .. }
            | Self::RebootCommandEnded { .. }
            | Self::ClaimPhase { .. }
            | Self::RebootAborted { .. }
            | Self::RebootVerified { .. } => "reboot",
            Self::HookStarted { .. } | Self::HookEnded { .. } | Self::EventsDropped { .. } => "hooks",
            Self::StoreRegressed { .. }
            | Self::StoreAccepted { .. }
            | Self::StoreCall { .. }
            | Self::StaleReads { .. }
            | Self::EtcdFiles { .. } => "store",
            Self::Trouble { component, .. } => component,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{record, samples};

    #[test]
    fn the_list_of_names_is_that_of_what_is_logged() {
        let logged = samples::every_kind().into_iter().map(samples::event).filter_map(|event| record(&event));
        let logged: BTreeSet<&str> = logged.map(|record| record.event).collect();
        assert!(EVENTS.iter().copied().eq(logged.iter().copied()), "{EVENTS:?} and {logged:?}");
    }
}
