//! PEM text as people paste it: with line breaks, without, or with `\n` written out, as connection strings force it.
//!
//! It does not decrypt.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

const BEGIN: &str = "-----BEGIN ";

/// What stands between a BEGIN and its END.
pub(super) struct Section<'a> {
    /// `CERTIFICATE`, `PRIVATE KEY` …
    pub(super) label: &'a str,
    /// The content.
    pub(super) der: Vec<u8>,
}

/// Whether the text is PEM at all.
pub(super) fn is_pem(text: &str) -> bool {
    text.contains(BEGIN)
}

/// All sections, in order. Reasons quote labels only, as the rest may be a key.
pub(super) fn sections(text: &str) -> Result<Vec<Section<'_>>, String> {
    let mut sections = Vec::new();
    let mut rest = text;
    while let Some((_, begun)) = rest.split_once(BEGIN) {
        let (label, begun) = begun
            .split_once("-----")
            .ok_or("a BEGIN line of the PEM text is cut off")?;
        let (body, after) = begun
            .split_once(&format!("-----END {label}-----"))
            .ok_or_else(|| format!("the PEM text has no END line for its {label}"))?;
        // Only keys with a password carry such headers, `Proc-Type: 4,ENCRYPTED` the first of them.
        if label.starts_with("ENCRYPTED") || body.contains(':') {
            return Err(format!(
                "the {label} is encrypted; decrypt it first (openssl pkey -in FILE -out FILE)"
            ));
        }
        let packed: String = body
            .replace("\\r", "")
            .replace("\\n", "")
            .split_whitespace()
            .collect();
        let der = STANDARD
            .decode(packed)
            .map_err(|_| format!("the {label} in the PEM text is damaged"))?;
        sections.push(Section { label, der });
        rest = after;
    }
    Ok(sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_pem_is_read_however_it_was_folded() {
        for text in [
            "-----BEGIN CERTIFICATE-----\nAQID\nBAUG\n-----END CERTIFICATE-----\n",
            "-----BEGIN CERTIFICATE-----\r\nAQID\r\nBAUG\r\n-----END CERTIFICATE-----",
            "-----BEGIN CERTIFICATE-----AQIDBAUG-----END CERTIFICATE-----",
            "-----BEGIN CERTIFICATE----- AQID BAUG -----END CERTIFICATE-----",
            r"-----BEGIN CERTIFICATE-----\nAQID\r\nBAUG\n-----END CERTIFICATE-----\n",
            "subject=CN\n-----BEGIN CERTIFICATE-----\nAQIDBAUG\n-----END CERTIFICATE-----\n# end",
        ] {
            let sections = sections(text).unwrap();
            assert_eq!(sections.len(), 1, "{text}");
            assert_eq!(
                (sections[0].label, sections[0].der.as_slice()),
                ("CERTIFICATE", [1, 2, 3, 4, 5, 6].as_slice()),
                "{text}"
            );
        }
        let two = "-----BEGIN A-----AQ==-----END A----------BEGIN B-----Ag==-----END B-----";
        let found = sections(two).unwrap();
        let labels: Vec<_> = found.iter().map(|section| section.label).collect();
        assert_eq!(labels, ["A", "B"]);
    }

    #[test]
    fn broken_pem_is_described_without_its_content() {
        for (text, part) in [
            ("-----BEGIN CERTIF", "cut off"),
            (
                "-----BEGIN PRIVATE KEY-----\nQUJD",
                "no END line for its PRIVATE KEY",
            ),
            (
                "-----BEGIN PRIVATE KEY-----\nQ*JD\n-----END PRIVATE KEY-----",
                "the PRIVATE KEY in the PEM text is damaged",
            ),
            (
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nQUJD\n-----END ENCRYPTED PRIVATE KEY-----",
                "is encrypted; decrypt it first",
            ),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nQUJD\n-----END RSA PRIVATE KEY-----",
                "is encrypted; decrypt it first",
            ),
        ] {
            let reason = sections(text).err().unwrap();
            assert!(reason.contains(part), "{text}: {reason}");
            assert!(!reason.contains("QUJD"), "{reason}");
        }
        assert!(sections("no PEM").unwrap().is_empty());
    }
}
