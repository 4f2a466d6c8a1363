//! The files of TLS, read and checked, so that a fault is told by the file's name and not by a failed handshake.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, RootCertStore, SignatureScheme};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Error, Identity};

use super::settings::{SettingsError, TlsSettings};

/// What every connection is secured with.
#[derive(Debug)]
pub(super) struct Tls {
    ca: Vec<u8>,
    identity: Identity,
    verify: bool,
}

impl Tls {
    pub(super) fn load(settings: &TlsSettings) -> Result<Self, SettingsError> {
        let [ca, cert, key] =
            [Pem::read(&settings.ca_file)?, Pem::read(&settings.cert_file)?, Pem::read(&settings.key_file)?];
        ca.check_authorities()?;
        check_identity(&cert, &key)?;
        Ok(Self {
            ca: ca.text,
            identity: Identity::from_pem(cert.text, key.text),
            verify: !settings.insecure_skip_verify,
        })
    }

    /// Secures an endpoint, whose host must be the name in the server's certificate.
    pub(super) fn secure(&self, endpoint: Endpoint) -> Result<Endpoint, Error> {
        let config = ClientTlsConfig::new().identity(self.identity.clone());
        if self.verify {
            endpoint.tls_config(config.ca_certificate(Certificate::from_pem(&self.ca)))
        } else {
            endpoint.tls_config_with_verifier(config, Arc::new(AnyServer(ring::default_provider())))
        }
    }
}

/// A file of PEM sections.
struct Pem<'a> {
    file: &'a Path,
    text: Vec<u8>,
}

impl<'a> Pem<'a> {
    fn read(file: &'a Path) -> Result<Self, SettingsError> {
        let text =
            fs::read(file).map_err(|source| SettingsError::Unreadable { file: file.to_owned(), source })?;
        Ok(Self { file, text })
    }

    fn fault(&self, reason: impl Into<String>) -> SettingsError {
        SettingsError::Content { file: self.file.to_owned(), reason: reason.into() }
    }

    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, SettingsError> {
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(&self.text)
            .collect::<Result<_, _>>()
            .map_err(|error| self.fault(format!("is not PEM: {error}")))?;
        if certificates.is_empty() { Err(self.fault("holds no certificate")) } else { Ok(certificates) }
    }

    fn check_authorities(&self) -> Result<(), SettingsError> {
        let mut roots = RootCertStore::empty();
        for certificate in self.certificates()? {
            roots
                .add(certificate)
                .map_err(|error| self.fault(format!("holds a certificate that cannot be used: {error}")))?;
        }
        Ok(())
    }
}

/// Whether the key is the certificate's.
fn check_identity(cert: &Pem<'_>, key: &Pem<'_>) -> Result<(), SettingsError> {
    let certificates = cert.certificates()?;
    let private = PrivateKeyDer::from_pem_slice(&key.text)
        .map_err(|error| key.fault(format!("holds no private key: {error}")))?;
    let signer = ring::default_provider()
        .key_provider
        .load_private_key(private)
        .map_err(|error| key.fault(format!("holds a private key that cannot be used: {error}")))?;
    match CertifiedKey::new(certificates, signer).keys_match() {
        Ok(()) => Ok(()),
        Err(rustls::Error::InconsistentKeys(_)) => {
            Err(key.fault(format!("is not the key of {}", cert.file.display())))
        }
        Err(error) => Err(cert.fault(format!("holds a certificate that cannot be used: {error}"))),
    }
}

/// Takes any server for the right one, as `insecure_skip_verify` asks; the handshake itself is still checked.
#[derive(Debug)]
struct AnyServer(CryptoProvider);

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
