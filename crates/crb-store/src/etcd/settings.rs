//! How to reach an etcd cluster, and what can be wrong with that.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// How to reach an etcd cluster.
#[derive(Debug, Clone)]
pub struct EtcdSettings {
    /// The client URLs of the members, `http://host:port`, or `https://host:port` with `tls`.
    pub endpoints: Vec<String>,
    /// Which endpoint to begin with, counted around the list, so that a fleet spreads over the members.
    pub first: usize,
    /// TLS in both directions.
    pub tls: Option<TlsSettings>,
    /// The user of etcd's own authentication.
    pub credentials: Option<Credentials>,
    /// The end of every single call.
    pub call_timeout: Duration,
    /// How long one endpoint may keep a call before the next one gets it; at most a third of `call_timeout` is used.
    pub attempt_timeout: Duration,
}

impl EtcdSettings {
    /// These endpoints, without TLS and user, 5 s a call and 1.5 s an attempt.
    pub fn new(endpoints: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            endpoints: endpoints.into_iter().map(Into::into).collect(),
            first: 0,
            tls: None,
            credentials: None,
            call_timeout: Duration::from_secs(5),
            attempt_timeout: Duration::from_millis(1_500),
        }
    }
}

/// The files of TLS, all in PEM.
#[derive(Debug, Clone)]
pub struct TlsSettings {
    /// The certificates that may sign a server's.
    pub ca_file: PathBuf,
    /// Our certificate, followed by those between it and the authority.
    pub cert_file: PathBuf,
    /// The key of our certificate.
    pub key_file: PathBuf,
    /// Talk to a server whoever signed its certificate and whatever its name.
    pub insecure_skip_verify: bool,
}

/// A user of etcd's own authentication.
#[derive(Clone)]
pub struct Credentials {
    /// The name.
    pub user: String,
    /// The password, which is never shown.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// What is wrong with [`EtcdSettings`].
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// There is nobody to talk to.
    #[error("no etcd endpoint is given")]
    NoEndpoints,
    /// An endpoint is no URL of a server.
    #[error("etcd endpoint {endpoint:?} {reason}")]
    Endpoint {
        /// The endpoint.
        endpoint: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file cannot be read.
    #[error("cannot read {}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{} {reason}", file.display())]
    Content {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}
