//! A connection to one endpoint, made when it is first needed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use etcd_client::{Channel, Client, ConnectOptions, Error};
use tokio::sync::{OnceCell, watch};
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use tonic::transport::Endpoint;

use super::failure::is_without_users;
use super::handshake;
use super::keyring::Keyring;

/// One of the endpoints, ready to be connected to.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) url: String,
    /// Not yet secured: that is done with what stands in the files when it is connected to.
    pub(super) endpoint: Endpoint,
    pub(super) keyring: Arc<Keyring>,
}

/// The client of one endpoint.
pub(super) struct Link {
    peer: Peer,
    client: OnceCell<Client>,
    connected: OnceLock<Instant>,
    answered: Mutex<Option<Instant>>,
    /// Whether its connection was lost. The client would make another one by itself, with the files of the first.
    lost: AtomicBool,
    /// Dropped with the link: whoever holds a receiver learns that the link was given up.
    end: watch::Sender<()>,
}

impl Link {
    pub(super) fn new(peer: Peer) -> Self {
        Self {
            peer,
            client: OnceCell::new(),
            connected: OnceLock::new(),
            answered: Mutex::default(),
            lost: AtomicBool::new(false),
            end: watch::Sender::new(()),
        }
    }

    pub(super) fn url(&self) -> &str {
        &self.peer.url
    }

    /// The client. Without a user this is no traffic; with one it asks for a token.
    pub(super) async fn client(&self) -> Result<Client, Error> {
        self.client.get_or_try_init(|| self.connect()).await.cloned()
    }

    async fn connect(&self) -> Result<Client, Error> {
        let begin = Instant::now();
        let keyring = Arc::clone(&self.peer.keyring);
        if !keyring.is_empty() {
            // A file on a mount that hangs must not hold up everything else; the attempt has its end.
            let renewed = spawn_blocking(move || keyring.renew()).await;
            renewed.map_err(|error| Error::Internal(format!("the files of etcd were not read: {error}")))?;
        }
        let endpoint = self.peer.keyring.secure(self.peer.endpoint.clone())?;
        let options = ConnectOptions::new().with_require_leader(true);
        let channel = || Channel::Tonic(endpoint.connect_lazy());
        let client = match self.peer.keyring.login() {
            None => Client::from_channel(channel(), Some(options)).await?,
            Some((user, password)) => {
                // A call that etcd turned away for an old token was not applied, so it may be sent again.
                let login = options.clone().with_user(user, password).with_auto_token_refresh(true);
                match Client::from_channel(channel(), Some(login)).await {
                    // An etcd that knows no users yet will ask for them when it does.
                    Err(error) if is_without_users(&error) => {
                        Client::from_channel(channel(), Some(options)).await?
                    }
                    client => client?,
                }
            }
        };
        // Only the first one counts, and there is but one.
        self.connected.set(begin).ok();
        Ok(client)
    }

    /// Whether it has a token, or a password, of a time before `begin`.
    pub(super) fn may_be_stale(&self, begin: Instant) -> bool {
        self.peer.keyring.user().is_some() && self.connected.get().is_some_and(|at| *at < begin)
    }

    /// Notes that its connection was lost.
    pub(super) fn note_loss(&self) {
        self.lost.store(true, Ordering::Relaxed);
    }

    /// Whether its connection was lost.
    pub(super) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    pub(super) fn note_answer(&self) {
        *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether it answered anything within the last `span`.
    pub(super) fn answered_within(&self, span: Duration) -> bool {
        let answered = *self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered.is_some_and(|at| at.elapsed() < span)
    }

    /// What a failure of this link means: `detail` is what it says itself.
    pub(super) fn explain(&self, error: &Error, detail: String) -> String {
        let uri = self.peer.endpoint.uri();
        if let Some(told) =
            handshake::explain(error, &detail, uri.host().unwrap_or_default(), &self.peer.keyring)
        {
            return told;
        }
        if self.answered_within(Duration::MAX) {
            return detail;
        }
        handshake::explain_silence(detail, uri.scheme_str() == Some("https"), &self.peer.keyring)
    }

    /// Ends, with an error of its sender's being gone, when the link is given up.
    pub(super) fn end(&self) -> watch::Receiver<()> {
        self.end.subscribe()
    }
}
