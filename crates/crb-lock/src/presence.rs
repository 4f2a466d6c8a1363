//! Join: this node is there, and no other machine is under its name.

use std::sync::Arc;

use crb_health::{AliveRecord, encode};
use crb_store::{Compare, KeyRange, KeyValue, LeaseId, Op, Revision, Txn};
use tokio::sync::watch;

use crate::coordinator::Coordinator;
use crate::error::LockError;
use crate::lease::Lease;
use crate::reply::found;

/// Why a presence whose lease lives is none all the same.
const WRITTEN_BY_ANOTHER: &str = "another hand wrote or deleted its record, or may have";

/// The presence of this node in the fleet.
#[derive(Debug, Clone)]
pub struct Joined {
    /// The presence lease.
    pub lease: Arc<Lease>,
    /// When the `alive` key was last put: a fence for commit and arm.
    pub revision: Revision,
    record: AliveRecord,
}

impl Coordinator {
    /// Joins the fleet, or joins it again, and says whether detectors ask for a reboot.
    ///
    /// # Errors
    /// [`LockError::NameTaken`] when a machine with another id is present under this node's name.
    pub async fn join(&self, reboot_required: bool) -> Result<Joined, LockError> {
        let terms = self.terms();
        let lease = Arc::new(Lease::grant(self.store(), terms.presence_ttl).await?);
        let record = AliveRecord {
            machine_id: self.identity.machine_id.clone(),
            boot_id: self.identity.boot_id.clone(),
            slots: terms.slots,
            policy: terms.policy_digest.clone(),
            reboot_required,
            version: self.identity.version.clone(),
        };
        match self.put_alive(&lease, &record).await {
            Ok(revision) => {
                let joined = Joined { lease, revision, record };
                self.joined.send_replace(Some(joined.clone()));
                Ok(joined)
            }
            Err(error) => {
                // The lease would end by itself; giving it back at once is only tidy.
                self.store.revoke(lease.id()).await.ok();
                Err(error)
            }
        }
    }

    async fn put_alive(&self, lease: &Lease, record: &AliveRecord) -> Result<Revision, LockError> {
        let key = self.keys.alive(&self.identity.node);
        let put = || Op::put_leased(&key, encode(record), lease.id());
        let mut seen = Revision::NEVER;
        loop {
            let reply = self
                .store
                .txn(
                    Txn::when([Compare::unchanged(&key, seen)])
                        .then([put()])
                        .otherwise([Op::get(KeyRange::key(&key))]),
                )
                .await?;
            if reply.succeeded {
                return Ok(reply.header.revision);
            }
            let [other] = found(reply);
            let Some(pair) = other else {
                seen = Revision::NEVER;
                continue;
            };
            match serde_json::from_slice::<AliveRecord>(&pair.value) {
                Ok(other) if other.machine_id == record.machine_id => seen = pair.mod_revision,
                Ok(other) => return Err(LockError::NameTaken { machine_id: other.machine_id.0 }),
                Err(_) => {
                    return Err(LockError::NameTaken { machine_id: "with an unreadable record".to_owned() });
                }
            }
        }
    }

    /// Renews the presence until it is lost, and says how that was noticed.
    pub async fn keep_presence(&self, joined: &Joined) -> LockError {
        let mut told = self.joined.subscribe();
        let lost = tokio::select! {
            biased;
            lost = joined.lease.keep(self.store()) => lost.into(),
            _ = told.wait_for(|now| !now.as_ref().is_some_and(|now| now.has(joined.lease.id()))) => {
                LockError::NotPresent { detail: WRITTEN_BY_ANOTHER.into() }
            }
        };
        self.replace_presence(|now| now.has(joined.lease.id()), None);
        lost
    }

    /// Follows whether this node is present.
    pub fn follow_presence(&self) -> watch::Receiver<Option<Joined>> {
        self.joined.subscribe()
    }

    /// The presence, if it lives for sure.
    ///
    /// # Errors
    /// [`LockError::NotPresent`] otherwise.
    pub fn presence(&self) -> Result<Joined, LockError> {
        match self.joined.borrow().clone() {
            Some(joined) if joined.lease.is_live() => Ok(joined),
            Some(_) => {
                Err(LockError::NotPresent { detail: "the presence lease was not renewed in time".into() })
            }
            None => Err(LockError::NotPresent { detail: "it has to join".into() }),
        }
    }

    /// Publishes whether detectors ask for a reboot, if that changed.
    pub async fn publish_reboot_required(&self, reboot_required: bool) -> Result<(), LockError> {
        self.publish_again(|record| record.reboot_required = reboot_required).await
    }

    /// Publishes what the fleet is to know of the terms, if that changed. It moves a fence of this node's own commits,
    /// so that one which is still on its way cannot be applied any more.
    pub async fn publish_terms(&self) -> Result<(), LockError> {
        let terms = self.terms();
        self.publish_again(|record| {
            record.slots = terms.slots;
            record.policy.clone_from(&terms.policy_digest);
        })
        .await
    }

    async fn publish_again(&self, change: impl FnOnce(&mut AliveRecord)) -> Result<(), LockError> {
        let _alone = self.presence_puts.lock().await;
        let before = self.presence()?;
        let mut joined = before.clone();
        change(&mut joined.record);
        if joined.record == before.record {
            return Ok(());
        }
        let key = self.keys.alive(&self.identity.node);
        let put = Txn::when([Compare::unchanged(&key, joined.revision)]).then([joined.put(&key)]);
        let reply = match self.store.txn(put).await {
            Ok(reply) => reply,
            Err(error) => {
                // The put may have been applied, and the fence moved with it: join anew to know.
                self.forget_presence(&before);
                return Err(error.into());
            }
        };
        if !reply.succeeded {
            self.forget_presence(&before);
            return Err(LockError::NotPresent { detail: WRITTEN_BY_ANOTHER.into() });
        }
        joined.revision = reply.header.revision;
        self.presence_put_again(&before, joined);
        Ok(())
    }

    /// Notes that `before` was put once more, as `joined`.
    pub(crate) fn presence_put_again(&self, before: &Joined, joined: Joined) {
        self.replace_presence(|now| now.revision == before.revision, Some(joined));
    }

    /// Notes that the node has to join before it commits or arms.
    pub(crate) fn forget_presence(&self, joined: &Joined) {
        self.replace_presence(|now| now.revision == joined.revision, None);
    }

    /// Forgets `joined` if its record, read as `alive`, is not the one that was put when it joined.
    pub(crate) fn forget_presence_unless(&self, joined: &Joined, alive: Option<&KeyValue>) {
        if alive.is_none_or(|pair| pair.mod_revision != joined.revision) {
            self.forget_presence(joined);
        }
    }

    /// Replaces what is remembered, if it is still what the caller means: the node may have joined anew since.
    fn replace_presence(&self, is_meant: impl FnOnce(&Joined) -> bool, joined: Option<Joined>) {
        self.joined.send_if_modified(|now| {
            let applies = now.as_ref().is_some_and(is_meant);
            if applies {
                *now = joined;
            }
            applies
        });
    }
}

impl Joined {
    /// The same presence, put again at `revision`.
    pub(crate) fn at(&self, revision: Revision) -> Self {
        Self { revision, ..self.clone() }
    }

    fn has(&self, lease: LeaseId) -> bool {
        self.lease.id() == lease
    }

    /// The operation that puts the presence again, and so moves the fence.
    pub(crate) fn put(&self, key: &str) -> Op {
        Op::put_leased(key, encode(&self.record), self.lease.id())
    }
}
