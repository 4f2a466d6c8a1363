//! The daemon: present, beating, one pass after the other, and an orderly end.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crb_decide::{Decision, ExitCode, Goal, LockUse, Pass};
use crb_lock::{Attended, Claim, Ending};
use crb_observe::What;
use tokio::time::{Instant, timeout};

use crate::fleet_watch::FleetWatch;
use crate::heartbeat::{self, beat};
use crate::node::Node;
use crate::overdue::tell_overdue;
use crate::pass_run::{PassEnd, PassRun, Queueing};
use crate::presence::{self, keep_present};
use crate::probe::Manner;
use crate::publish::publish_settings;
use crate::pulse::Pulse;
use crate::reboot_note::RebootNote;
use crate::setup::Setup;
use crate::signs::follow_signs;
use crate::store_watch::watch_over_store;
use crate::turn::Turn;
use crate::wait::Waiter;
use crate::watchdog::{self, Watchdog};

/// How long an orderly end may take to give back what the node holds. What it cannot give back in time ends
/// with its lease, or is found at the next start.
const FAREWELL: Duration = Duration::from_secs(5);

/// How long the first pass waits for the fleet, so that a claim is found before anything is asked.
const FIRST_JOIN: Duration = Duration::from_secs(3);

/// What the node holds of the lock, for the orderly end to give back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Holding {
    /// Nothing, or a place in the queue, which the turn knows of.
    #[default]
    NoClaim,
    /// A claim under which nothing has run.
    Committed(Box<Claim>),
    /// A claim under which the command may have run, or a node that is not proven back: not to be given back.
    Out,
}

/// One node at work.
pub struct Daemon {
    node: Node,
    work: Work,
    watchdog: Option<Arc<dyn Watchdog>>,
}

/// What the daemon remembers from pass to pass.
pub(crate) struct Work {
    pub(crate) turn: Turn,
    pub(crate) fleet: FleetWatch,
    pub(crate) holding: Holding,
    /// Under which presence, and in which epoch of the store, claims of this node were looked for.
    pub(crate) recovered: Option<Attended>,
    /// Whether what earlier daemons left behind is known. From then on this one knows what it did itself.
    pub(crate) looked_back: bool,
    /// Whether `pre_reboot` hooks began whose effect `post_reboot` hooks have not yet undone.
    pub(crate) owes_hooks: bool,
    /// What is noted of the reboot under way.
    pub(crate) note: Option<RebootNote>,
    pub(crate) last: Option<Decision>,
}

/// How a daemon ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Stopped {
    /// What the last pass came to, or what kept the node from being proven back; `None`: neither was.
    pub last: Option<Decision>,
}

impl Stopped {
    /// The exit code: a daemon that is ended while something blocks says what.
    pub fn exit_code(&self) -> ExitCode {
        match self.last.as_ref().map(|decision| ExitCode::from(decision.outcome())) {
            Some(code) => code,
            None => ExitCode::Success,
        }
    }
}

impl Daemon {
    /// A daemon for `node`.
    pub fn new(node: Node) -> Self {
        let work = Work {
            turn: Turn::default(),
            fleet: FleetWatch::default(),
            holding: Holding::default(),
            recovered: None,
            looked_back: false,
            owes_hooks: false,
            note: None,
            last: None,
        };
        Self { node, work, watchdog: None }
    }

    /// With a watchdog, which is told from the loop itself that the daemon is at work.
    #[must_use]
    pub fn watched_by(self, watchdog: Option<Arc<dyn Watchdog>>) -> Self {
        Self { watchdog, ..self }
    }

    /// Works until `shutdown` comes, which says why; then gives back what may be given back.
    ///
    /// Dropping the future is what a crash is: nothing is given back.
    pub async fn run(mut self, shutdown: impl Future<Output = String>) -> Stopped {
        let identity = self.node.coordinator.identity();
        self.node.emit(What::Started {
            version: identity.version.clone(),
            boot_id: identity.boot_id.to_string(),
            dry_run: self.node.setup().plan.dry_run,
        });
        // The other loops wait for news, of which there may be none for as long as one likes.
        let passes = Pulse::of("passes", Work::longest_rest);
        let heartbeat = Pulse::of("heartbeat", heartbeat::longest_rest);
        let presence = Pulse::of("presence", presence::longest_rest);
        let loops = [&passes, &heartbeat, &presence];
        // Until claims of an earlier life have been looked for, nobody may call this node healthy.
        self.node.coordinator.own_health().hold().await;
        let why = tokio::select! {
            biased;
            why = shutdown => why,
            never = presence.follow(keep_present(&self.node)) => match never {},
            never = publish_settings(&self.node) => match never {},
            never = watch_over_store(&self.node) => match never {},
            never = heartbeat.follow(beat(&self.node)) => match never {},
            never = follow_signs(&self.node) => match never {},
            never = tell_overdue(&self.node) => match never {},
            never = passes.follow(self.work.passes(&self.node)) => match never {},
            // Behind the loops: when this has its turn, they have had theirs.
            never = watchdog::tell(&self.node, self.watchdog.as_deref(), &loops) => match never {},
        };
        let gives_back = self.work.may_give_back(&self.node).await;
        if timeout(FAREWELL, self.work.give_back(&self.node, gives_back)).await.is_err() {
            self.node.trouble("shutdown", &"what this node holds could not be given back in time");
        }
        self.node.emit(What::Stopped { why });
        Stopped { last: self.work.last }
    }
}

impl Work {
    async fn passes(&mut self, node: &Node) -> Infallible {
        let mut waiter = Waiter::new(node);
        let mut joined = node.coordinator.follow_presence();
        // Whether it has joined by then or not, the pass says so.
        timeout(FIRST_JOIN, joined.wait_for(Option::is_some)).await.ok();
        loop {
            waiter.begin();
            self.recover(node).await;
            let (began, pause) = (Instant::now(), node.pause());
            let end = self.pass(node).await;
            self.last = Some(end.decision.clone());
            if let Some(decided) = end.claim {
                self.turn.end();
                self.carry_out(node, decided).await;
            } else if !end.decision.keeps_place() {
                self.leave(node, end.decision.first_reason().code()).await;
            }
            waiter.wait(node, &mut self.turn, &end.decision, began, pause.as_ref()).await;
        }
    }

    /// How long a pass, or what follows it, rests at most.
    fn longest_rest(node: &Node) -> Duration {
        let plan = &node.setup().plan;
        let spread = plan.check_interval.max(plan.health_interval);
        Node::jittered_at_most(spread).max(plan.backoff_max)
    }

    async fn pass(&mut self, node: &Node) -> PassEnd {
        let plan_of = |setup: &Setup| {
            let goal = if setup.plan.dry_run { Goal::Diagnose } else { Goal::Reboot };
            node.pass_plan(setup, goal, LockUse::Queue, false)
        };
        let manner =
            Manner { publishes: true, uses_lock: true, skips_health: false, attempts: self.turn.attempts };
        let queueing = if self.recovered.is_some() { Queueing::Present } else { Queueing::Recovering };
        let run = PassRun::new(node, &mut self.turn, &mut self.fleet, queueing, manner);
        let end = run.drive(Pass::new, plan_of).await;
        node.emit(What::RunOutcome {
            decision: end.decision.clone(),
            dry_run: end.dry_run,
            reboot_required: node.reboot_required(),
        });
        end
    }

    /// Leaves the queue, if the node is in it.
    pub(crate) async fn leave(&mut self, node: &Node, reason: &str) {
        let Some(place) = self.turn.end() else { return };
        let asked = Instant::now();
        let left = node.coordinator.leave(&place).await;
        node.emit(What::LockReleased {
            lease_id: Some(place.lease.id().to_string()),
            reason: reason.to_owned(),
            acknowledged: left.is_ok(),
            took: asked.elapsed(),
        });
        match left {
            Ok(Some(claim)) => {
                self.holding = Holding::Committed(Box::new(claim.clone()));
                self.abort(node, &claim, "a commit was applied after the node had left").await;
            }
            Ok(None) => {}
            Err(error) => {
                node.trouble("queue", &error);
                // The lease ends the place, unless a commit made a claim of it: look again.
                self.recovered = None;
            }
        }
    }

    /// The orderly end: leaves the queue, and returns a claim under which nothing has run.
    async fn give_back(&mut self, node: &Node, claim_too: bool) {
        self.leave(node, "shutdown").await;
        match std::mem::take(&mut self.holding) {
            Holding::Committed(claim) if claim_too => {
                self.abort(node, &claim, "the daemon was stopped before the reboot command").await;
                self.forget_note(node).await;
            }
            Holding::NoClaim if self.note.is_some() && !self.owes_hooks => self.forget_note(node).await,
            Holding::NoClaim | Holding::Committed(_) | Holding::Out => {}
        }
    }

    /// Gives a claim back under which nothing has run, however long the store is away.
    pub(crate) async fn abort(&mut self, node: &Node, claim: &Claim, reason: &str) {
        self.finish(node, claim, Ending::Aborted, reason).await;
        self.holding = Holding::NoClaim;
        node.emit(What::RebootAborted { reason: reason.to_owned() });
    }
}
