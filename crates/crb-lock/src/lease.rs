//! A lease and how long it surely lives.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crb_store::{LeaseId, Store, StoreError};
use tokio::time::{Instant, sleep};

/// A lease of ours. It is renewed three times within its time to live, and more often while that fails.
#[derive(Debug)]
pub struct Lease {
    id: LeaseId,
    ttl: Duration,
    expires: Mutex<Instant>,
}

impl Lease {
    /// Takes a lease that lives for `ttl` without renewal.
    pub async fn grant(store: &dyn Store, ttl: Duration) -> Result<Self, StoreError> {
        let asked = Instant::now();
        let id = store.grant(ttl).await?;
        Ok(Self { id, ttl, expires: Mutex::new(asked + ttl) })
    }

    /// Its id.
    pub const fn id(&self) -> LeaseId {
        self.id
    }

    /// Whether it lives for sure, counted from when its last renewal was *sent*.
    pub fn is_live(&self) -> bool {
        Instant::now() < self.expires()
    }

    /// How long a lease that lives for `ttl` is left alone before it is renewed.
    pub fn renewed_after(ttl: Duration) -> Duration {
        ttl / 3
    }

    fn expires(&self) -> Instant {
        *self.expires.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Renews the lease until it is lost, and says how that was noticed.
    pub async fn keep(&self, store: &dyn Store) -> StoreError {
        let (calm, hurried) = (Self::renewed_after(self.ttl), self.ttl / 12);
        let mut pause = calm;
        loop {
            sleep(pause).await;
            let asked = Instant::now();
            match store.keep_alive(self.id).await {
                Ok(ttl) => {
                    *self.expires.lock().unwrap_or_else(PoisonError::into_inner) = asked + ttl;
                    pause = calm;
                }
                Err(error @ StoreError::LeaseNotFound(_)) => return error,
                Err(error) if !self.is_live() => return error,
                Err(_) => pause = hurried,
            }
        }
    }
}
