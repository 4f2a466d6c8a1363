//! The leases: when each ends, and which keys end with it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use crate::{LeaseId, StoreError, whole_seconds};

/// The longest lease that etcd grants, about 285 years.
const LONGEST: Duration = Duration::from_secs(9_000_000_000);

/// All leases that have not ended.
#[derive(Debug, Clone)]
pub(super) struct Leases {
    held: BTreeMap<LeaseId, Lease>,
    /// The same leases by their end.
    ends: BTreeSet<(Instant, LeaseId)>,
    seed: u64,
}

#[derive(Debug, Clone)]
struct Lease {
    ttl: Duration,
    end: Instant,
    keys: BTreeSet<String>,
}

impl Leases {
    pub(super) fn new(seed: u64) -> Self {
        Self { held: BTreeMap::new(), ends: BTreeSet::new(), seed }
    }

    pub(super) fn len(&self) -> usize {
        self.held.len()
    }

    pub(super) fn grant(&mut self, ttl: Duration, now: Instant) -> Result<LeaseId, StoreError> {
        let ttl = whole_seconds(ttl);
        if ttl > LONGEST {
            return Err(StoreError::Refused("too large lease TTL".to_owned()));
        }
        let id = self.fresh_id();
        let end = now + ttl;
        self.held.insert(id, Lease { ttl, end, keys: BTreeSet::new() });
        self.ends.insert((end, id));
        Ok(id)
    }

    pub(super) fn renew(&mut self, id: LeaseId, now: Instant) -> Result<Duration, StoreError> {
        let lease = self.held.get_mut(&id).ok_or(StoreError::LeaseNotFound(id))?;
        self.ends.remove(&(lease.end, id));
        lease.end = now + lease.ttl;
        self.ends.insert((lease.end, id));
        Ok(lease.ttl)
    }

    /// Ends a lease and gives the keys that end with it, in their order.
    pub(super) fn remove(&mut self, id: LeaseId) -> BTreeSet<String> {
        self.held.remove(&id).map_or_else(BTreeSet::new, |lease| {
            self.ends.remove(&(lease.end, id));
            lease.keys
        })
    }

    pub(super) fn contains(&self, id: LeaseId) -> bool {
        self.held.contains_key(&id)
    }

    pub(super) fn end(&self, id: LeaseId) -> Option<Instant> {
        self.held.get(&id).map(|lease| lease.end)
    }

    pub(super) fn ids(&self) -> Vec<LeaseId> {
        self.held.keys().copied().collect()
    }

    /// Puts the leases of a backup in the place of these, each for its whole time from `now` on. The ids still to be
    /// drawn are other ones than those drawn since the backup: etcd's do not come back either.
    pub(super) fn restore(&mut self, backup: &Self, now: Instant) {
        self.held.clone_from(&backup.held);
        for lease in self.held.values_mut() {
            lease.end = now + lease.ttl;
        }
        self.ends = self.held.iter().map(|(id, lease)| (lease.end, *id)).collect();
    }

    /// The lease that has been over the longest at `now`.
    pub(super) fn due(&self, now: Instant) -> Option<LeaseId> {
        self.ends.first().filter(|(end, _)| *end <= now).map(|(_, id)| *id)
    }

    /// Moves `key` from one lease to another.
    pub(super) fn attach(&mut self, key: &str, from: Option<LeaseId>, to: Option<LeaseId>) {
        if let Some(lease) = from.and_then(|id| self.held.get_mut(&id)) {
            lease.keys.remove(key);
        }
        if let Some(lease) = to.and_then(|id| self.held.get_mut(&id)) {
            lease.keys.insert(key.to_owned());
        }
    }

    /// A large positive number as etcd draws it, but always the same from the same seed (SplitMix64).
    fn fresh_id(&mut self) -> LeaseId {
        loop {
            self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = self.seed;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let id = LeaseId(((mixed ^ (mixed >> 31)) >> 1).cast_signed());
            if id.0 != 0 && !self.contains(id) {
                return id;
            }
        }
    }
}
