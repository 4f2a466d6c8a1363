//! What happens, as plain data. Logs, metrics and the live view are projections of these.

use std::sync::Arc;
use std::time::Duration;

use crb_decide::{
    ClaimPhase, CommandEnd, Cooldown, Decision, DetectorVerdict, FleetFacts, HookEnd, HookPhase, NodeName,
    OnFailure, Pause, PeerState, Reason, ScriptVerdict, Stage, WindowState,
};
use jiff::Timestamp;

/// Something that happened on a node.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When, by the node's wall clock.
    pub at: Timestamp,
    /// On which node.
    pub node: NodeName,
    /// What.
    pub what: What,
}

/// What one detector said, and what it cost.
#[derive(Debug, Clone, PartialEq)]
pub struct DetectorReport {
    /// The detector's name.
    pub name: String,
    /// What it said.
    pub verdict: DetectorVerdict,
    /// The exit code, for a command that ended with one.
    pub exit_code: Option<i32>,
    /// What it printed, both streams, cut.
    pub output: String,
    /// How long it took.
    pub took: Duration,
}

/// What is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFault {
    /// The file, the line and the column, both from 1; `None`: it is about a file as a whole.
    pub place: Option<(String, usize, usize)>,
    /// The stable code, such as `config::lock_ttl_too_short`.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

/// What happened. The name of the log event is that of the variant in snake case, unless said otherwise.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// The daemon began its work.
    Started {
        /// The version of the program.
        version: String,
        /// The boot it runs in.
        boot_id: String,
        /// Whether it only pretends.
        dry_run: bool,
    },
    /// The daemon ends.
    Stopped {
        /// Why, such as `SIGTERM`.
        why: String,
    },
    /// A warning about the configuration.
    ConfigWarning {
        /// What is odd, and what to do.
        message: String,
    },
    /// The configuration was loaded again, and is in force as far as it may be without a restart.
    ConfigReloaded {
        /// The keys that have another value now.
        changed: Vec<&'static str>,
        /// The keys whose other value counts only after a restart.
        needs_restart: Vec<&'static str>,
    },
    /// The configuration was loaded again and refused: what was in force before still is, and all of it.
    ConfigRejected {
        /// What is wrong with it, in the order of its files.
        faults: Vec<ConfigFault>,
    },
    /// A pass ended (`run_outcome`).
    RunOutcome {
        /// How, and why.
        decision: Decision,
        /// Whether the daemon only pretends.
        dry_run: bool,
        /// Whether a detector asks for a reboot; `None`: not looked at, or not known.
        reboot_required: Option<bool>,
    },
    /// The detectors were asked.
    DetectorsEvaluated {
        /// When in the pass.
        stage: Stage,
        /// Every detector.
        detectors: Vec<DetectorReport>,
        /// How long all of them took.
        took: Duration,
    },
    /// The health script was run.
    HealthCheck {
        /// The phase that the script was told (`RC_PHASE`).
        phase: &'static str,
        /// What it said.
        verdict: ScriptVerdict,
        /// What it printed on standard output, cut.
        stdout: String,
        /// What it printed on standard error, cut.
        stderr: String,
        /// How long it took.
        took: Duration,
    },
    /// The kill switch was looked at.
    KillSwitch {
        /// When in the pass.
        stage: Stage,
        /// What was seen: `None` when it is off.
        active: Option<Reason>,
    },
    /// The maintenance windows were looked at.
    MaintenanceWindow {
        /// When in the pass.
        stage: Stage,
        /// What was seen.
        state: WindowState,
    },
    /// The node asked for a place in the queue.
    LockAttempt {
        /// Which attempt since the last success, from 1.
        attempt: u32,
    },
    /// The node waits before it tries again.
    LockBackoff {
        /// Which attempt it was.
        attempt: u32,
        /// How long at most.
        wait: Duration,
        /// What it waits for.
        reason: Reason,
    },
    /// The node is within the slots.
    LockAcquired {
        /// Which attempt it was.
        attempt: u32,
        /// The lease of the queue key, in hexadecimal.
        lease_id: String,
        /// From the first attempt on.
        waited: Duration,
    },
    /// The place in the queue could not be had or kept.
    LockFailed {
        /// Which attempt it was.
        attempt: u32,
        /// Why.
        error: String,
        /// From the first attempt on.
        waited: Duration,
    },
    /// The node gave its place in the queue, or its claim, back.
    LockReleased {
        /// The lease the place had, if it had one.
        lease_id: Option<String>,
        /// Why.
        reason: String,
        /// Whether the store acknowledged it; if not, the lease ends it.
        acknowledged: bool,
        /// How long giving it back took.
        took: Duration,
    },
    /// The lease of the place ended while the node waited.
    LockLost {
        /// What was seen.
        error: String,
    },
    /// Whether a cooldown is active was looked at.
    CooldownStatus {
        /// When in the pass.
        stage: Stage,
        /// The cooldown, if there is one.
        cooldown: Option<Cooldown>,
    },
    /// This node's reboot began a cooldown.
    CooldownStarted {
        /// How long.
        duration: Duration,
        /// Whether it is in the store.
        result: Result<(), String>,
    },
    /// A cooldown that held this node back is over.
    CooldownCleared,
    /// The fleet was looked at.
    ClusterHealthStatus {
        /// When in the pass.
        stage: Stage,
        /// What was seen.
        facts: Box<FleetFacts>,
        /// What speaks against the reboot, of policy and peers.
        against: Vec<Reason>,
    },
    /// This node's health record was put, because it changed.
    ClusterHealthUpdate {
        /// What the record says.
        healthy: bool,
        /// Where it was found, such as `heartbeat`.
        stage: String,
        /// Its words.
        reason: String,
        /// Whether it is in the store.
        result: Result<(), String>,
    },
    /// A peer changed its state.
    ClusterPeerStatus {
        /// The peer.
        peer: NodeName,
        /// How it is now; `None`: no longer on the roster.
        state: Option<PeerState>,
    },
    /// The node joined the fleet, or joined it again.
    PresenceJoined {
        /// The presence lease, in hexadecimal.
        lease_id: String,
    },
    /// The fleet no longer sees the node, or does not let it join.
    PresenceLost {
        /// Why.
        reason: Reason,
    },
    /// The store has gone backwards, or is another one, and this node holds the fleet.
    StoreRegressed {
        /// What the node remembers, and what it found.
        reason: String,
    },
    /// An operator has confirmed that the store has gone backwards, and this node goes on with it.
    StoreAccepted {
        /// What the node remembered, and what it had found.
        reason: String,
    },
    /// An operator has paused the fleet, or put another pause in the place of one: told once, and once more by a
    /// daemon that starts later.
    Paused {
        /// By whom, why, and until when.
        pause: Pause,
    },
    /// A pause that was told has ended: by itself, or by an operator.
    Resumed {
        /// The pause that there was.
        pause: Pause,
    },
    /// The claim is in the store.
    RebootCommitted {
        /// When peers will call this node overdue.
        deadline: Timestamp,
    },
    /// The reboot command starts.
    RebootCommandStarted {
        /// The command with its arguments.
        command: Vec<String>,
        /// Which run under this claim, from 1.
        run: u32,
    },
    /// The reboot command ended and the machine is still up (`reboot_command`).
    RebootCommandEnded {
        /// How it ended.
        end: CommandEnd,
        /// Which run under this claim, from 1.
        run: u32,
        /// How long it took.
        took: Duration,
    },
    /// A claim of this node was found at start, or moved on.
    ClaimPhase {
        /// Where it is now.
        phase: ClaimPhase,
        /// Why.
        reason: String,
    },
    /// The node gave its claim back without a reboot.
    RebootAborted {
        /// Why.
        reason: String,
    },
    /// The node is back, booted anew and healthy; the slot is free.
    RebootVerified {
        /// From commit to release.
        out_for: Duration,
    },
    /// A node, which may be this one, is still out after its deadline: told once a claim, and once more by a
    /// daemon that starts later. Both clocks may be wrong, so nothing is decided by it.
    RebootOverdue {
        /// Which node.
        peer: NodeName,
        /// Since when it is out, if its claim tells.
        since: Option<Timestamp>,
        /// By when it was to be back, by its own clock.
        deadline: Timestamp,
    },
    /// A node that was overdue is no longer out: it is back, or an operator took its claim away.
    RebootOverdueEnded {
        /// Which node.
        peer: NodeName,
        /// By when it was to be back, by its own clock.
        deadline: Timestamp,
        /// How long after that, by this node's clock.
        late: Duration,
    },
    /// A hook starts (`hook`).
    HookStarted {
        /// When in the course of a reboot.
        phase: HookPhase,
        /// Its name.
        hook: String,
    },
    /// A hook ended (`hook`).
    HookEnded {
        /// When in the course of a reboot, or for an event.
        phase: HookPhase,
        /// Its name.
        hook: String,
        /// How it ended.
        end: HookEnd,
        /// What follows when it failed.
        on_failure: OnFailure,
        /// What it printed on standard output, cut.
        stdout: String,
        /// What it printed on standard error, cut.
        stderr: String,
        /// How long it took.
        took: Duration,
    },
    /// Events came faster than the hook for events runs, and were not handed to it.
    EventsDropped {
        /// How many since this was last told.
        events: u64,
    },
    /// A call to the store ended. Counted, and not logged.
    StoreCall {
        /// The operation: `txn`, `range`, `lease_grant`, `lease_keep_alive`, `lease_revoke`, `watch`.
        operation: &'static str,
        /// `ok`, or the kind of error.
        result: &'static str,
        /// How long it took.
        took: Duration,
    },
    /// A member of etcd may serve stale reads, or it is not known of its version whether it does (`stale_reads`).
    StaleReads {
        /// Its endpoint.
        endpoint: String,
        /// Its version, as it tells it.
        version: String,
        /// The release that mends it; `None`: the version tells nothing.
        mended_by: Option<&'static str>,
    },
    /// The files that secure the way to etcd have changed (`etcd_files`).
    EtcdFiles {
        /// What changed, or why it cannot be used.
        message: String,
        /// Whether what stands there now is used; otherwise what was read before is.
        renewed: bool,
    },
    /// Something could not be done; it is tried again.
    Trouble {
        /// Which part, such as `presence`.
        component: &'static str,
        /// What.
        error: String,
    },
}

/// Takes events. Sinks are cheap and never block: what is slow queues behind them.
pub trait Sink: Send + Sync {
    /// Takes one event.
    fn take(&self, event: &Event);
}

impl<S: Sink + ?Sized> Sink for Arc<S> {
    fn take(&self, event: &Event) {
        (**self).take(event);
    }
}
