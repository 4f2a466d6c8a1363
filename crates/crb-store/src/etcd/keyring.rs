//! What a connection is made with, read anew for each: files that were replaced are used without a restart.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tonic::transport::Endpoint;

use super::files::{self, TlsFiles};
use super::secret::Secret;
use super::settings::{Credentials, EtcdSettings, SettingsError, TlsSettings};
use super::tls;

/// What became of the files of TLS or of the password after the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileNews {
    /// Other ones than before are used from now on.
    Renewed(String),
    /// They cannot be used; what was read before goes on being used.
    Refused(String),
}

/// Whom [`FileNews`] are told.
pub(super) type Teller = Arc<dyn Fn(FileNews) + Send + Sync>;

/// The files as they were read last, and could be used.
pub(super) struct Keyring {
    tls: Option<(TlsSettings, Mutex<Remembered<Arc<TlsFiles>>>)>,
    user: Option<(Credentials, Mutex<Remembered<Secret>>)>,
    teller: Teller,
}

/// What was read last, and why what stands there now cannot be.
struct Remembered<T> {
    good: T,
    refused: Option<String>,
}

impl Keyring {
    /// Reads the files for the first time.
    pub(super) fn try_new(settings: &EtcdSettings, teller: Teller) -> Result<Self, SettingsError> {
        let tls = settings.tls.clone().map(|tls| {
            let files = TlsFiles::read(&tls)?;
            Ok::<_, SettingsError>((tls, Remembered::new(Arc::new(files))))
        });
        let user = settings.credentials.clone().map(|credentials| {
            let password = files::password(&credentials.password_file)?;
            Ok::<_, SettingsError>((credentials, Remembered::new(password)))
        });
        Ok(Self { tls: tls.transpose()?, user: user.transpose()?, teller })
    }

    pub(super) const fn has_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// Whether there is nothing that could change.
    pub(super) const fn is_empty(&self) -> bool {
        self.tls.is_none() && self.user.is_none()
    }

    pub(super) const fn tls_settings(&self) -> Option<&TlsSettings> {
        match &self.tls {
            Some((settings, _)) => Some(settings),
            None => None,
        }
    }

    /// The certificates and the key as they are used now.
    pub(super) fn tls_files(&self) -> Option<Arc<TlsFiles>> {
        self.tls.as_ref().map(|(_, remembered)| Arc::clone(&lock(remembered).good))
    }

    pub(super) fn user(&self) -> Option<&str> {
        self.user.as_ref().map(|(credentials, _)| credentials.user.as_str())
    }

    /// The file of the password, for an error.
    pub(super) fn password_file(&self) -> String {
        self.user.as_ref().map_or_else(String::new, |(user, _)| user.password_file.display().to_string())
    }

    /// Reads again what can have changed. It looks at files, and so may block.
    pub(super) fn renew(&self) {
        if let Some((settings, remembered)) = &self.tls {
            let files = [&settings.ca_file, &settings.cert_file, &settings.key_file];
            let what = files.map(|file| file.display().to_string()).join(", ");
            self.take(&what, remembered, TlsFiles::read(settings).map(Arc::new));
        }
        if let Some((credentials, remembered)) = &self.user {
            let file = &credentials.password_file;
            self.take(&file.display().to_string(), remembered, files::password(file));
        }
    }

    fn take<T: PartialEq>(
        &self,
        what: &str,
        remembered: &Mutex<Remembered<T>>,
        read: Result<T, SettingsError>,
    ) {
        let news = lock(remembered).take(what, read);
        if let Some(news) = news {
            (self.teller)(news);
        }
    }

    /// Secures an endpoint with the files as they are used now.
    pub(super) fn secure(&self, endpoint: Endpoint) -> Result<Endpoint, tonic::transport::Error> {
        match self.tls_settings().zip(self.tls_files()) {
            Some((settings, files)) => tls::secure(&files, !settings.insecure_skip_verify, endpoint),
            None => Ok(endpoint),
        }
    }

    /// The user and the password as it is used now.
    pub(super) fn login(&self) -> Option<(String, String)> {
        let (credentials, remembered) = self.user.as_ref()?;
        let password = String::from_utf8_lossy(lock(remembered).good.reveal()).into_owned();
        Some((credentials.user.clone(), password))
    }
}

impl<T: PartialEq> Remembered<T> {
    fn new(good: T) -> Mutex<Self> {
        Mutex::new(Self { good, refused: None })
    }

    /// Takes what was `read` of the files `what`, and says what is new of it. The same fault is told once.
    fn take(&mut self, what: &str, read: Result<T, SettingsError>) -> Option<FileNews> {
        match read {
            Ok(read) if read == self.good => {
                self.refused = None;
                None
            }
            Ok(read) => {
                self.good = read;
                self.refused = None;
                Some(FileNews::Renewed(format!("{what} changed: new connections use what is there now")))
            }
            Err(fault) => {
                let told = fault.with_source();
                let known = self.refused.as_ref() == Some(&told);
                let news = format!("{told}; what was read of it before goes on being used");
                self.refused = Some(told);
                (!known).then_some(FileNews::Refused(news))
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring")
            .field("tls", &self.tls_settings())
            .field("user", &self.user())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn what_changed_is_told_and_a_fault_once_while_the_old_stays() {
        let fault = || SettingsError::content(Path::new("key.pem"), "is not PEM");
        let refused = || {
            Some(FileNews::Refused(
                "key.pem is not PEM; what was read of it before goes on being used".into(),
            ))
        };
        let renewed =
            || Some(FileNews::Renewed("key.pem changed: new connections use what is there now".into()));
        let remembered = Remembered::new(1);
        let mut remembered = lock(&remembered);
        let steps = [
            (Ok(1), 1, None),
            (Err(fault()), 1, refused()),
            (Err(fault()), 1, None),
            (Ok(1), 1, None),
            (Err(fault()), 1, refused()),
            (Ok(2), 2, renewed()),
            (Ok(2), 2, None),
        ];
        for (number, (read, used, news)) in steps.into_iter().enumerate() {
            assert_eq!(remembered.take("key.pem", read), news, "step {number}");
            assert_eq!(remembered.good, used, "step {number}");
        }
    }
}
