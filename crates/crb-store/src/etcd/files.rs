//! The files that secure a connection, read and checked, so that a fault is told by the file's name and not by a
//! failed handshake.

use std::fs::{self, Metadata};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::secret::Secret;
use super::settings::{SettingsError, TlsSettings};
use super::validity::Validity;

/// Whoever may read a secret without being its owner or in its group, and whoever may put another in its place.
const EXPOSED: u32 = 0o026;

/// A password is a line, and nobody types so much.
const LONGEST_PASSWORD: u64 = 4_096;

/// The texts of the three files of TLS, which were found to belong together.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct TlsFiles {
    pub(super) ca: Vec<u8>,
    pub(super) cert: Vec<u8>,
    pub(super) key: Secret,
    /// When our certificate may be used; `None` where that cannot be told.
    pub(super) validity: Option<Validity>,
}

impl TlsFiles {
    /// Reads the files, and stops at the first fault.
    pub(super) fn read(settings: &TlsSettings) -> Result<Self, SettingsError> {
        let (files, mut faults) = Self::examine(settings);
        match (files, faults.pop()) {
            (Some(files), None) => Ok(files),
            (_, Some(fault)) => Err(faults.into_iter().next().unwrap_or(fault)),
            (None, None) => unreachable!("files that are not given have a fault"),
        }
    }

    /// Reads the files, and tells all that is wrong with them.
    pub(super) fn examine(settings: &TlsSettings) -> (Option<Self>, Vec<SettingsError>) {
        let mut faults = vec![];
        let mut kept = |read: Result<Vec<u8>, SettingsError>| read.map_err(|fault| faults.push(fault)).ok();
        let ca = kept(read(&settings.ca_file).and_then(|text| authorities(&settings.ca_file, text)));
        let cert = kept(read(&settings.cert_file));
        let key = kept(read_secret(&settings.key_file));
        let identity = cert.as_ref().zip(key.as_ref()).map(|(cert, key)| {
            let (cert, key) = (Pem::new(&settings.cert_file, cert), Pem::new(&settings.key_file, key));
            identity(&cert, &key)
        });
        let validity = match identity {
            Some(Ok(validity)) => validity,
            Some(Err(fault)) => {
                faults.push(fault);
                None
            }
            None => None,
        };
        let files = match (ca, cert, key) {
            (Some(ca), Some(cert), Some(key)) if faults.is_empty() => {
                Some(Self { ca, cert, key: Secret::new(key), validity })
            }
            _ => None,
        };
        (files, faults)
    }
}

/// The password in a file: its first line, which must be its only one.
pub(super) fn password(file: &Path) -> Result<Secret, SettingsError> {
    let fault = |reason: &str| SettingsError::content(file, reason);
    let text = String::from_utf8(read_secret(file)?).map_err(|_| fault("is not UTF-8"))?;
    let password = text.strip_suffix('\n').unwrap_or(&text);
    let password = password.strip_suffix('\r').unwrap_or(password);
    match password {
        "" => Err(fault("holds no password")),
        line if line.contains('\n') => Err(fault("holds more than one line")),
        line => Ok(Secret::new(line)),
    }
}

fn read(file: &Path) -> Result<Vec<u8>, SettingsError> {
    fs::read(file).map_err(|source| SettingsError::Unreadable { file: file.to_owned(), source })
}

/// Reads what nobody else may. A secret that others could have read may be known to them already.
fn read_secret(file: &Path) -> Result<Vec<u8>, SettingsError> {
    let unreadable = |source| SettingsError::Unreadable { file: file.to_owned(), source };
    let metadata = fs::metadata(file).map_err(unreadable)?;
    if is_exposed(&metadata) {
        return Err(SettingsError::Exposed { file: file.to_owned() });
    }
    // What is longer is no secret of ours, be it a device without end.
    if metadata.len() > LONGEST_PASSWORD.max(1 << 20) {
        return Err(SettingsError::content(file, "is too long"));
    }
    read(file)
}

fn is_exposed(metadata: &Metadata) -> bool {
    metadata.permissions().mode() & EXPOSED != 0
}

/// A file of PEM sections.
struct Pem<'a> {
    file: &'a Path,
    text: &'a [u8],
}

impl<'a> Pem<'a> {
    const fn new(file: &'a Path, text: &'a [u8]) -> Self {
        Self { file, text }
    }

    fn fault(&self, reason: impl Into<String>) -> SettingsError {
        SettingsError::content(self.file, reason)
    }

    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, SettingsError> {
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(self.text)
            .collect::<Result<_, _>>()
            .map_err(|error| self.fault(format!("is not PEM: {error}")))?;
        if certificates.is_empty() { Err(self.fault("holds no certificate")) } else { Ok(certificates) }
    }
}

fn authorities(file: &Path, text: Vec<u8>) -> Result<Vec<u8>, SettingsError> {
    let pem = Pem::new(file, &text);
    let mut roots = RootCertStore::empty();
    for certificate in pem.certificates()? {
        roots
            .add(certificate)
            .map_err(|error| pem.fault(format!("holds a certificate that cannot be used: {error}")))?;
    }
    Ok(text)
}

/// Whether the key is the certificate's; and when the certificate may be used.
fn identity(cert: &Pem<'_>, key: &Pem<'_>) -> Result<Option<Validity>, SettingsError> {
    let certificates = cert.certificates()?;
    let validity = certificates.first().and_then(|own| Validity::of(own));
    let private = PrivateKeyDer::from_pem_slice(key.text)
        .map_err(|error| key.fault(format!("holds no private key: {error}")))?;
    let signer = ring::default_provider()
        .key_provider
        .load_private_key(private)
        .map_err(|error| key.fault(format!("holds a private key that cannot be used: {error}")))?;
    match CertifiedKey::new(certificates, signer).keys_match() {
        Ok(()) => Ok(validity),
        Err(rustls::Error::InconsistentKeys(_)) => {
            Err(key.fault(format!("is not the key of {}", cert.file.display())))
        }
        Err(error) => Err(cert.fault(format!("holds a certificate that cannot be used: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use tempfile::TempDir;

    use super::*;

    fn file_with(directory: &TempDir, text: &str, mode: u32) -> std::path::PathBuf {
        let file = directory.path().join("password");
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        file
    }

    #[test]
    fn a_password_is_the_one_line_of_its_file() {
        let directory = TempDir::new().unwrap();
        let cases = [
            ("secret", Ok("secret")),
            ("secret\n", Ok("secret")),
            ("secret\r\n", Ok("secret")),
            (" two words \n", Ok(" two words ")),
            ("", Err("holds no password")),
            ("\n", Err("holds no password")),
            ("one\ntwo\n", Err("holds more than one line")),
        ];
        for (text, expected) in cases {
            let file = file_with(&directory, text, 0o600);
            match (password(&file), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, Secret::new(expected), "{text:?}"),
                (Err(told), Err(reason)) => {
                    assert_eq!(told.to_string(), format!("{} {reason}", file.display()), "{text:?}");
                }
                (found, _) => panic!("{found:?} for {text:?}"),
            }
        }
    }

    #[test]
    fn a_secret_that_others_may_read_or_write_is_refused_with_the_remedy() {
        let directory = TempDir::new().unwrap();
        for (mode, fits) in
            [(0o400, true), (0o600, true), (0o640, true), (0o644, false), (0o660, false), (0o602, false)]
        {
            let file = file_with(&directory, "secret", mode);
            let shown = file.display();
            let told = password(&file).map(drop).map_err(|error| error.to_string());
            let expected = Err(format!(
                "{shown} can be read or written by other users: run `chmod g-w,o= {shown}`, and change what it \
                 holds if they may have read it"
            ));
            assert_eq!(told, if fits { Ok(()) } else { expected }, "{mode:o}");
        }
    }
}
