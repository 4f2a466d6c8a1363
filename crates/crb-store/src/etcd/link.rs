//! A connection to one endpoint, made when it is first needed.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use etcd_client::{Channel, Client, ConnectOptions, Error};
use tokio::sync::{OnceCell, watch};
use tokio::time::Instant;
use tonic::transport::Endpoint;

use super::settings::Credentials;

/// One of the endpoints, ready to be connected to.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) url: String,
    pub(super) endpoint: Endpoint,
    pub(super) credentials: Option<Credentials>,
}

/// The client of one endpoint.
pub(super) struct Link {
    peer: Peer,
    client: OnceCell<Client>,
    answered: Mutex<Option<Instant>>,
    /// Dropped with the link: whoever holds a receiver learns that the link was given up.
    end: watch::Sender<()>,
}

impl Link {
    pub(super) fn new(peer: Peer) -> Self {
        Self { peer, client: OnceCell::new(), answered: Mutex::default(), end: watch::Sender::new(()) }
    }

    pub(super) fn url(&self) -> &str {
        &self.peer.url
    }

    /// The client. Without a user this is no traffic; with one it asks for a token.
    pub(super) async fn client(&self) -> Result<Client, Error> {
        let connect = || async {
            let mut options = ConnectOptions::new().with_require_leader(true);
            if let Some(Credentials { user, password }) = &self.peer.credentials {
                // A call that etcd turned away for an old token was not applied, so it may be sent again.
                options = options.with_user(user, password).with_auto_token_refresh(true);
            }
            Client::from_channel(Channel::Tonic(self.peer.endpoint.connect_lazy()), Some(options)).await
        };
        self.client.get_or_try_init(connect).await.cloned()
    }

    pub(super) fn note_answer(&self) {
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether it answered anything within the last `span`.
    pub(super) fn answered_within(&self, span: Duration) -> bool {
        let answered = *self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered.is_some_and(|at| at.elapsed() < span)
    }

    /// `detail`, and what else a failure of this link may mean.
    pub(super) fn explain(&self, detail: String) -> String {
        let is_tls = self.peer.endpoint.uri().scheme_str() == Some("https");
        // etcd closes the connection when it does not accept our certificate, and its reason may get lost on the way.
        let closed = ["connection closed", "broken pipe", "reset"].iter().any(|words| detail.contains(words));
        if is_tls && closed && !self.answered_within(Duration::MAX) {
            format!("{detail}; it may not accept our certificate")
        } else {
            detail
        }
    }

    /// Ends, with an error of its sender's being gone, when the link is given up.
    pub(super) fn end(&self) -> watch::Receiver<()> {
        self.end.subscribe()
    }
}
