//! What single members of the cluster tell of themselves, beside the calls of the store.

use std::time::Duration;

use tokio::time::timeout;

use super::link::{Link, Peer};

/// The members of a cluster, each behind its endpoint. They are asked over connections that end with the question.
#[derive(Debug, Clone)]
pub struct Members {
    pub(super) peers: Vec<Peer>,
    pub(super) call_timeout: Duration,
}

impl Members {
    /// Each endpoint with the version of its member, such as `3.5.17`. One that does not answer within the time of
    /// a call, or does not tell, is left out.
    pub async fn versions(&self) -> Vec<(String, String)> {
        let mut versions = vec![];
        for peer in &self.peers {
            let link = Link::new(peer.clone());
            let status = async { link.client().await?.status().await };
            if let Ok(Ok(status)) = timeout(self.call_timeout, status).await {
                versions.push((peer.url.clone(), status.version().to_owned()));
            }
        }
        versions
    }
}
