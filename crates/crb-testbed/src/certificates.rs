//! A small certificate authority, and what it signed, as PEM files.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

/// One certificate for `127.0.0.1`, `::1` and `localhost`, good for servers and clients, and who signed it.
#[derive(Debug, Clone)]
pub struct Certificates {
    /// The certificate of the authority.
    pub ca_file: PathBuf,
    /// The certificate.
    pub cert_file: PathBuf,
    /// Its key.
    pub key_file: PathBuf,
}

impl Certificates {
    /// Makes a new authority and lays its files into `directory`.
    pub fn make(directory: &Path) -> Self {
        let (ca, cert, key) = sign().expect("certificates for a test");
        let write = |name: &str, text: String| {
            let file = directory.join(name);
            fs::write(&file, text).expect("a writable directory for certificates");
            file
        };
        Self {
            ca_file: write("ca.pem", ca),
            cert_file: write("cert.pem", cert),
            key_file: write("key.pem", key),
        }
    }
}

fn sign() -> Result<(String, String, String), rcgen::Error> {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut both = CertificateParams::new(names)?;
    both.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate()?;
    let cert = both.signed_by(&key, &authority)?;
    Ok((authority.pem(), cert.pem(), key.serialize_pem()))
}
