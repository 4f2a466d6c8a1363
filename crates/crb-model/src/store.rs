//! The store: keys with revisions and leases.

/// A revision of the store, or of a key in it, as far as it still matters: see [`canonical`](crate::canonical).
pub(crate) type Rev = u8;

/// The revision of a key that is not there.
pub(crate) const NEVER: Rev = 0;
/// A revision that a key once had and never has again: a fence that cannot hold any more.
pub(crate) const STALE: Rev = u8::MAX;
/// The revision of the store before each step. What is older has a smaller number.
pub(crate) const NOW: Rev = 64;

/// How many machines a model has at most.
pub(crate) const MACHINES: usize = 4;

/// Where the owner of a queue key is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// In the queue.
    Waiting,
    /// The claim is made, and nothing ran.
    Committed,
    /// The command may have run.
    Armed,
    /// Booted anew, not yet proven healthy.
    Verifying,
    /// The command ran as often as it may.
    Stuck,
}

/// A key of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The name in its value.
    pub owner: u8,
    /// The machine that put it.
    pub machine: u8,
    /// The create revision; it also tells one key from another.
    pub created: Rev,
    /// The mod revision.
    pub modified: Rev,
    /// Whether it has its waiter's lease.
    pub leased: bool,
    /// Its phase.
    pub phase: Phase,
    /// How often it was armed.
    pub attempts: u8,
    /// Whether its machine has booted since.
    pub old_boot: bool,
    /// Whether the classic peer has reported since the key was created.
    pub heard: bool,
}

/// A record under `cluster_health/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Health {
    /// The mod revision.
    pub modified: Rev,
    /// What it says.
    pub healthy: bool,
    /// Whether it is younger than three intervals; of meaning for the classic peer alone.
    pub fresh: bool,
}

/// A record under `crb/alive/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Alive {
    /// The mod revision.
    pub modified: Rev,
    /// The machine id in it.
    pub machine: u8,
    /// How many slots its node is configured with.
    pub slots: u8,
}

/// Everything that the fleet shares.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Store {
    /// The queue, in the order of create revisions.
    pub queue: Vec<Key>,
    /// The health records, by name.
    pub health: [Option<Health>; MACHINES],
    /// The presence, by name.
    pub alive: [Option<Alive>; MACHINES],
    /// The mod revision of the guard.
    pub guard: Rev,
    /// Whether the fleet is paused.
    pub paused: bool,
    /// Whether it cools down.
    pub cooling: bool,
}

impl Key {
    /// A key that `machine` puts just now under the name `owner`.
    const fn new(owner: u8, machine: u8) -> Self {
        Self {
            owner,
            machine,
            created: NOW + 1,
            modified: NOW + 1,
            leased: true,
            phase: Phase::Waiting,
            attempts: 0,
            old_boot: false,
            heard: false,
        }
    }
}

impl Store {
    /// Puts a new key into the queue.
    pub(crate) fn add(&mut self, owner: u8, machine: u8) -> Rev {
        self.queue.push(Key::new(owner, machine));
        NOW + 1
    }

    /// Whether nobody has put or deleted the key of `claim` since.
    pub(crate) fn has(&self, claim: Claim) -> bool {
        self.key(claim.key).is_some_and(|key| key.modified == claim.modified)
    }

    /// Puts the presence of `name`.
    pub(crate) fn put_alive(&mut self, name: u8, machine: u8, slots: u8) {
        self.alive[name as usize] = Some(Alive { modified: NOW + 1, machine, slots });
    }

    /// Puts `phase` into the key of `claim`.
    pub(crate) fn mark(&mut self, claim: Claim, phase: Phase) {
        if let Some(key) = self.key_mut(claim.key) {
            key.modified = NOW + 1;
            key.phase = phase;
        }
    }

    /// Puts the guard.
    pub(crate) fn put_guard(&mut self) {
        self.guard = NOW + 1;
    }

    /// The key created at `created`.
    pub fn key(&self, created: Rev) -> Option<&Key> {
        self.queue.iter().find(|key| key.created == created)
    }

    /// The key created at `created`, to put it.
    pub(crate) fn key_mut(&mut self, created: Rev) -> Option<&mut Key> {
        self.queue.iter_mut().find(|key| key.created == created)
    }

    /// The mod revision of the presence of `name`.
    pub fn alive_at(&self, name: u8) -> Rev {
        self.alive[name as usize].map_or(NEVER, |alive| alive.modified)
    }

    /// The mod revision of the health record of `name`.
    pub fn health_at(&self, name: u8) -> Rev {
        self.health[name as usize].map_or(NEVER, |health| health.modified)
    }

    /// Puts the health record of `name`.
    pub fn put_health(&mut self, name: u8, healthy: bool) {
        self.health[name as usize] = Some(Health { modified: NOW + 1, healthy, fresh: true });
    }

    /// Deletes a key of the queue.
    pub fn delete(&mut self, created: Rev) {
        self.queue.retain(|key| key.created != created);
    }
}

/// A claim as its node last saw or put it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Claim {
    /// Its key.
    pub key: Rev,
    /// The key's mod revision.
    pub modified: Rev,
}

impl From<&Key> for Claim {
    fn from(key: &Key) -> Self {
        Self { key: key.created, modified: key.modified }
    }
}
