//! Whether a server's certificate is accepted, and what is said if it is not.
//!
//! Whatever is accepted, the server must prove in the handshake that it holds the certificate's key.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
};

use super::server_cert::{ServerCert, sha1, sha256, shown};

/// Decides over server certificates.
#[derive(Debug)]
pub(super) struct Verifier {
    accepted: ServerCert,
    issuers: OnceLock<Result<Issuers, String>>,
    provider: Arc<CryptoProvider>,
}

/// Knows names, dates and issuers, where these count.
type Issuers = Option<Arc<dyn ServerCertVerifier>>;

impl Verifier {
    pub(super) fn new(accepted: ServerCert, provider: Arc<CryptoProvider>) -> Self {
        Self {
            accepted,
            issuers: OnceLock::new(),
            provider,
        }
    }

    /// Reads the issuers who are trusted, which would otherwise happen in the first handshake: the system's fill a
    /// file that need not be read to talk to oneself over plain http.
    pub(super) fn prepare(&self) -> Result<&Issuers, String> {
        let issuers = self.issuers.get_or_init(|| {
            let provider = Arc::clone(&self.provider);
            match &self.accepted {
                ServerCert::System => system(Vec::new(), provider).map(Some),
                ServerCert::PemOrSystem(certificates) => {
                    system(certificates.clone(), provider).map(Some)
                }
                ServerCert::Pem(certificates) => given(certificates, provider).map(Some),
                ServerCert::Sha256(_) | ServerCert::Sha1(_) | ServerCert::Any => Ok(None),
            }
        });
        issuers.as_ref().map_err(Clone::clone)
    }

    /// Whether exactly this certificate is named.
    fn is_named(&self, certificate: &CertificateDer<'_>) -> bool {
        match &self.accepted {
            ServerCert::System => false,
            // As an issuer a server's own certificate would not do: openssl makes self-signed ones that say they
            // belong to an authority, and others were issued by somebody who is not named.
            ServerCert::Pem(certificates) | ServerCert::PemOrSystem(certificates) => {
                certificates.contains(certificate)
            }
            ServerCert::Sha256(digest) => sha256(certificate) == *digest,
            ServerCert::Sha1(digest) => sha1(certificate) == *digest,
            ServerCert::Any => true,
        }
    }
}

/// The system's issuers, and these.
fn system(
    besides: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, String> {
    match rustls_platform_verifier::Verifier::new_with_extra_roots(besides, provider) {
        Ok(verifier) => Ok(Arc::new(verifier)),
        Err(error) => Err(format!(
            "the system's certificates cannot be used ({error}); install them, or name the server's in SSLServerCert"
        )),
    }
}

fn given(
    certificates: &[CertificateDer<'static>],
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, String> {
    let refused = |error: &dyn fmt::Display| format!("SSLServerCert: {error}");
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots
            .add(certificate.clone())
            .map_err(|error| refused(&error))?;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build();
    match verifier {
        Ok(verifier) => Ok(verifier),
        Err(error) => Err(refused(&error)),
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.is_named(end_entity) {
            return Ok(ServerCertVerified::assertion());
        }
        let reason = match self.prepare().map_err(Error::General)? {
            None => Reason::Differs,
            Some(issuers) => match issuers.verify_server_cert(
                end_entity,
                intermediates,
                server_name,
                ocsp_response,
                now,
            ) {
                Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
                    Reason::Issuer(self.accepted == ServerCert::System)
                }
                Err(Error::InvalidCertificate(error)) => Reason::Refused(error),
                other => return other,
            },
        };
        let untrusted = Untrusted {
            sha256: sha256(end_entity),
            host: server_name.to_str().into_owned(),
            reason,
        };
        Err(Error::InvalidCertificate(CertificateError::Other(
            OtherError(Arc::new(untrusted)),
        )))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// A certificate that was not accepted.
#[derive(Debug)]
pub(super) struct Untrusted {
    sha256: [u8; 32],
    host: String,
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    /// It is not the one that SSLServerCert names.
    Differs,
    /// Nobody who is trusted has issued it; whether it is the system that trusts.
    Issuer(bool),
    Refused(CertificateError),
}

impl std::error::Error for Untrusted {}

impl fmt::Display for Untrusted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Differs => {
                out.write_str("the server's certificate is not the one that SSLServerCert names")
            }
            Reason::Issuer(true) => {
                out.write_str("the server's certificate is unknown: nobody whom this system trusts has issued it")
            }
            Reason::Issuer(false) => out.write_str(
                "the server's certificate is unknown: it is none of SSLServerCert and issued by none of them",
            ),
            Reason::Refused(error) => refused(error, &self.host, out),
        }?;
        write!(out, "; its SHA-256 thumbprint is {}", shown(&self.sha256))
    }
}

fn refused(error: &CertificateError, host: &str, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    match error {
        CertificateError::ExpiredContext { time, not_after } => write!(
            out,
            "the server's certificate expired {} ago, if this machine's clock is right",
            span(time, not_after)
        ),
        CertificateError::Expired => out.write_str("the server's certificate has expired"),
        CertificateError::NotValidYetContext { time, not_before } => write!(
            out,
            "the server's certificate becomes valid only in {}, if this machine's clock is right",
            span(not_before, time)
        ),
        CertificateError::NotValidForNameContext { presented, .. } if !presented.is_empty() => {
            write!(
                out,
                "the server's certificate is for {}, not for {host}",
                names(presented)
            )
        }
        CertificateError::NotValidForNameContext { .. } | CertificateError::NotValidForName => {
            write!(out, "the server's certificate is not for {host}")
        }
        // The type of this error belongs to the crate that checks certificates; its text is all there is.
        CertificateError::Other(error) if error.to_string().contains("CaUsedAsEndEntity") => out
            .write_str(
                "the server's certificate is unknown: it is self-signed, or an authority's own",
            ),
        CertificateError::Revoked => out.write_str("the server's certificate has been revoked"),
        other => write!(out, "the server's certificate is not valid ({other})"),
    }
}

/// rustls hands names over in the form of Rust's own debugging output: `DnsName("a.example")`.
fn names(presented: &[String]) -> String {
    let names: Vec<_> = presented
        .iter()
        .map(|name| name.split('"').nth(1).unwrap_or(name))
        .collect();
    names.join(", ")
}

fn span(later: &UnixTime, earlier: &UnixTime) -> String {
    let seconds = later.as_secs().saturating_sub(earlier.as_secs());
    let (count, unit) = match seconds {
        seconds @ ..7200 => (seconds / 60, "minute"),
        seconds @ ..172_800 => (seconds / 3600, "hour"),
        seconds => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}
