//! Random texts for tokens and codes, and the digest of PKCE. Nothing may read meaning into them: an access token has the
//! outline of a JWT and is none.

use std::fmt::Write as _;

use aws_lc_rs::{digest, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Random bytes that are unlike those of every other serial, even where the system has no randomness to give.
fn bytes<const N: usize>(serial: u64) -> [u8; N] {
    let mut bytes = [0; N];
    // Not an error: the serial alone keeps these texts apart, and their server is on loopback.
    let _ = rand::fill(&mut bytes);
    for (byte, mark) in bytes.iter_mut().rev().zip(serial.to_le_bytes()) {
        *byte ^= mark;
    }
    bytes
}

/// As long as the tokens of new accounts: over 800 characters in three parts.
pub(crate) fn long_token(serial: u64) -> String {
    format!(
        "{}.{}.{}",
        URL_SAFE_NO_PAD.encode(bytes::<24>(serial)),
        URL_SAFE_NO_PAD.encode(bytes::<360>(serial)),
        URL_SAFE_NO_PAD.encode(bytes::<256>(serial))
    )
}

/// A refresh token or a code: 64 characters.
pub(crate) fn short_token(serial: u64) -> String {
    URL_SAFE_NO_PAD.encode(bytes::<48>(serial))
}

/// 32 hexadecimal digits.
pub(crate) fn hex_token(serial: u64) -> String {
    let mut text = String::with_capacity(32);
    for byte in bytes::<16>(serial) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// 36 characters: five groups of hexadecimal digits.
pub(crate) fn uuid(serial: u64) -> String {
    let hex = hex_token(serial);
    format!(
        "{}-{}-4{}-8{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..]
    )
}

pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The `S256` challenge of a verifier.
pub(crate) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
}

/// 43 to 128 of the characters that the grammar allows.
pub(crate) fn is_verifier(text: &str) -> bool {
    (43..=128).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

/// The encoding of 32 bytes.
pub(crate) fn is_challenge(text: &str) -> bool {
    URL_SAFE_NO_PAD
        .decode(text)
        .is_ok_and(|bytes| bytes.len() == 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_their_outlines_and_differ() {
        let (one, other) = (long_token(1), long_token(2));
        assert!(one.len() > 800 && one.split('.').count() == 3 && one != other);
        assert_eq!(short_token(1).len(), 64);
        assert_ne!(short_token(1), short_token(1));
        assert_eq!(hex_token(7).len(), 32);
        assert!(is_uuid(&uuid(7)), "{}", uuid(7));
        for bad in ["", "6d1a2b3c", "6d1a2b3c-0000-4000-8000-00000000d3m0"] {
            assert!(!is_uuid(bad), "{bad}");
        }
    }

    #[test]
    fn the_challenge_is_that_of_the_rfc() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let digest = challenge(verifier);
        assert_eq!(digest, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert!(is_verifier(verifier) && is_challenge(&digest));
        assert!(!is_verifier(&verifier[..42]) && !is_challenge(&digest[..42]));
    }
}
