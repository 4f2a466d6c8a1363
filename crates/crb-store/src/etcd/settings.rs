//! How to reach an etcd cluster, and what can be wrong with that.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::KeyRange;

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
    /// The ranges that the user's role is to grant, for the remedy in the error of one that does not.
    pub ranges: Vec<KeyRange>,
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
            ranges: vec![],
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name.
    pub user: String,
    /// The file whose one line is the password. It is read anew for every connection.
    pub password_file: PathBuf,
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
    /// A file that holds a secret is not kept from other users.
    #[error(
        "{shown} can be read or written by other users: run `chmod g-w,o= {shown}`, and change what it holds if \
         they may have read it",
        shown = file.display()
    )]
    Exposed {
        /// The file.
        file: PathBuf,
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

impl SettingsError {
    pub(super) fn content(file: &Path, reason: impl Into<String>) -> Self {
        Self::Content { file: file.to_owned(), reason: reason.into() }
    }

    /// The file that is at fault, if one is.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::NoEndpoints | Self::Endpoint { .. } => None,
            Self::Unreadable { file, .. } | Self::Exposed { file } | Self::Content { file, .. } => Some(file),
        }
    }

    /// It and its cause, in a line.
    pub(super) fn with_source(&self) -> String {
        match self {
            Self::Unreadable { source, .. } => format!("{self}: {source}"),
            _ => self.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use crb_testbed::Certificates;
    use tempfile::TempDir;

    use super::*;
    use crate::etcd::EtcdStore;

    fn fault(settings: &EtcdSettings) -> String {
        EtcdStore::try_new(settings).unwrap_err().to_string()
    }

    #[test]
    fn endpoints_are_urls_that_go_with_tls_or_without() {
        let cases = [
            ("etcd-1:2379", "must begin with http:// or https://"),
            ("ftp://etcd-1", "must begin with http:// or https://"),
            ("", "is not a URL"),
            ("http://etcd 1", "is not a URL"),
            ("https://etcd-1:2379", "needs TLS, which is not set up"),
        ];
        for (endpoint, reason) in cases {
            let settings = EtcdSettings::new(["http://etcd-0:2379", endpoint]);
            assert_eq!(fault(&settings), format!("etcd endpoint {endpoint:?} {reason}"));
        }
        assert_eq!(fault(&EtcdSettings::new([""; 0])), "no etcd endpoint is given");
    }

    #[test]
    fn a_fault_in_a_tls_file_is_told_by_its_name() {
        let directories = [TempDir::new().unwrap(), TempDir::new().unwrap()];
        let [own, other] = directories.each_ref().map(|directory| Certificates::make(directory.path()));
        let good = TlsSettings {
            ca_file: own.ca_file.clone(),
            cert_file: own.cert_file.clone(),
            key_file: own.key_file.clone(),
            insecure_skip_verify: false,
        };
        let with = |tls: TlsSettings, endpoint: &str| EtcdSettings {
            tls: Some(tls),
            ..EtcdSettings::new([endpoint])
        };
        let https = "https://etcd-1:2379";
        assert!(EtcdStore::try_new(&with(good.clone(), https)).is_ok());
        assert_eq!(
            fault(&with(good.clone(), "http://etcd-1:2379")),
            "etcd endpoint \"http://etcd-1:2379\" must begin with https://, since TLS is set up"
        );

        let garbled = own.ca_file.with_file_name("garbled.pem");
        fs::write(&garbled, "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n").unwrap();
        let no_key = own.key_file.with_file_name("no-key.pem");
        fs::copy(&own.cert_file, &no_key).unwrap();
        fs::set_permissions(&no_key, fs::Permissions::from_mode(0o600)).unwrap();
        let exposed = own.key_file.with_file_name("exposed.pem");
        fs::copy(&own.key_file, &exposed).unwrap();
        fs::set_permissions(&exposed, fs::Permissions::from_mode(0o644)).unwrap();
        let missing = own.ca_file.with_file_name("missing.pem");
        let key = |key_file: &PathBuf| TlsSettings { key_file: key_file.clone(), ..good.clone() };
        let cert = |cert_file: &PathBuf| TlsSettings { cert_file: cert_file.clone(), ..good.clone() };
        let ca = |ca_file: &PathBuf| TlsSettings { ca_file: ca_file.clone(), ..good.clone() };
        let cases = [
            (ca(&missing), format!("cannot read {}", missing.display())),
            (ca(&own.key_file), format!("{} holds no certificate", own.key_file.display())),
            (key(&exposed), format!("{} can be read or written by other users", exposed.display())),
            (ca(&garbled), format!("{} is not PEM", garbled.display())),
            (cert(&own.key_file), format!("{} holds no certificate", own.key_file.display())),
            (key(&no_key), format!("{} holds no private key", no_key.display())),
            (
                key(&other.key_file),
                format!("{} is not the key of {}", other.key_file.display(), own.cert_file.display()),
            ),
        ];
        for (tls, expected) in cases {
            let told = fault(&with(tls, https));
            assert!(told.starts_with(&expected), "{told:?} for {expected:?}");
        }
    }
}
