//! The fleet as it is: its roster, its queue, its history, and what an operator has said.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crb_config::Settings;
use crb_decide::{BootId, ClaimPhase, MachineId, NodeName, PeerState};
use crb_lock::{Coordinator, Identity, LockError, Operator, OperatorError, QueueKey, View};
use crb_observe::Clock;
use crb_sim::plan::{Member, Outset, Turn};
use jiff::Timestamp;

use super::brief::{Brief, Note, Source, names};
use super::lengths::{Length, Lengths, Measured};
use crate::commands::version::VERSION;
use crate::compose::{self, ComposeError};

/// The name of who looks on: no node, and so nobody is left out of its view.
const ONLOOKER: &str = "(plan)";

/// The fleet could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unread {
    /// The way to etcd is not usable.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The fleet is not told.
    #[error("the fleet cannot be read from etcd; `plan --nodes N` does without it")]
    Fleet(#[from] LockError),
    /// The history is not told.
    #[error("the history cannot be read from etcd; `plan --nodes N` does without it")]
    History(#[from] OperatorError),
}

/// What was read.
pub(super) struct Fleet {
    view: View,
    lengths: Lengths,
}

/// What the plan is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    /// Whether every node is to be planned.
    pub(super) all: bool,
    /// How long a reboot takes of which nothing is known.
    pub(super) usual: Duration,
    /// The time at which the fleet was read.
    pub(super) now: Timestamp,
    /// From when on it is planned.
    pub(super) from: Timestamp,
}

/// Reads the fleet of `settings`, and writes nothing.
pub(super) async fn read(settings: &Settings, clock: &Clock, now: Timestamp) -> Result<Fleet, Unread> {
    let (store, keys) = compose::from_outside(settings, clock)?;
    let operator = Operator::new(Arc::clone(&store), keys.clone(), ONLOOKER, None);
    let identity = Identity {
        node: NodeName::try_new(ONLOOKER).expect("it is neither blank nor a path"),
        machine_id: MachineId(ONLOOKER.to_owned()),
        boot_id: BootId(ONLOOKER.to_owned()),
        pid: std::process::id(),
        version: VERSION.to_owned(),
    };
    let coordinator = Coordinator::new(store, keys, identity, compose::terms(settings));
    let view = coordinator.view(None, now).await?;
    let mut measured = Measured::default();
    // What another program has put there is no history.
    operator.each_entry(|entry| entry.record.into_iter().for_each(|record| measured.note(record))).await?;
    Ok(Fleet { view, lengths: Lengths::of(measured) })
}

/// What is known of `fleet`.
pub(super) fn brief(settings: &Settings, fleet: &Fleet, wish: Wish) -> Brief {
    let facts = &fleet.view.facts;
    let line = Line::of(fleet);
    let mut lengths = BTreeMap::new();
    let mut length = |node: &NodeName| {
        let length = fleet.lengths.of_node(node, wish.usual);
        lengths.insert(node.clone(), length);
        length
    };
    let (mut members, mut untold) = (vec![], vec![]);
    for (name, state) in line.order.iter().map(|name| (name, &facts.peers[*name])) {
        let name: NodeName = (*name).clone();
        let waits = line.waits.contains(&name);
        let told = fleet.view.alive.get(&name).map(|alive| alive.reboot_required);
        let turn = if let Some(claim) = line.claims.get(&name) {
            out(claim, length(&name), wish.now)
        } else if waits || wish.all || told == Some(true) {
            Turn::Wanted { reboot: length(&name).time }
        } else {
            if told.is_none() {
                untold.push(name.clone());
            }
            Turn::Unwanted
        };
        members.push(Member { name, state: state.clone(), turn });
    }
    for stranger in &line.strangers {
        let turn = Turn::Out { back: None, overdue: None };
        members.push(Member { name: stranger.clone(), state: PeerState::Rebooting, turn });
    }
    let mut cooling = facts.cooldown.clone();
    let unread = cooling.as_mut().filter(|cooling| cooling.until.is_none());
    let assumed_cooldown = unread.map(|cooling| {
        cooling.until = wish.now.checked_add(settings.min_reboot_interval).ok();
    });
    let outset = Outset {
        from: wish.from,
        members: with_overdue(members, fleet),
        slots: facts.slots,
        policy: settings.policy.clone(),
        windows: settings.windows.clone(),
        cooldown: settings.min_reboot_interval,
        cooling,
        pause: facts.pause.clone(),
        holds: facts.holds.clone(),
    };
    let mut notes = Note::of_settings(settings);
    notes.extend(disagreements(settings, &fleet.view));
    notes.extend(assumed_cooldown.map(|()| {
        Note::new(
            "cooldown_unreadable",
            "the record of the running cooldown cannot be read: it is taken to last for min_reboot_interval_sec",
        )
    }));
    if !untold.is_empty() {
        let message = format!(
            "not planned, for they do not tell whether they need a reboot (`--all` plans them too): {}",
            names(&untold)
        );
        notes.push(Note::new("need_unknown", message));
    }
    if !line.strangers.is_empty() {
        let message = format!(
            "in the queue stands what is no node of the roster, and is taken to stay there: {}",
            names(&line.strangers)
        );
        notes.push(Note::new("strangers_in_queue", message));
    }
    Brief { outset, source: Source::Etcd, lengths, notes }
}

/// The queue, sorted out.
struct Line<'a> {
    /// Every node of the roster: those that wait in their order, and then the others by name.
    order: Vec<&'a NodeName>,
    waits: BTreeSet<NodeName>,
    claims: BTreeMap<NodeName, &'a QueueKey>,
    strangers: Vec<NodeName>,
}

impl<'a> Line<'a> {
    fn of(fleet: &'a Fleet) -> Self {
        let peers = &fleet.view.facts.peers;
        let (mut order, mut waits) = (vec![], BTreeSet::new());
        let (mut claims, mut strangers) = (BTreeMap::new(), vec![]);
        for key in &fleet.view.queue.keys {
            let node = key.node();
            match peers.get_key_value(&node) {
                Some(_) if key.lease.is_none() => {
                    claims.insert(node, key);
                }
                Some((name, _)) => {
                    if waits.insert(node) {
                        order.push(name);
                    }
                }
                None => strangers.push(node),
            }
        }
        let others = peers.keys().filter(|name| !waits.contains(*name));
        order.extend(others);
        Self { order, waits, claims, strangers }
    }
}

/// When a node that is out is back: after as long as usual, or, where it takes longer, by its deadline.
fn out(claim: &QueueKey, length: Length, now: Timestamp) -> Turn {
    let record = claim.record.as_ref().filter(|record| record.phase != ClaimPhase::Stuck);
    let back = record.and_then(|record| {
        let usual = record.since.unwrap_or(now).checked_add(length.time).ok();
        usual.filter(|usual| *usual > now).or_else(|| record.deadline.filter(|deadline| *deadline > now))
    });
    Turn::Out { back, overdue: None }
}

/// Nobody knows when a node is back that is past its deadline.
fn with_overdue(mut members: Vec<Member>, fleet: &Fleet) -> Vec<Member> {
    for late in &fleet.view.facts.overdue {
        for member in members.iter_mut().filter(|member| member.name == late.node) {
            member.turn = Turn::Out { back: None, overdue: Some(late.clone()) };
        }
    }
    members
}

/// Where the nodes and this configuration do not agree.
fn disagreements(settings: &Settings, view: &View) -> Vec<Note> {
    let mut notes = vec![];
    if view.facts.slots < settings.max_concurrent_reboots {
        notes.push(Note::new(
            "fewer_slots",
            format!(
                "max_concurrent_reboots is {} here, and {} for the fleet: the smallest number counts, and 1 while a node \
                 that knows of none is on the roster",
                settings.max_concurrent_reboots, view.facts.slots
            ),
        ));
    }
    let own = compose::digest(&settings.policy);
    let others: Vec<&NodeName> =
        view.alive.iter().filter(|(_, alive)| alive.policy != own).map(|(node, _)| node).collect();
    if !others.is_empty() {
        let message = format!(
            "configured with other cluster_policies than these, by which the plan goes: {}",
            names(others)
        );
        notes.push(Note::new("other_policies", message));
    }
    notes
}
