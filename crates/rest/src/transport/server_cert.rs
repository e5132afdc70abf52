//! Which server certificates a connection accepts (SSLServerCert).

use std::fmt;

use aws_lc_rs::digest;
use rustls::pki_types::CertificateDer;

use super::{Invalid, certificate, pem};

const PROPERTY: &str = "SSLServerCert";

const ACCEPTED: &str = "give the path of a PEM or DER file, PEM text, a SHA-256 thumbprint (64 hexadecimal digits), \
                        a SHA-1 thumbprint (40), or * for any certificate";

/// The server certificates that are accepted.
///
/// A certificate that is named exactly, by thumbprint or by being one of [`Self::Pem`], is accepted whatever names and
/// dates it carries: the server proves that it holds the key, and the user has said that this is the one. All others
/// need an issuer who is trusted, the right host name and the right date.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum ServerCert {
    /// Those whose issuers the system trusts.
    #[default]
    System,
    /// These, and those that they have issued. The system's issuers are not asked.
    Pem(Vec<CertificateDer<'static>>),
    /// These, those that they have issued, and those whose issuers the system trusts. Not for users to choose: the
    /// host of result files is another than the one that they name a certificate for.
    PemOrSystem(Vec<CertificateDer<'static>>),
    /// The one with this SHA-256 thumbprint.
    Sha256([u8; 32]),
    /// The one with this SHA-1 thumbprint.
    Sha1([u8; 20]),
    /// Any at all.
    Any,
}

impl ServerCert {
    /// Reads what a user typed: nothing, `*`, PEM text, a thumbprint in hexadecimal with or without colons or spaces,
    /// or the path of a PEM or DER file.
    ///
    /// # Errors
    /// [`Invalid`] if it is none of these, or the file or text holds no certificate.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        // A thumbprint copied from a Windows dialog begins with an invisible mark.
        let text = text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{200e}');
        if text.is_empty() {
            return Ok(Self::System);
        }
        if text == "*" {
            return Ok(Self::Any);
        }
        let refuse = |reason: String| Invalid::new(PROPERTY, format!("{reason}; {ACCEPTED}"));
        if pem::is_pem(text) {
            return certificate::of_pem(text).map(Self::Pem).map_err(refuse);
        }
        if let Some(digest) = hexadecimal(text) {
            if let Ok(digest) = digest.as_slice().try_into() {
                return Ok(Self::Sha256(digest));
            }
            if let Ok(digest) = digest.as_slice().try_into() {
                return Ok(Self::Sha1(digest));
            }
            if digest.len() == 16 {
                return Err(refuse(
                    "an MD5 thumbprint proves nothing, as certificates that share one can be made"
                        .to_owned(),
                ));
            }
            if text.contains(':') {
                return Err(refuse(format!(
                    "{} hexadecimal digits are no thumbprint",
                    digest.len() * 2
                )));
            }
        }
        let bytes = certificate::read_file(text).map_err(refuse)?;
        let found = match std::str::from_utf8(&bytes) {
            Ok(content) if pem::is_pem(content) => certificate::of_pem(content),
            _ => certificate::of_der(bytes).map(|certificate| vec![certificate]),
        };
        found
            .map(Self::Pem)
            .map_err(|reason| refuse(format!("the file `{text}`: {reason}")))
    }
}

impl fmt::Debug for ServerCert {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => out.write_str("System"),
            Self::Pem(certificates) => write!(out, "Pem({})", certificates.len()),
            Self::PemOrSystem(certificates) => write!(out, "PemOrSystem({})", certificates.len()),
            Self::Sha256(digest) => write!(out, "Sha256({})", shown(digest)),
            Self::Sha1(digest) => write!(out, "Sha1({})", shown(digest)),
            Self::Any => out.write_str("Any"),
        }
    }
}

/// A certificate's SHA-256 thumbprint.
pub(super) fn sha256(certificate: &[u8]) -> [u8; 32] {
    let mut thumbprint = [0; 32];
    thumbprint.copy_from_slice(digest::digest(&digest::SHA256, certificate).as_ref());
    thumbprint
}

/// A certificate's SHA-1 thumbprint.
pub(super) fn sha1(certificate: &[u8]) -> [u8; 20] {
    let mut thumbprint = [0; 20];
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, certificate);
    thumbprint.copy_from_slice(digest.as_ref());
    thumbprint
}

/// A thumbprint as other tools print it, and as [`ServerCert::parse`] takes it.
pub(super) fn shown(thumbprint: &[u8]) -> String {
    let digits: Vec<_> = thumbprint
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect();
    digits.join(":")
}

/// The bytes of hexadecimal digits, if the text is made of nothing else. openssl's `sha256 Fingerprint=` is passed over.
fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits = match text.split_once('=') {
        Some((label, digits)) if label.to_lowercase().ends_with("fingerprint") => digits,
        _ => text,
    };
    let digits: Vec<u8> = digits
        .chars()
        .filter(|letter| *letter != ':' && !letter.is_whitespace())
        .map(|letter| {
            letter
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA256: &str = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";
    const SHA1: &str = "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709";

    #[test]
    fn thumbprints_are_read_in_every_spelling() {
        // Those of an empty text, which everybody knows.
        let expected = (ServerCert::Sha256(sha256(b"")), ServerCert::Sha1(sha1(b"")));
        let colons = |digits: &str| {
            let pairs: Vec<_> = digits.as_bytes().chunks(2).collect();
            String::from_utf8(pairs.join(&b':')).unwrap()
        };
        for (text, expected) in [
            (SHA256.to_owned(), &expected.0),
            (SHA256.to_lowercase(), &expected.0),
            (colons(SHA256), &expected.0),
            (colons(SHA256).replace(':', " "), &expected.0),
            (
                format!("sha256 Fingerprint={}", colons(SHA256)),
                &expected.0,
            ),
            (format!(" \u{200e}{SHA1} "), &expected.1),
            (colons(SHA1), &expected.1),
        ] {
            assert_eq!(&ServerCert::parse(&text).unwrap(), expected, "{text}");
        }
        assert_eq!(ServerCert::parse(" ").unwrap(), ServerCert::System);
        assert_eq!(ServerCert::parse(" * ").unwrap(), ServerCert::Any);
        assert_eq!(
            format!("{:?}", expected.1),
            format!("Sha1({})", colons(SHA1))
        );
    }

    #[test]
    fn anything_else_is_told_what_is_accepted() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            path.to_str().unwrap().to_owned()
        };
        for (text, part) in [
            ("d41d8cd98f00b204e9800998ecf8427e".to_owned(), "MD5"),
            ("D4:1D:8C".to_owned(), "6 hexadecimal digits"),
            ("nowhere.pem".to_owned(), "`nowhere.pem` cannot be read"),
            (folder.path().to_str().unwrap().to_owned(), "is not a file"),
            (path("text", b"hello"), "not an X.509 certificate"),
            (
                path(
                    "key",
                    b"-----BEGIN PRIVATE KEY-----\nQUJD\n-----END PRIVATE KEY-----",
                ),
                "only PRIVATE KEY",
            ),
            (
                "-----BEGIN PUBLIC KEY-----QUJD-----END PUBLIC KEY-----".to_owned(),
                "only PUBLIC KEY",
            ),
            (
                "-----BEGIN CERTIFICATE-----QUJD-----END CERTIFICATE-----".to_owned(),
                "not an X.509 certificate",
            ),
            (path("large", &vec![b'A'; (1 << 20) + 1]), "too large"),
        ] {
            let message = ServerCert::parse(&text).unwrap_err().to_string();
            assert!(message.starts_with("SSLServerCert: "), "{message}");
            assert!(message.contains(part), "{text}: {message}");
            assert!(
                message.contains("SHA-256 thumbprint (64 hexadecimal digits)"),
                "{message}"
            );
            assert!(!message.contains("QUJD"), "{message}");
        }
    }
}
