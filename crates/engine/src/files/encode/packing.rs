//! Whole files of text, compressed.

use std::io::{self, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::error::{Error, Kind};
use crate::files::format::Packing;

/// Compresses what it is given.
pub(super) enum Packer {
    Gzip(GzEncoder<Vec<u8>>),
    Zstd(zstd::Encoder<'static, Vec<u8>>),
}

impl Packer {
    /// # Errors
    /// `Unsupported` for what can only be read.
    pub(super) fn new(packing: Packing, level: Option<u32>) -> Result<Self, Error> {
        match packing {
            Packing::Gzip => {
                let level = level.map_or_else(Compression::default, Compression::new);
                Ok(Self::Gzip(GzEncoder::new(Vec::new(), level)))
            }
            Packing::Zstd => {
                let level = level.and_then(|level| i32::try_from(level).ok());
                // Zero is the library's own choice.
                let encoder = zstd::Encoder::new(Vec::new(), level.unwrap_or_default());
                encoder.map(Self::Zstd).map_err(|error| failed(&error))
            }
            Packing::Bzip2 | Packing::Xz => {
                let reason = "files packed by bzip2 or xz are read, not written";
                Err(Error::new(Kind::Unsupported, reason).with_hint("write gzip or zstd"))
            }
        }
    }

    pub(super) fn pack(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        let packed = match self {
            Self::Gzip(encoder) => encoder
                .write_all(bytes)
                .map(|()| std::mem::take(encoder.get_mut())),
            Self::Zstd(encoder) => encoder
                .write_all(bytes)
                .map(|()| std::mem::take(encoder.get_mut())),
        };
        packed.map_err(|error| failed(&error))
    }

    pub(super) fn finish(mut self, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        let mut packed = self.pack(bytes)?;
        let end = match self {
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zstd(encoder) => encoder.finish(),
        };
        packed.extend(end.map_err(|error| failed(&error))?);
        Ok(packed)
    }
}

fn failed(error: &io::Error) -> Error {
    Error::new(
        Kind::Internal,
        format!("rows cannot be compressed: {error}"),
    )
    .with_hint("this is a fault of zuzen; please report it")
}
