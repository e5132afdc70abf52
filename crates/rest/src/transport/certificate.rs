//! Certificates in files and in pasted text.

use std::fs;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use super::pem;

/// No certificate file is larger; something else was named by mistake.
const LARGEST_FILE: u64 = 1 << 20;

/// The certificates of PEM text, at least one.
pub(super) fn of_pem(text: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let sections = pem::sections(text)?;
    let labels: Vec<_> = sections.iter().map(|section| section.label).collect();
    let found = format!(
        "the PEM text holds no certificate, only {}",
        labels.join(", ")
    );
    let certificates: Vec<CertificateDer<'static>> = sections
        .into_iter()
        .filter(|section| section.label == "CERTIFICATE")
        .map(|section| section.der.into())
        .collect();
    if certificates.is_empty() {
        return Err(found);
    }
    for certificate in &certificates {
        check(certificate)?;
    }
    Ok(certificates)
}

/// The one certificate of a binary file.
pub(super) fn of_der(bytes: Vec<u8>) -> Result<CertificateDer<'static>, String> {
    let certificate = bytes.into();
    check(&certificate)?;
    Ok(certificate)
}

fn check(certificate: &CertificateDer<'static>) -> Result<(), String> {
    RootCertStore::empty()
        .add(certificate.clone())
        .map_err(|_| "what it holds is not an X.509 certificate".to_owned())
}

/// The content of a file that a user named.
pub(super) fn read_file(path: &str) -> Result<Vec<u8>, String> {
    let unreadable = |error: std::io::Error| format!("the file `{path}` cannot be read: {error}");
    let about = fs::metadata(path).map_err(unreadable)?;
    if !about.is_file() {
        return Err(format!("`{path}` is not a file"));
    }
    if about.len() > LARGEST_FILE {
        return Err(format!("`{path}` is too large for a certificate or key"));
    }
    fs::read(path).map_err(unreadable)
}
