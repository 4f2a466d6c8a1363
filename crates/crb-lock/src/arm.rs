//! Arm: the last write before the reboot command, and the proof that the claim still stands.

use std::time::Duration;

use crb_decide::ClaimPhase;
use crb_health::encode;
use crb_store::{Compare, KeyRange, Op, Txn};
use tokio::time::Instant;

use crate::claim::Claim;
use crate::coordinator::Coordinator;
use crate::error::LockError;
use crate::records::PlaceRecord;
use crate::reply::found;

/// An answer that took longer than this may describe a past in which we still held the claim.
const FRESH: Duration = Duration::from_secs(2);

/// What came of an attempt to arm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Arming {
    /// Acknowledged in time: the command may run, now.
    Armed,
    /// Not acknowledged in time, or not at all, or the claim had changed: arm again.
    Again,
    /// The fleet is paused.
    Paused,
    /// The fleet is held, for the store has gone backwards.
    Held,
    /// The claim is gone: an operator unlocked it.
    Gone,
}

impl Coordinator {
    /// Arms `claim`, and puts this boot into it: the one that the command is about to end.
    ///
    /// A write and not a read, for some releases of etcd have served stale reads after a pause.
    ///
    /// # Errors
    /// [`LockError::NotPresent`] while the node is not present; [`LockError::NotSaved`] when the claim could not be
    /// noted where it outlives the boot; a definite refusal of the store.
    pub async fn arm(&self, claim: &mut Claim) -> Result<Arming, LockError> {
        let _alone = self.presence_puts.lock().await;
        let joined = self.presence()?;
        if self.hold_back().is_err() {
            return Ok(Arming::Held);
        }
        let record = PlaceRecord {
            phase: ClaimPhase::Armed,
            attempts: claim.record.attempts + 1,
            boot_id: Some(self.boot_id()),
            ..claim.record.clone()
        };
        self.remember_claim(claim, &record).await?;
        let pause = self.keys.pause();
        let arm = Txn::when([
            Compare::unchanged(&claim.key, claim.modified),
            Compare::absent(&pause),
            Compare::none(self.keys.holds()),
            Compare::unchanged(self.keys.alive(&self.identity.node), joined.revision),
        ])
        .then([Op::put(&claim.key, encode(&record))])
        .otherwise([
            Op::get(KeyRange::key(&claim.key)),
            Op::get(KeyRange::key(&pause)),
            Op::get(self.keys.holds()),
        ]);

        let sent = Instant::now();
        let reply = match self.store.txn(arm).await {
            Ok(reply) => reply,
            Err(error) if error.is_unanswered() => return Ok(Arming::Again),
            Err(error) => return Err(error.into()),
        };
        if reply.succeeded {
            claim.modified = reply.header.revision;
            claim.record = record;
            if self.hold_back().is_err() {
                return Ok(Arming::Held);
            }
            return Ok(if sent.elapsed() <= FRESH { Arming::Armed } else { Arming::Again });
        }
        if self.hold_back().is_err() {
            return Ok(Arming::Held);
        }
        let [own, paused, held] = found(reply);
        match own.and_then(|pair| self.own_claim(&pair)) {
            None => Ok(Arming::Gone),
            Some(current) if current.modified != claim.modified => {
                // An arm that was not answered had been applied.
                *claim = current;
                Ok(Arming::Again)
            }
            Some(_) if held.is_some() => Ok(Arming::Held),
            Some(_) if paused.is_some() => Ok(Arming::Paused),
            Some(_) => {
                // What is left is the presence. Unless another task of this process has put it, join anew.
                self.forget_presence(&joined);
                self.presence().map(|_| Arming::Again)
            }
        }
    }
}
