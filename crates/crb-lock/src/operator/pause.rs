//! Pause and resume: the kill switch of the whole fleet.

use std::time::Duration;

use crb_health::encode;
use crb_store::{KeyRange, Op, OpReply, Txn, TxnReply};
use jiff::Timestamp;

use super::{Operator, OperatorError};
use crate::records::PauseRecord;

/// What stood where a pause was put, or taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PauseBefore {
    /// The fleet was not paused.
    Nothing,
    /// It was paused.
    Pause(PauseRecord),
    /// It was paused, and nobody can read by whom and why.
    Unreadable,
}

impl Operator {
    /// Pauses the fleet for `reason`, until `until`, or until someone resumes. From the answer on nothing
    /// commits and nothing arms; what was armed before may still go down. A pause that there was is replaced
    /// and given back.
    ///
    /// The pause ends with a lease, so it ends as long after `now` as `until` says, by etcd's clock.
    ///
    /// # Errors
    /// [`OperatorError::PauseIsOver`] when `until` is not after `now`; a refusal or the silence of the store.
    pub async fn pause(
        &self,
        reason: &str,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<PauseBefore, OperatorError> {
        let record = PauseRecord { by: self.who.clone(), reason: reason.to_owned(), since: now, until };
        let key = self.keys.pause();
        let put = match until {
            None => Op::put(&key, encode(&record)),
            Some(until) => {
                let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
                if left.is_zero() {
                    return Err(OperatorError::PauseIsOver { until });
                }
                Op::put_leased(&key, encode(&record), self.store.grant(left).await?)
            }
        };
        self.replace_pause(put).await
    }

    /// Ends the pause, and gives it back if there was one.
    ///
    /// # Errors
    /// A refusal or the silence of the store.
    pub async fn resume(&self) -> Result<PauseBefore, OperatorError> {
        self.replace_pause(Op::delete(self.keys.pause())).await
    }

    async fn replace_pause(&self, op: Op) -> Result<PauseBefore, OperatorError> {
        let read = Op::get(KeyRange::key(self.keys.pause()));
        let reply = self.store.txn(Txn::default().then([read, op])).await?;
        Ok(first_read(&reply))
    }
}

fn first_read(reply: &TxnReply) -> PauseBefore {
    let read = match reply.replies.first() {
        Some(OpReply::Get { items, .. }) => items.first(),
        Some(OpReply::Put | OpReply::Delete(_)) | None => None,
    };
    match read.map(|pair| serde_json::from_slice(&pair.value)) {
        None => PauseBefore::Nothing,
        Some(Ok(record)) => PauseBefore::Pause(record),
        Some(Err(_)) => PauseBefore::Unreadable,
    }
}
