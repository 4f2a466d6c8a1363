//! TLS towards etcd, made of files that were read.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Error, Identity};

use super::files::TlsFiles;

/// Secures an endpoint, whose host must be the name in the server's certificate unless nothing is to be verified.
pub(super) fn secure(files: &TlsFiles, verify: bool, endpoint: Endpoint) -> Result<Endpoint, Error> {
    let config = ClientTlsConfig::new().identity(Identity::from_pem(&files.cert, files.key.reveal()));
    if verify {
        endpoint.tls_config(config.ca_certificate(Certificate::from_pem(&files.ca)))
    } else {
        endpoint.tls_config_with_verifier(config, Arc::new(AnyServer(ring::default_provider())))
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
