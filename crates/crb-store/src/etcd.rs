//! The store on a real etcd cluster.
//!
//! etcd-client's balancer keeps choosing an endpoint that hangs, and none of its calls ends by itself. So there is
//! one client an endpoint here and one of them live at a time; every attempt has its end, and an endpoint that
//! fails one gives way to the next.

mod convert;
mod failure;
mod files;
mod handshake;
mod keyring;
mod link;
mod links;
mod members;
mod release;
mod rights;
mod secret;
mod settings;
mod tls;
mod validity;
mod watch;

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use etcd_client::GetOptions;

use crate::{
    KeyRange, LeaseId, Op, Page, Revision, Store, StoreError, Txn, TxnReply, Watch, operation, whole_seconds,
};
use failure::Call;
pub use keyring::FileNews;
use links::Links;
pub use members::Members;
pub use release::StaleReads;
use rights::Need;
pub use rights::grant;
pub use settings::{Credentials, EtcdSettings, SettingsError, TlsSettings};
pub use validity::Validity;

/// A client of an etcd cluster. It connects with the first call, and keeps one connection.
///
/// Calls must be made inside a tokio runtime. What does not change anything, and what may be done twice, is tried
/// on one endpoint after the other until its deadline; a transaction that writes is sent once, to an endpoint that
/// answered a moment ago.
pub struct EtcdStore {
    links: Links,
    /// What the user's role is to grant.
    ranges: Vec<KeyRange>,
    /// The time to live of the leases that were renewed: etcd-client keeps it from us when it renews.
    ttls: Mutex<HashMap<LeaseId, Duration>>,
}

impl EtcdStore {
    /// Reads the files of TLS and of the password, and prepares the endpoints. It connects to none: that is done by
    /// the first call.
    ///
    /// # Errors
    /// An endpoint or a file is not what it should be.
    pub fn try_new(settings: &EtcdSettings) -> Result<Self, SettingsError> {
        Self::try_new_telling(settings, |_| {})
    }

    /// The same, and tells `teller` when the files have changed or cannot be used any more. It must not block.
    ///
    /// # Errors
    /// An endpoint or a file is not what it should be.
    pub fn try_new_telling(
        settings: &EtcdSettings,
        teller: impl Fn(FileNews) + Send + Sync + 'static,
    ) -> Result<Self, SettingsError> {
        let links = Links::try_new(settings, Arc::new(teller))?;
        Ok(Self { links, ranges: settings.ranges.clone(), ttls: Mutex::default() })
    }

    /// The members of the cluster, one by one.
    pub fn members(&self) -> Members {
        self.links.members()
    }

    async fn explained<T>(&self, answer: Result<T, StoreError>, needs: &[Need]) -> Result<T, StoreError> {
        match answer {
            Ok(answer) => Ok(answer),
            Err(error) => Err(rights::explain(&self.links, &self.ranges, error, needs).await),
        }
    }

    fn ttls(&self) -> MutexGuard<'_, HashMap<LeaseId, Duration>> {
        self.ttls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is wrong with the files of TLS and of the password, all at once, and when our certificate may be used.
pub fn examine(
    tls: Option<&TlsSettings>,
    password_file: Option<&Path>,
) -> (Vec<SettingsError>, Option<Validity>) {
    let (files, mut faults) = tls.map(files::TlsFiles::examine).unwrap_or_default();
    faults.extend(password_file.and_then(|file| files::password(file).err()));
    (faults, files.and_then(|files| files.validity))
}

impl fmt::Debug for EtcdStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EtcdStore").field("endpoint", &self.links.current().url()).finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for EtcdStore {
    async fn txn(&self, txn: Txn) -> Result<TxnReply, StoreError> {
        let lease = txn.success.iter().chain(&txn.failure).find_map(|op| match op {
            Op::Put { lease, .. } => *lease,
            Op::Get { .. } | Op::Delete { .. } => None,
        });
        let (only_reads, needs) = (!txn.writes(), Need::of(&txn));
        let request = convert::txn(txn);
        let send = |client| {
            let request = request.clone();
            async move { convert::txn_reply(&convert::kv_client(&client).txn(request).await?) }
        };
        let answer = if only_reads {
            self.links.ask(Call::reads(operation::TXN), send).await
        } else {
            self.links.send_once(Call::writes(operation::TXN).naming(lease), send).await
        };
        self.explained(answer, &needs).await
    }

    async fn page(
        &self,
        range: &KeyRange,
        after: Option<&str>,
        limit: usize,
        at: Option<Revision>,
    ) -> Result<Page, StoreError> {
        let (start, end) = convert::bounds_after(range, after);
        let mut options = GetOptions::new().with_range(end).with_limit(convert::limit(limit));
        if let Some(Revision(revision)) = at {
            options = options.with_revision(revision);
        }
        let request = |client| {
            let (start, options) = (start.clone(), options.clone());
            async move { convert::page(&convert::kv_client(&client).get(start, Some(options)).await?) }
        };
        let answer = self.links.ask(Call::reads(operation::RANGE).at(at), request).await;
        self.explained(answer, &[Need::read(range)]).await
    }

    async fn grant(&self, ttl: Duration) -> Result<LeaseId, StoreError> {
        let seconds = i64::try_from(whole_seconds(ttl).as_secs()).unwrap_or(i64::MAX);
        let grant = |mut client: etcd_client::Client| async move { client.lease_grant(seconds, None).await };
        let granted = self.links.ask(Call::writes(operation::LEASE_GRANT), grant).await;
        let granted = self.explained(granted, &[]).await?;
        Ok(LeaseId(granted.id()))
    }

    async fn keep_alive(&self, lease: LeaseId) -> Result<Duration, StoreError> {
        let known = self.ttls().get(&lease).copied();
        let renew = |mut client: etcd_client::Client| async move {
            client.lease_keep_alive(lease.0).await?;
            match known {
                Some(ttl) => Ok(ttl),
                None => client.lease_time_to_live(lease.0, None).await.map(|lease| convert::ttl(&lease)),
            }
        };
        let call = Call::writes(operation::LEASE_KEEP_ALIVE).naming(Some(lease));
        let renewed = self.links.ask(call, renew).await;
        let renewed = self.explained(renewed, &[]).await;
        match &renewed {
            Ok(ttl) => self.ttls().insert(lease, *ttl),
            Err(StoreError::LeaseNotFound(_)) => self.ttls().remove(&lease),
            Err(_) => None,
        };
        renewed
    }

    async fn revoke(&self, lease: LeaseId) -> Result<(), StoreError> {
        let call = Call::writes(operation::LEASE_REVOKE).naming(Some(lease));
        let revoke = |mut client: etcd_client::Client| async move { client.lease_revoke(lease.0).await };
        let revoked = self.links.ask(call, revoke).await;
        let revoked = match self.explained(revoked, &[]).await {
            Ok(_) | Err(StoreError::LeaseNotFound(_)) => Ok(()),
            Err(error) => Err(error),
        };
        if revoked.is_ok() {
            self.ttls().remove(&lease);
        }
        revoked
    }

    async fn watch(&self, ranges: &[KeyRange], from: Revision) -> Result<Watch, StoreError> {
        let needs: Vec<Need> = ranges.iter().map(Need::read).collect();
        let watch = watch::start(&self.links, ranges, from).await;
        self.explained(watch, &needs).await
    }
}
