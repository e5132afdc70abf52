//! Decompression by push: pieces of a file in, pieces of what it holds out.
//!
//! A file is compressed if its first two bytes say so, whatever was ordered: vendors deliver plain files, too. Members
//! that follow each other are one file. Nothing is retried here.

use std::io::Write as _;

use bytes::{Bytes, BytesMut};
use flate2::write::GzDecoder;

/// What every gzip file begins with.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Compressed bytes that are looked at together: what comes of them is held in memory.
pub(super) const STEP: usize = 16 << 10;

/// A file being decompressed.
#[derive(Debug)]
pub(super) enum Unpacking {
    /// Too little has come to tell.
    Unknown(BytesMut),
    Plain,
    Gzip(Box<GzDecoder<Vec<u8>>>),
}

/// Why a file is not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unwhole {
    /// It ends too early; there may be more of it elsewhere.
    CutShort,
    /// It is wrong.
    Corrupt(String),
}

impl Unpacking {
    pub(super) fn new() -> Self {
        Self::Unknown(BytesMut::new())
    }

    /// What these bytes hold; at most [`STEP`] of them at a time.
    pub(super) fn push(&mut self, bytes: Bytes) -> Result<Bytes, Unwhole> {
        match self {
            Self::Plain => Ok(bytes),
            Self::Gzip(decoder) => inflate(decoder, &bytes),
            Self::Unknown(start) => {
                start.extend_from_slice(&bytes);
                if start.len() < MAGIC.len() {
                    return Ok(Bytes::new());
                }
                let start = std::mem::take(start).freeze();
                *self = if start.starts_with(&MAGIC) {
                    Self::Gzip(Box::new(GzDecoder::new(Vec::new())))
                } else {
                    Self::Plain
                };
                self.push(start)
            }
        }
    }

    /// The rest, if this was the whole file.
    pub(super) fn finish(self) -> Result<Bytes, Unwhole> {
        match self {
            Self::Plain => Ok(Bytes::new()),
            Self::Unknown(start) if MAGIC.starts_with(&start) && !start.is_empty() => {
                Err(Unwhole::CutShort)
            }
            Self::Unknown(start) => Ok(start.freeze()),
            Self::Gzip(mut decoder) => {
                // A member that has ended takes no further byte.
                if !matches!(decoder.write(&[0]), Ok(0)) {
                    return Err(Unwhole::CutShort);
                }
                let rest = decoder.finish().map_err(|_| mismatch())?;
                Ok(Bytes::from(rest))
            }
        }
    }
}

fn inflate(decoder: &mut GzDecoder<Vec<u8>>, mut bytes: &[u8]) -> Result<Bytes, Unwhole> {
    let mut unpacked = Vec::new();
    let corrupt = |error: std::io::Error| Unwhole::Corrupt(error.to_string());
    while !bytes.is_empty() {
        let taken = decoder.write(bytes).map_err(corrupt)?;
        if taken == 0 {
            let ended = std::mem::replace(decoder, GzDecoder::new(Vec::new()));
            unpacked.append(&mut ended.finish().map_err(|_| mismatch())?);
        }
        bytes = bytes.get(taken..).unwrap_or_default();
    }
    decoder.flush().map_err(corrupt)?;
    unpacked.append(decoder.get_mut());
    Ok(Bytes::from(unpacked))
}

/// The library says the same of this as of much else.
fn mismatch() -> Unwhole {
    Unwhole::Corrupt("its checksum does not match".to_owned())
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// All that comes out before the end, and how it ends.
    fn unpack(file: &[u8], step: usize) -> (Vec<u8>, Option<Unwhole>) {
        let mut unpacking = Unpacking::new();
        let mut out = Vec::new();
        for bytes in file.chunks(step) {
            match unpacking.push(Bytes::copy_from_slice(bytes)) {
                Ok(bytes) => out.extend_from_slice(&bytes),
                Err(error) => return (out, Some(error)),
            }
        }
        match unpacking.finish() {
            Ok(rest) => {
                out.extend_from_slice(&rest);
                (out, None)
            }
            Err(error) => (out, Some(error)),
        }
    }

    #[test]
    fn files_come_out_whole_however_they_are_cut() {
        let text: Vec<u8> = (0..20_000_u32)
            .flat_map(|row| format!("{row}\n").into_bytes())
            .collect();
        let members = [gzip(&text), gzip(b""), gzip(b"tail")].concat();
        let expected = [&text[..], b"tail"].concat();
        for step in [1, 7, 4_096, STEP] {
            assert_eq!(unpack(&gzip(&text), step), (text.clone(), None), "{step}");
            assert_eq!(unpack(&members, step), (expected.clone(), None), "{step}");
            assert_eq!(unpack(&text, step), (text.clone(), None), "{step}");
            assert_eq!(unpack(b"", step), (Vec::new(), None));
            assert_eq!(unpack(b"x", step), (b"x".to_vec(), None));
        }
    }

    #[test]
    fn every_cut_is_noticed() {
        let text = b"some text that is long enough to be compressed, compressed, compressed";
        let file = gzip(text);
        for length in 1..file.len() {
            for step in [1, 5, STEP] {
                let (out, error) = unpack(&file[..length], step);
                assert_eq!(error, Some(Unwhole::CutShort), "{length} {step}");
                assert!(text.starts_with(&out[..]));
            }
        }
    }

    #[test]
    fn a_wrong_file_is_no_short_one() {
        let file = gzip(b"some text");
        let mut checksum = file.clone();
        let place = checksum.len() - 6;
        checksum[place] ^= 1;
        let trailing = [&file[..], b"x".repeat(12).as_slice()].concat();
        let followed = [&checksum[..], &file[..]].concat();
        for wrong in [checksum, trailing, followed] {
            for step in [1, STEP] {
                let (_, error) = unpack(&wrong, step);
                assert!(matches!(error, Some(Unwhole::Corrupt(_))), "{error:?}");
            }
        }
    }
}
