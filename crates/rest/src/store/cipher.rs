//! The primitives: AES-256-GCM with random nonces, and HKDF-SHA256. It decides nothing about files or openers.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::{hkdf, rand};
use secrecy::zeroize::{Zeroize, Zeroizing};

/// A 256-bit key, wiped when it goes.
pub(super) struct Key([u8; 32]);

impl Key {
    /// A new random key; None if the system has no randomness.
    pub(super) fn new() -> Option<Self> {
        random().map(Self)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<&[u8]> for Key {
    type Error = std::array::TryFromSliceError;

    fn try_from(bytes: &[u8]) -> Result<Self, Self::Error> {
        bytes.try_into().map(Self)
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

/// Random bytes; None if the system has none.
pub(super) fn random<const COUNT: usize>() -> Option<[u8; COUNT]> {
    let mut bytes = [0; COUNT];
    rand::fill(&mut bytes).ok()?;
    Some(bytes)
}

/// The name and the wrapping key of an opener: independent of each other, so the name reveals nothing of the key.
pub(super) fn derive(source: &[u8], salt: &[u8]) -> Option<([u8; 16], Key)> {
    let root = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(source);
    let expand = |purpose: &[u8]| {
        let mut out = Zeroizing::new([0; 32]);
        root.expand(&[purpose], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(&mut *out))
            .ok()?;
        Some(out)
    };
    let name = expand(b"zuzen settings file 1: name of an opener")?;
    let key = expand(b"zuzen settings file 1: wrapping key")?;
    let mut id = [0; 16];
    id.copy_from_slice(&name[..16]);
    Some((id, Key::try_from(&key[..]).ok()?))
}

/// Seals the text: nonce, ciphertext and tag in one. `associated` is bound to it and not contained.
pub(super) fn seal(key: &Key, associated: &[u8], text: &[u8]) -> Option<Vec<u8>> {
    let cipher = RandomizedNonceKey::new(&AES_256_GCM, key.bytes()).ok()?;
    let mut sealed = Zeroizing::new(Vec::with_capacity(text.len() + AES_256_GCM.tag_len()));
    sealed.extend_from_slice(text);
    let nonce = cipher
        .seal_in_place_append_tag(Aad::from(associated), &mut *sealed)
        .ok()?;
    Some([nonce.as_ref(), sealed.as_slice()].concat())
}

/// Opens what [`seal`] made; None if a bit of it, of the key or of `associated` differs.
pub(super) fn open(key: &Key, associated: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let cipher = RandomizedNonceKey::new(&AES_256_GCM, key.bytes()).ok()?;
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>()?;
    let mut text = Zeroizing::new(rest.to_vec());
    let length = cipher
        .open_in_place(Nonce::from(nonce), Aad::from(associated), &mut text)
        .ok()?
        .len();
    text.truncate(length);
    Some(text)
}
