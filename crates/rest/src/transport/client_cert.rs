//! The certificate that a connection shows to a server that asks for one (SSLClientCert, SSLClientKey).

use std::fmt;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer,
};
use rustls::sign::CertifiedKey;

use super::{Invalid, certificate, pem};

const CERTIFICATE: &str = "SSLClientCert";
const KEY: &str = "SSLClientKey";

/// A certificate with its issuers, and the key that belongs to it. The key cannot be printed.
#[derive(Clone)]
pub struct ClientCert {
    certified: Arc<CertifiedKey>,
}

impl ClientCert {
    /// Reads certificate and key, each the path of a PEM file or PEM text. Without a key it is looked for beside the
    /// certificate.
    ///
    /// # Errors
    /// [`Invalid`] if one of them cannot be read, is encrypted, or they do not belong together.
    pub fn read(certificate: &str, key: Option<&str>) -> Result<Self, Invalid> {
        let text = content(CERTIFICATE, certificate)?;
        let chain =
            certificate::of_pem(&text).map_err(|reason| Invalid::new(CERTIFICATE, reason))?;
        let key = match key.map(str::trim).filter(|key| !key.is_empty()) {
            Some(key) => private_key(&content(KEY, key)?),
            None => private_key(&text),
        }?;
        let provider = aws_lc_rs::default_provider();
        Self::check(chain, key, &provider)
    }

    fn check(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        provider: &CryptoProvider,
    ) -> Result<Self, Invalid> {
        let certified = CertifiedKey::from_der(chain, key, provider).map_err(|error| {
            let reason = match error {
                rustls::Error::InconsistentKeys(_) => {
                    "the key does not belong to the certificate in SSLClientCert".to_owned()
                }
                _ => "the key cannot be used; RSA, ECDSA (P-256, P-384, P-521) and Ed25519 can"
                    .to_owned(),
            };
            Invalid::new(KEY, reason)
        })?;
        Ok(Self {
            certified: Arc::new(certified),
        })
    }

    pub(super) fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.certified)
    }
}

impl fmt::Debug for ClientCert {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ClientCert({}, ***)", self.certified.cert.len())
    }
}

fn content(property: &str, text: &str) -> Result<String, Invalid> {
    let text = text.trim();
    if pem::is_pem(text) {
        return Ok(text.to_owned());
    }
    // The key's property may hold half a key instead of a path: its value is not quoted.
    let refuse = |reason: String| {
        let reason = match property {
            KEY => "it is neither PEM text nor the path of a file that can be read".to_owned(),
            _ => reason,
        };
        Invalid::new(property, reason)
    };
    let bytes = certificate::read_file(text).map_err(refuse)?;
    match String::from_utf8(bytes) {
        Ok(content) if pem::is_pem(&content) => Ok(content),
        _ => Err(Invalid::new(
            property,
            "the file is not PEM; convert it first (a .pfx or .p12 file with openssl pkcs12 -in FILE -nodes -out NEW)",
        )),
    }
}

fn private_key(text: &str) -> Result<PrivateKeyDer<'static>, Invalid> {
    let sections = pem::sections(text).map_err(|reason| Invalid::new(KEY, reason))?;
    sections
        .into_iter()
        .find_map(|section| match section.label {
            "PRIVATE KEY" => Some(PrivatePkcs8KeyDer::from(section.der).into()),
            "RSA PRIVATE KEY" => Some(PrivatePkcs1KeyDer::from(section.der).into()),
            "EC PRIVATE KEY" => Some(PrivateSec1KeyDer::from(section.der).into()),
            _ => None,
        })
        .ok_or_else(|| Invalid::new(KEY, "there is no private key"))
}
