//! The view: everything the decision rests on, at one revision.

use std::collections::{BTreeMap, BTreeSet};

use crb_decide::{Cooldown, FleetFacts, NodeName, Pause};
use crb_health::{AliveRecord, HealthRecord, Report, RosterFacts};
use crb_store::{KeyRange, KeyValue, Revision, Snapshot, snapshot};
use jiff::{SignedDuration, Timestamp};

use crate::coordinator::Coordinator;
use crate::dates::Dates;
use crate::error::LockError;
use crate::guard::{Guard, overdue};
use crate::keys::Keys;
use crate::queue::{Place, Queue, QueueKey};
use crate::records::{CooldownRecord, PauseRecord};

/// The shared state at one revision, and the fences for a commit on it.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// When it was taken.
    pub revision: Revision,
    /// What the gates and the policy judge.
    pub facts: FleetFacts,
    /// The queue.
    pub queue: Queue,
    /// The nodes whose presence lease lives, and what they publish, where that can be read.
    pub alive: BTreeMap<NodeName, AliveRecord>,
    /// Since when it is so, by those who put it.
    pub dates: Dates,
    /// The guard, which is put whenever somebody goes out or comes back.
    pub(crate) guard: Guard,
    /// When the place was taken for whose owner it was taken.
    pub(crate) place_created: Option<Revision>,
}

/// The nodes that are present, and their records; `None` where one cannot be read.
pub(crate) type Presence = BTreeMap<NodeName, Option<AliveRecord>>;

impl Coordinator {
    pub(crate) fn view_ranges(&self) -> Vec<KeyRange> {
        vec![
            self.keys.queue(),
            self.keys.health_records(),
            self.keys.alive_records(),
            KeyRange::key(self.keys.guard()),
            KeyRange::key(self.keys.pause()),
            KeyRange::key(self.keys.cooldown()),
            self.keys.holds(),
        ]
    }

    /// Takes a view for the owner of `place`, or for an onlooker.
    ///
    /// # Errors
    /// [`LockError::PlaceGone`] when the place is no longer there; [`LockError::LateCommit`] when this node
    /// owns a claim that it did not know of.
    pub async fn view(&self, place: Option<&Place>, now: Timestamp) -> Result<View, LockError> {
        let found = snapshot(self.store(), &self.view_ranges()).await?;
        if found.ranges.iter().flatten().any(|pair| self.is_own_claim_in_queue(pair)) && place.is_some() {
            return Err(LockError::LateCommit);
        }
        let view = self.view_of(&found, place, now);
        match place {
            Some(place) if view.place_created != Some(place.created) => Err(LockError::PlaceGone),
            _ => Ok(view),
        }
    }

    fn is_own_claim_in_queue(&self, pair: &KeyValue) -> bool {
        self.keys.queue().contains(&pair.key) && self.own_claim(pair).is_some()
    }

    fn view_of(&self, found: &Snapshot, place: Option<&Place>, now: Timestamp) -> View {
        let me = &self.identity.node;
        let of = |index: usize| found.ranges.get(index).map(Vec::as_slice).unwrap_or_default();
        let queue = Queue::from_pairs(found.header.revision, of(0).to_vec());
        let reports = reports(of(1));
        let present = presence(of(2));

        let out: Vec<NodeName> = self.claims_of_others(&queue.keys).map(QueueKey::node).collect();
        let overdue = overdue(self.claims_of_others(&queue.keys), now);
        let place_created =
            place.and_then(|place| queue.keys.iter().find(|key| key.key == place.key)).map(|key| key.created);
        let place = place_created.map(|created| queue.place_at(created, &self.identity, now));
        let roster = RosterFacts {
            me: Some(me),
            reports: &reports,
            present: &present.keys().cloned().collect(),
            out: &out.iter().cloned().collect::<BTreeSet<_>>(),
            queued_at: place_created.unwrap_or(Revision::NEVER),
            go_interval: self.terms().go_interval,
            now,
        };
        let facts = FleetFacts {
            me: me.clone(),
            holds: self.holds_of(of(6)),
            peers: roster.peers(),
            pause: of(4).first().map(pause),
            cooldown: of(5).first().map(cooldown),
            slots: slots(&queue.keys, &reports, &present).unwrap_or(1).min(self.terms().slots).max(1),
            place,
            out,
            overdue,
        };
        View {
            revision: found.header.revision,
            facts,
            queue,
            dates: Dates::read(&reports, of(4).first()),
            alive: present.into_iter().filter_map(|(node, record)| Some((node, record?))).collect(),
            guard: Guard::read(of(3).first()),
            place_created,
        }
    }
}

/// The smallest number that any live node publishes; 1 if one cannot be read, and while somebody who knows of no slots
/// is on the roster or in the queue; `None` if nobody is live.
pub(crate) fn slots<'a>(
    queue: impl IntoIterator<Item = &'a QueueKey>,
    reports: &BTreeMap<NodeName, Report>,
    present: &Presence,
) -> Option<u32> {
    let go_peer = |(node, (record, _)): (&NodeName, &Report)| {
        !present.contains_key(node) && record.as_ref().is_none_or(HealthRecord::is_by_go_daemon)
    };
    if reports.iter().any(go_peer) || queue.into_iter().any(QueueKey::is_by_stranger) {
        return Some(1);
    }
    present.values().map(|record| record.as_ref().map_or(1, |record| record.slots)).min()
}

fn reports(pairs: &[KeyValue]) -> BTreeMap<NodeName, Report> {
    pairs.iter().filter_map(report).collect()
}

/// A health record, by the node of its key.
pub(crate) fn report(pair: &KeyValue) -> Option<(NodeName, Report)> {
    let node = NodeName::try_new(Keys::leaf(&pair.key)).ok()?;
    Some((node, (serde_json::from_slice(&pair.value).ok(), pair.mod_revision)))
}

fn presence(pairs: &[KeyValue]) -> Presence {
    pairs.iter().filter_map(present).collect()
}

/// A presence, by the node of its key.
pub(crate) fn present(pair: &KeyValue) -> Option<(NodeName, Option<AliveRecord>)> {
    let node = NodeName::try_new(Keys::leaf(&pair.key)).ok()?;
    Some((node, serde_json::from_slice(&pair.value).ok()))
}

/// A pause as the gates see it. One that cannot be read pauses as well.
pub(crate) fn pause(pair: &KeyValue) -> Pause {
    match serde_json::from_slice::<PauseRecord>(&pair.value) {
        Ok(record) => Pause { by: record.by, reason: record.reason, until: record.until },
        Err(error) => Pause {
            by: "an unknown hand".to_owned(),
            reason: format!("its record cannot be read: {error}"),
            until: None,
        },
    }
}

pub(crate) fn cooldown(pair: &KeyValue) -> Cooldown {
    match serde_json::from_slice::<CooldownRecord>(&pair.value) {
        Ok(record) => {
            let length = i64::try_from(record.duration_sec).unwrap_or(i64::MAX);
            let until = record.started_at.checked_add(SignedDuration::from_secs(length)).ok();
            Cooldown { node: record.node, until }
        }
        Err(_) => Cooldown { node: "an unknown node".to_owned(), until: None },
    }
}
