//! From the picture to the fleet: how every node is, by the rules of the view.

use std::collections::{BTreeMap, BTreeSet};

use crb_decide::{ClaimPhase, NodeName, PeerState};
use crb_health::{AliveRecord, HealthRecord, RosterFacts};
use crb_store::Revision;
use jiff::Timestamp;

use super::{Fleet, FleetNode, NodeState, Picture, Program, disagreement};
use crate::guard::OutNode;
use crate::queue::QueueKey;
use crate::view;

/// The queue, sorted by what its keys mean.
struct Lanes<'a> {
    /// The oldest claim of every node that is out.
    claims: BTreeMap<NodeName, &'a QueueKey>,
    /// The place of every node that waits, from 1 on. Of several places of a node only the newest can become a claim.
    waiting: BTreeMap<NodeName, (usize, &'a QueueKey)>,
}

impl<'a> Lanes<'a> {
    /// `queue` from its head on.
    fn of(queue: &[&'a QueueKey]) -> Self {
        let mut claims = BTreeMap::new();
        let mut newest = BTreeMap::new();
        for key in queue.iter().copied() {
            if key.lease.is_none() {
                claims.entry(key.node()).or_insert(key);
            } else {
                newest.insert(key.node(), key);
            }
        }
        newest.retain(|node, _| !claims.contains_key(node));
        let mut waiting: Vec<(NodeName, &QueueKey)> = newest.into_iter().collect();
        waiting.sort_by_key(|(_, key)| key.created);
        let waiting = waiting.into_iter().zip(1..).map(|((node, key), place)| (node, (place, key))).collect();
        Self { claims, waiting }
    }
}

impl Picture {
    /// The fleet as it is at `now`, which tells who is overdue, and how old the report of a Go peer is.
    pub fn fleet(&self, now: Timestamp) -> Fleet {
        let mut queue: Vec<&QueueKey> = self.queue.values().collect();
        queue.sort_by_key(|key| key.created);
        let lanes = Lanes::of(&queue);
        let present: BTreeSet<NodeName> = self.present.keys().cloned().collect();
        let out: BTreeSet<NodeName> = lanes.claims.keys().cloned().collect();
        let roster = RosterFacts {
            me: None,
            reports: &self.reports,
            present: &present,
            out: &out,
            queued_at: Revision::NEVER,
            go_interval: self.go_interval,
            now,
        };
        let mut states: BTreeMap<NodeName, Option<PeerState>> =
            roster.peers().into_iter().map(|(node, state)| (node, Some(state))).collect();
        for node in lanes.waiting.keys() {
            states.entry(node.clone()).or_insert(None);
        }
        let row = |(node, state)| self.row(node, state, &lanes, now);
        Fleet {
            revision: self.revision,
            nodes: states.into_iter().map(row).collect(),
            slots: view::slots(queue.iter().copied(), &self.reports, &self.present).unwrap_or(1).max(1),
            taken: queue.iter().filter(|key| key.lease.is_none()).count(),
            pause: self.pause.clone(),
            cooldown: self.cooldown.clone(),
            holds: self.holds.values().cloned().collect(),
            disagreements: disagreement::among(&self.present),
        }
    }

    /// A node that is on the roster, present or out and so has a state, or is in the queue alone.
    fn row(&self, node: NodeName, peer: Option<PeerState>, lanes: &Lanes<'_>, now: Timestamp) -> FleetNode {
        let claim = lanes.claims.get(&node).copied();
        let place = lanes.waiting.get(&node).copied();
        let report = self.reports.get(&node).and_then(|(record, _)| record.as_ref());
        let alive = self.present.get(&node).and_then(Option::as_ref);
        let out = claim.map(OutNode::from);
        let phase = claim.and_then(|key| key.record.as_ref()).map(|record| record.phase);
        let last_report = report.map(|record| record.reported_at);
        // A Go peer reports at intervals: its last report says that it was there, and not since when it is so.
        let by_go = report.is_some_and(HealthRecord::is_by_go_daemon) && alive.is_none();
        let (how, since, said) = match peer {
            Some(PeerState::Rebooting) => {
                (out_state(out.as_ref(), phase, now), out.as_ref().and_then(|out| out.since), None)
            }
            Some(PeerState::Unhealthy { stage, reason }) => {
                (NodeState::Unhealthy, last_report.filter(|_| !by_go), Some((stage, reason)))
            }
            Some(PeerState::Silent { .. }) => {
                let seen = self.gone.get(&node).copied();
                (NodeState::Silent, seen.or(last_report.filter(|_| by_go)), None)
            }
            Some(PeerState::Healthy) | None => match place {
                Some((_, key)) => {
                    (NodeState::Waiting, key.record.as_ref().map(|record| record.acquired_at), None)
                }
                None => (NodeState::Healthy, None, None),
            },
        };
        let (stage, reason) = said.unzip();
        let asks = place.and_then(|(_, key)| key.record.as_ref()).map(|_| true);
        FleetNode {
            state: how,
            since,
            last_report,
            stage,
            reason,
            phase,
            deadline: out.and_then(|out| out.deadline),
            place: place.map(|(place, _)| place),
            // Nobody queues who does not ask for a reboot.
            reboot_needed: alive.map(|record| record.reboot_required).or(asks),
            program: program(report, alive, claim.or(place.map(|(_, key)| key))),
            slots: alive.map(|record| record.slots),
            last_reboot: self.reboots.get(&node).copied(),
            node,
        }
    }
}

fn out_state(out: Option<&OutNode>, phase: Option<ClaimPhase>, now: Timestamp) -> NodeState {
    if phase == Some(ClaimPhase::Stuck) {
        // It is overdue as well by then, each time; this says more, and what to do is another thing.
        NodeState::Stuck
    } else if out.is_some_and(|out| out.overdue(now).is_some()) {
        NodeState::Overdue
    } else {
        NodeState::Rebooting
    }
}

fn program(report: Option<&HealthRecord>, alive: Option<&AliveRecord>, queued: Option<&QueueKey>) -> Program {
    match (alive, report, queued.and_then(|key| key.record.as_ref())) {
        (Some(alive), _, _) => Program::Clusterrebootd(Some(alive.version.clone())),
        (None, Some(report), _) if report.is_by_go_daemon() => Program::GoDaemon,
        (None, Some(report), _) => Program::Clusterrebootd(report.version.clone()),
        (None, None, Some(record)) if record.boot_id.is_none() => Program::GoDaemon,
        (None, None, Some(_)) => Program::Clusterrebootd(None),
        (None, None, None) => Program::Unknown,
    }
}
