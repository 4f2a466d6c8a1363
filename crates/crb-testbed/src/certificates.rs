//! A small certificate authority, and what it signed, as PEM files.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

/// What a certificate is to say.
#[derive(Debug, Clone)]
pub struct Request {
    names: Vec<String>,
    common_name: String,
    span: Option<(Duration, Duration)>,
}

/// One certificate, good for servers and clients, and who signed it.
#[derive(Debug, Clone)]
pub struct Certificates {
    /// The certificate of the authority.
    pub ca_file: PathBuf,
    /// The certificate.
    pub cert_file: PathBuf,
    /// Its key, which only its owner may read.
    pub key_file: PathBuf,
    authority: Arc<Authority>,
}

#[derive(Debug)]
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Request {
    /// For these names, whoever uses it.
    pub fn of(names: &[&str]) -> Self {
        let names = names.iter().map(ToString::to_string).collect();
        Self { names, common_name: "test".to_owned(), span: None }
    }

    /// For whoever is on this machine.
    pub fn local() -> Self {
        Self::of(&["127.0.0.1", "::1", "localhost"])
    }

    /// Usable between these times since the epoch, and not for centuries.
    #[must_use]
    pub fn between(self, from: Duration, until: Duration) -> Self {
        Self { span: Some((from, until)), ..self }
    }

    /// Of a subject of this name, which etcd may take for a user's.
    #[must_use]
    pub fn named(self, common_name: &str) -> Self {
        Self { common_name: common_name.to_owned(), ..self }
    }
}

impl Certificates {
    /// Makes a new authority that certifies `127.0.0.1`, `::1` and `localhost`, and lays the files into `directory`.
    pub fn make(directory: &Path) -> Self {
        Self::make_as(&Request::local(), directory)
    }

    /// The same for another request.
    pub fn make_as(request: &Request, directory: &Path) -> Self {
        let authority = Authority::new(&directory.display().to_string()).expect("an authority for a test");
        Arc::new(authority).issue(request, directory)
    }

    /// Another certificate of the same authority, in another directory, or in the same instead of this one: then each
    /// file is replaced at once.
    #[must_use]
    pub fn issue(&self, request: &Request, directory: &Path) -> Self {
        self.authority.issue(request, directory)
    }
}

impl Authority {
    fn new(name: &str) -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::default();
        // Two authorities of one name would be taken for one whose signature is wrong.
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        CertifiedIssuer::self_signed(params, KeyPair::generate()?).map(Self)
    }

    fn issue(self: &Arc<Self>, request: &Request, directory: &Path) -> Certificates {
        let (cert, key) = self.sign(request).expect("a certificate for a test");
        Certificates {
            ca_file: put(directory, "ca.pem", &self.0.pem(), 0o644),
            cert_file: put(directory, "cert.pem", &cert, 0o644),
            key_file: put(directory, "key.pem", &key, 0o600),
            authority: Arc::clone(self),
        }
    }

    fn sign(&self, request: &Request) -> Result<(String, String), rcgen::Error> {
        let mut both = CertificateParams::new(request.names.clone())?;
        both.distinguished_name.push(DnType::CommonName, &request.common_name);
        both.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        if let Some((from, until)) = request.span {
            let epoch = date_time_ymd(1970, 1, 1);
            (both.not_before, both.not_after) = (epoch + from, epoch + until);
        }
        let key = KeyPair::generate()?;
        Ok((both.signed_by(&key, &self.0)?.pem(), key.serialize_pem()))
    }
}

/// Puts a file at once, so that nobody reads half of it.
fn put(directory: &Path, name: &str, text: &str, mode: u32) -> PathBuf {
    let (file, draft) = (directory.join(name), directory.join(format!("{name}.draft")));
    let put = fs::write(&draft, text)
        .and_then(|()| fs::set_permissions(&draft, Permissions::from_mode(mode)))
        .and_then(|()| fs::rename(&draft, &file));
    put.unwrap_or_else(|error| panic!("{} cannot be put: {error}", file.display()));
    file
}
