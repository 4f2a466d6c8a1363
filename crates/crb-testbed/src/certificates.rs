//! A small certificate authority, and what it signed, as PEM files.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};

/// One certificate, good for servers and clients, and who signed it.
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
    /// Makes a new authority that certifies `127.0.0.1`, `::1` and `localhost`, and lays the files into `directory`.
    pub fn make(directory: &Path) -> Self {
        Self::make_for(&["127.0.0.1", "::1", "localhost"], directory)
    }

    /// The same for other names.
    pub fn make_for(names: &[&str], directory: &Path) -> Self {
        let (ca, cert, key) = sign(names, &directory.display().to_string()).expect("certificates for a test");
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

fn sign(names: &[&str], authority_name: &str) -> Result<(String, String, String), rcgen::Error> {
    let mut authority = CertificateParams::default();
    // Two authorities of one name would be taken for one whose signature is wrong.
    authority.distinguished_name.push(DnType::CommonName, authority_name);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;

    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut both = CertificateParams::new(names)?;
    both.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate()?;
    let cert = both.signed_by(&key, &authority)?;
    Ok((authority.pem(), cert.pem(), key.serialize_pem()))
}
