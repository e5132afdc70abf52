//! What opens a settings file: each opener wraps the file's one data key, and any one of them is enough.
//!
//! There is no built-in key: a file opens with something its owner has, or not at all. A wrap says nothing about its
//! opener but its kind and a salted name, by which one opener is told from another of the same kind.

use std::fmt;
use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};
use parking_lot::Mutex;
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};

use super::cipher::{self, Key};
use super::error::KeyFault;
use super::{StoreError, base64_text, key_file};
use crate::settings::Secret;

/// The kinds of opener.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The OAuth client's secret. It is what opens a file that was copied to another machine.
    ClientSecret,
    /// A random key in the user's data folder, made on first need.
    UserKey,
    /// A passphrase.
    Passphrase,
    /// A key file that the connection names.
    KeyFile,
}

impl Kind {
    /// How to open a file with it.
    pub(super) fn way(self) -> &'static str {
        match self {
            Self::ClientSecret => "give the OAuthClientSecret it was made with",
            Self::UserKey => "run as the user, and on the machine, that made it",
            Self::Passphrase => "give its passphrase",
            Self::KeyFile => "name the key file it was made with",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::ClientSecret => "OAuthClientSecret",
            Self::UserKey => "user key",
            Self::Passphrase => "passphrase",
            Self::KeyFile => "key file",
        })
    }
}

/// What is at hand to open and seal a settings file.
#[derive(Debug, Clone, Default)]
pub struct Openers {
    /// The OAuth client's secret.
    pub client_secret: Option<Secret>,
    /// A passphrase.
    pub passphrase: Option<Secret>,
    /// A key file named by the connection; that it is missing or open to others is an error.
    pub key_file: Option<PathBuf>,
    /// The user's own key file, made when a file is first saved. None keeps no such key.
    pub user_key: Option<PathBuf>,
}

impl Openers {
    /// The user's own key alone: `zuzen/key` in the data folder, if the system knows such a folder.
    #[must_use]
    pub fn new() -> Self {
        Self {
            user_key: super::location::data_dir().map(|folder| folder.join("zuzen").join("key")),
            ..Self::default()
        }
    }
}

/// How dear a passphrase is to try. Kept in the file, so that it can rise without a new version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// OWASP's first choice for Argon2id.
    const USUAL: Self = Self {
        memory_kib: 19 * 1024,
        passes: 2,
        lanes: 1,
    };

    /// A forged header must not make us allocate or compute without end.
    fn is_bearable(self) -> bool {
        self.memory_kib <= 256 * 1024 && self.passes <= 16 && self.lanes <= 16
    }
}

/// The data key as one opener holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wrap {
    pub(super) kind: Kind,
    /// Tells this opener from others of its kind: derived from it with the salt, so it reveals nothing and differs from file to file.
    #[serde(with = "base64_text")]
    id: Vec<u8>,
    #[serde(with = "base64_text")]
    salt: Vec<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    argon2id: Option<Cost>,
    #[serde(with = "base64_text")]
    key: Vec<u8>,
}

/// An opener that can be used: its kind and what it is made of.
struct Material {
    kind: Kind,
    bytes: Zeroizing<Vec<u8>>,
}

impl Material {
    fn of_secret(kind: Kind, secret: Option<&Secret>) -> Option<Self> {
        let text = secret?.reveal();
        // An empty property is one that was not given.
        (!text.is_empty()).then(|| Self {
            kind,
            bytes: Zeroizing::new(text.as_bytes().to_vec()),
        })
    }
}

/// What a passphrase came to, so that Argon2 runs once per file and not once per renewal.
#[derive(Default)]
pub(super) struct Stretched(Mutex<Option<Stretch>>);

struct Stretch {
    salt: Vec<u8>,
    cost: Cost,
    key: Key,
}

impl fmt::Debug for Stretched {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

/// The openers at hand, read once for one load or save.
pub(super) struct Held<'a> {
    path: &'a Path,
    materials: Vec<Material>,
    /// Why the user's own key cannot be used, if it is there.
    pub(super) user_key_fault: Option<StoreError>,
    stretched: &'a Stretched,
}

impl<'a> Held<'a> {
    /// Reads the key files. The user's own key may be missing or refused: other openers may do.
    pub(super) fn read(
        path: &'a Path,
        openers: &Openers,
        stretched: &'a Stretched,
    ) -> Result<Self, StoreError> {
        let mut materials = Vec::new();
        let mut user_key_fault = None;
        if let Some(file) = &openers.user_key {
            match key_file::read(file) {
                Ok(bytes) => materials.push(Material {
                    kind: Kind::UserKey,
                    bytes,
                }),
                Err(KeyFault::Missing) => {}
                Err(fault) => {
                    user_key_fault = Some(StoreError::KeyFile {
                        path: file.clone(),
                        fault,
                    });
                }
            }
        }
        if let Some(file) = &openers.key_file {
            let bytes = key_file::read(file).map_err(|fault| StoreError::KeyFile {
                path: file.clone(),
                fault,
            })?;
            materials.push(Material {
                kind: Kind::KeyFile,
                bytes,
            });
        }
        let secret = Material::of_secret(Kind::ClientSecret, openers.client_secret.as_ref());
        // Last, because it is slow.
        let passphrase = Material::of_secret(Kind::Passphrase, openers.passphrase.as_ref());
        materials.extend(secret.into_iter().chain(passphrase));
        Ok(Self {
            path,
            materials,
            user_key_fault,
            stretched,
        })
    }

    /// Before a save: the client secret that is kept goes before the one at hand, which may be a mistyped one.
    pub(super) fn take_client_secret(&mut self, kept: Option<&Secret>) {
        if let Some(material) = Material::of_secret(Kind::ClientSecret, kept) {
            self.materials.retain(|other| other.kind != material.kind);
            self.materials.push(material);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.materials.is_empty()
    }

    /// The data key, and which kind opened it.
    pub(super) fn unwrap(&self, wraps: &[Wrap]) -> Result<Key, StoreError> {
        let mut given = Vec::new();
        for material in &self.materials {
            for wrap in wraps.iter().filter(|wrap| wrap.kind == material.kind) {
                if let Some(key) = self.open(material, wrap)? {
                    return Ok(key);
                }
                // A key of this user's from elsewhere is nothing the user gave for this file.
                if material.kind != Kind::UserKey && !given.contains(&material.kind) {
                    given.push(material.kind);
                }
            }
        }
        let kinds: Vec<Kind> = wraps.iter().map(|wrap| wrap.kind).collect();
        match &self.user_key_fault {
            Some(fault) if given.is_empty() && kinds.contains(&Kind::UserKey) => Err(fault.clone()),
            _ if given.is_empty() => Err(StoreError::NoOpener {
                path: self.path.to_owned(),
                kinds,
            }),
            _ => Err(StoreError::WrongOpener {
                path: self.path.to_owned(),
                given,
                kinds,
            }),
        }
    }

    /// Which kinds at hand unwrap the data key; faulty wraps do not.
    pub(super) fn openers_of(&self, wraps: &[Wrap]) -> Vec<Kind> {
        let opens = |material: &&Material| {
            wraps
                .iter()
                .filter(|wrap| wrap.kind == material.kind)
                .any(|wrap| matches!(self.open(material, wrap), Ok(Some(_))))
        };
        let opening = self.materials.iter().filter(opens);
        opening.map(|material| material.kind).collect()
    }

    /// The wraps of the next save: those of openers that are not at hand stay, ours are added or replaced.
    pub(super) fn wrap(&self, old: &[Wrap], key: &Key) -> Result<Vec<Wrap>, StoreError> {
        let mut wraps = old.to_vec();
        for material in &self.materials {
            let mut ours = None;
            for (place, wrap) in wraps.iter().enumerate() {
                if wrap.kind == material.kind && self.open(material, wrap)?.is_some() {
                    ours = Some(place);
                    break;
                }
            }
            let ours = match ours {
                Some(place) => wraps.remove(place),
                None => self.seal(material, key)?,
            };
            match material.kind {
                // A file has one client and one passphrase: what they were before opens it no more.
                Kind::ClientSecret | Kind::Passphrase => {
                    wraps.retain(|wrap| wrap.kind != material.kind);
                }
                // Machines that live for a day would fill the file with their keys: the longest unused goes.
                Kind::UserKey | Kind::KeyFile => {
                    let same = |wrap: &Wrap| wrap.kind == material.kind;
                    while wraps.iter().filter(|wrap| same(wrap)).count() >= KEYS_OF_A_KIND {
                        if let Some(place) = wraps.iter().position(same) {
                            wraps.remove(place);
                        }
                    }
                }
            }
            wraps.push(ours);
        }
        Ok(wraps)
    }

    /// The data key if this wrap is this opener's.
    fn open(&self, material: &Material, wrap: &Wrap) -> Result<Option<Key>, StoreError> {
        let broken = |reason| StoreError::tampered(self.path, reason);
        let source = self.source(material, &wrap.salt, wrap.argon2id)?;
        let (id, wrapping) = cipher::derive(&source, &wrap.salt).ok_or_else(|| broken(ODD))?;
        if id != *wrap.id {
            return Ok(None);
        }
        let bytes = wrap
            .associated()
            .and_then(|rest| cipher::open(&wrapping, &rest, &wrap.key))
            .ok_or_else(|| broken("an opener's entry was changed"))?;
        let key = Key::try_from(&bytes[..]).map_err(|_| broken(ODD))?;
        Ok(Some(key))
    }

    fn seal(&self, material: &Material, key: &Key) -> Result<Wrap, StoreError> {
        let failed = || StoreError::NoKey {
            path: self.path.to_owned(),
        };
        let salt = cipher::random::<16>().ok_or_else(failed)?;
        let argon2id = (material.kind == Kind::Passphrase).then_some(Cost::USUAL);
        let source = self.source(material, &salt, argon2id)?;
        let (id, wrapping) = cipher::derive(&source, &salt).ok_or_else(failed)?;
        let mut wrap = Wrap {
            kind: material.kind,
            id: id.to_vec(),
            salt: salt.to_vec(),
            argon2id,
            key: Vec::new(),
        };
        wrap.key = wrap
            .associated()
            .and_then(|rest| cipher::seal(&wrapping, &rest, key.bytes()))
            .ok_or_else(failed)?;
        Ok(wrap)
    }

    /// What the wrapping key is derived from: passphrases are stretched first, the others are long and random.
    fn source(
        &self,
        material: &Material,
        salt: &[u8],
        cost: Option<Cost>,
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let broken = || StoreError::tampered(self.path, ODD);
        let cost = match (material.kind, cost) {
            (Kind::Passphrase, Some(cost)) if cost.is_bearable() => cost,
            (Kind::Passphrase, _) | (_, Some(_)) => return Err(broken()),
            (_, None) => return Ok(material.bytes.clone()),
        };
        let mut known = self.stretched.0.lock();
        if let Some(known) = &*known
            && known.salt == salt
            && known.cost == cost
        {
            return Ok(Zeroizing::new(known.key.bytes().to_vec()));
        }
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32))
            .map_err(|_| broken())?;
        let mut out = Zeroizing::new(vec![0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(&material.bytes, salt, &mut out)
            .map_err(|_| broken())?;
        let key = Key::try_from(&out[..]).map_err(|_| broken())?;
        *known = Some(Stretch {
            salt: salt.to_vec(),
            cost,
            key,
        });
        Ok(out)
    }
}

const ODD: &str = "an opener's entry is malformed";

/// How many keys of users, and how many configured ones, may open a file.
const KEYS_OF_A_KIND: usize = 16;

impl Wrap {
    /// What the wrapped key is bound to: all of the wrap but itself.
    fn associated(&self) -> Option<Vec<u8>> {
        let mut rest = self.clone();
        rest.key.clear();
        serde_json::to_vec(&rest).ok()
    }
}
