//! What a fleet asks of its store, in numbers: requests, pairs and bytes, as it joins, at rest, and from one reboot to the
//! next.
//!
//! On a paused clock and the store in memory (`measure`, of the feature `storm`) they are exact, and depend on no machine.
//! [`live`] leads any other fleet through the same phases, such as one on a real etcd.

mod eye;
#[cfg(feature = "storm")]
mod measured;
#[cfg(feature = "storm")]
mod month;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crb_store::{Meter, Traffic};
use tokio::time::{Instant, sleep};

pub use eye::Eye;
#[cfg(feature = "storm")]
pub use measured::measure;
#[cfg(feature = "storm")]
pub use month::{Stock, Weeks, weeks};

use crate::{Fleet, Machine, SimError};

/// The phases of a fleet's life, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// From the start of all daemons at once until everybody has joined, and so long after.
    Join,
    /// Nothing is to be done.
    Rest,
    /// Every node comes to need a reboot, and queues; nobody may go, for one is unwell.
    Queue,
    /// All wait.
    Wait,
    /// The unwell one is well again, until the first to go is back.
    Start,
    /// From then on one goes after the other.
    Roll,
}

/// How long phases last that do not end by themselves.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// After the last one has joined.
    pub join: Duration,
    /// At rest.
    pub rest: Duration,
    /// For everybody to queue: more than the check interval.
    pub queue: Duration,
    /// In the queue.
    pub wait: Duration,
    /// How many reboots the roll-out is followed for.
    pub reboots: usize,
}

/// What a phase came to.
#[derive(Debug, Clone, Default)]
pub struct Course {
    /// How long it took.
    pub took: Duration,
    /// What was asked, by kind: those of [`Meter`].
    pub kinds: BTreeMap<&'static str, Traffic>,
}

impl Course {
    /// Everything that was asked for: all but what watches told.
    pub fn requests(&self) -> Traffic {
        let mut sum = Traffic::default();
        for (_, traffic) in self.kinds.iter().filter(|(kind, _)| **kind != Meter::EVENT) {
            sum += *traffic;
        }
        sum
    }

    /// What was counted of this kind.
    pub fn of(&self, kind: &str) -> Traffic {
        self.kinds.get(kind).copied().unwrap_or_default()
    }
}

/// What a fleet came to.
#[derive(Debug, Clone, Default)]
pub struct Scale {
    /// How many nodes it has.
    pub nodes: usize,
    /// How often the turn was handed on in the roll-out.
    pub hand_overs: usize,
    /// From the release by one node to the arm of the next: each hand-over, in their order.
    pub taken_up_after: Vec<Duration>,
    /// How many nodes were out at once at most.
    pub most_out: usize,
    /// From the start until the last node had joined.
    pub joined: Duration,
    /// What each phase came to.
    pub phases: BTreeMap<Phase, Course>,
}

impl Scale {
    /// A phase by what it came to.
    pub fn phase(&self, phase: Phase) -> Course {
        self.phases.get(&phase).cloned().unwrap_or_default()
    }
}

/// Leads `fleet`, whose events and power `eye` sees and whose lines `meter` counts, through all phases, and tells
/// `ended` of the end of each.
///
/// # Errors
/// When the fleet broke a promise.
pub async fn live(
    fleet: &Fleet,
    eye: &Eye,
    meter: &Meter,
    schedule: &Schedule,
    mut ended: impl FnMut(Phase),
) -> Result<Scale, SimError> {
    let nodes = fleet.machines().len();
    let mut scale = Scale { nodes, ..Scale::default() };
    let mut counter = Counter::new(meter);
    let mut end = |phase, scale: &mut Scale| {
        scale.phases.insert(phase, counter.course());
        ended(phase);
        counter = Counter::new(meter);
    };
    let script = async {
        let Some((unwell, others)) = fleet.machines().split_first() else { return };
        let began = Instant::now();
        // One that needs a reboot and does not go: a fleet that needs nothing would be done.
        unwell.set_kill_switch(true);
        need(others, false);
        eye.sees_joined(nodes).await;
        scale.joined = began.elapsed();
        sleep(schedule.join).await;
        end(Phase::Join, &mut scale);
        sleep(schedule.rest).await;
        end(Phase::Rest, &mut scale);
        unwell.set_healthy(false);
        unwell.set_kill_switch(false);
        // Whoever needed a reboot before the fleet knows of the unwell one would be back before the roll-out.
        eye.sees_unwell(unwell.name()).await;
        need(others, true);
        sleep(schedule.queue).await;
        end(Phase::Queue, &mut scale);
        sleep(schedule.wait).await;
        end(Phase::Wait, &mut scale);
        unwell.set_healthy(true);
        eye.sees_back(1).await;
        end(Phase::Start, &mut scale);
        // The one that was unwell comes in its own time, and last.
        let reboots = schedule.reboots.min(nodes - 1);
        eye.sees_back(reboots).await;
    };
    // A fleet that is done ends by itself.
    let summary = fleet.run(script).await?;
    end(Phase::Roll, &mut scale);
    scale.hand_overs = eye.back().saturating_sub(1);
    scale.taken_up_after = eye.taken_up_after();
    scale.most_out = summary.most_out_at_once;
    Ok(scale)
}

fn need(machines: &[Arc<Machine>], reboot: bool) {
    for machine in machines {
        machine.set_needs_reboot(reboot);
    }
}

/// Tells one phase from the next.
struct Counter<'a> {
    meter: &'a Meter,
    began: Instant,
    before: BTreeMap<&'static str, Traffic>,
}

impl<'a> Counter<'a> {
    fn new(meter: &'a Meter) -> Self {
        Self { meter, began: Instant::now(), before: meter.kinds() }
    }

    /// What was counted since it began.
    fn course(&self) -> Course {
        let before = |kind: &str| self.before.get(kind).copied().unwrap_or_default();
        let kinds = self.meter.kinds().into_iter().map(|(kind, now)| (kind, now - before(kind))).collect();
        Course { took: self.began.elapsed(), kinds }
    }
}
