//! The stable names of events and of the parts of the daemon that they come from.

use crate::event::What;

impl What {
    /// The name of the log event.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Started { .. } => "started",
            Self::Stopped { .. } => "stopped",
            Self::ConfigWarning { .. } => "config_warning",
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
            Self::StoreCall { .. } => "store_call",
            Self::StaleReads { .. } => "stale_reads",
            Self::Trouble { .. } => "trouble",
        }
    }

    /// The part of the daemon that it comes from.
    pub const fn component(&self) -> &'static str {
        match self {
            Self::Started { .. } | Self::Stopped { .. } => "daemon",
            Self::ConfigWarning { .. } => "config",
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
            Self::StoreRegressed { .. }
            | Self::StoreAccepted { .. }
            | Self::StoreCall { .. }
            | Self::StaleReads { .. } => "store",
            Self::Trouble { component, .. } => component,
        }
    }
}
