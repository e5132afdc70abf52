//! Quotes of CSV that are never closed: a file that ends within a quoted text was cut off, or begins one where it should not.

use std::io::{Error, ErrorKind, Read, Result};

/// Where a byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// Before the first byte of a value, where alone a quote begins a quoted one.
    Begin,
    Plain,
    Quoted,
    /// Behind a quote in a quoted value: another one makes both a quote.
    Closing,
}

/// The same bytes, and an error at their end if a quote is open there.
pub(super) struct Closed<R> {
    bytes: R,
    delimiter: u8,
    inside: Inside,
    line: usize,
    /// The line in which the last quoted text has begun.
    begun: usize,
}

impl<R> Closed<R> {
    pub(super) fn new(bytes: R, delimiter: u8) -> Self {
        Self {
            bytes,
            delimiter,
            inside: Inside::Begin,
            line: 1,
            begun: 1,
        }
    }

    fn see(&mut self, byte: u8) {
        self.inside = match (self.inside, byte) {
            (Inside::Begin, b'"') => {
                self.begun = self.line;
                Inside::Quoted
            }
            (Inside::Quoted, b'"') => Inside::Closing,
            (Inside::Closing, b'"') | (Inside::Quoted, _) => Inside::Quoted,
            (_, b'\n' | b'\r') => Inside::Begin,
            (_, byte) if byte == self.delimiter => Inside::Begin,
            _ => Inside::Plain,
        };
        if byte == b'\n' {
            self.line += 1;
        }
    }
}

impl<R: Read> Read for Closed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let count = self.bytes.read(buffer)?;
        for byte in buffer.get(..count).unwrap_or_default() {
            self.see(*byte);
        }
        if count == 0 && !buffer.is_empty() && self.inside == Inside::Quoted {
            let reason = format!(
                "the quoted text that begins in line {} has no end",
                self.begun
            );
            return Err(Error::new(ErrorKind::InvalidData, reason));
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_at_the_end_is_an_error() {
        for (text, open) in [
            ("", None),
            ("a,b\n1,2", None),
            ("a\n\"x\ny\"\n", None),
            ("a\n\"x\ny\"", None),
            // A backslash is a letter.
            ("a,\"\\\"\nb,\"\"\n", None),
            ("\"say \"\"x\n\"\"\",1\n2", None),
            // So is a quote within a value that has not begun with one.
            ("5\" wide,\"\n\"\n6\n", None),
            ("a,b\n1,\"x\n2,3", Some(2)),
            ("a,b\n1,\"x\"\"\n2,3\n", Some(2)),
            ("a\r\n\r\n\"", Some(3)),
            ("a\r\"x", Some(1)),
            ("a\n\"x\"y,\"z\n", Some(2)),
        ] {
            let mut read = String::new();
            let told = Closed::new(text.as_bytes(), b',').read_to_string(&mut read);
            match open {
                None => assert_eq!((told.unwrap(), read.as_str()), (text.len(), text)),
                Some(line) => {
                    let told = told.unwrap_err().to_string();
                    assert!(
                        told.contains(&format!("line {line} has no end")),
                        "{text}: {told}"
                    );
                }
            }
        }
        let mut read = String::new();
        let text = "a;b;\"c";
        assert!(
            Closed::new(text.as_bytes(), b',')
                .read_to_string(&mut read)
                .is_ok()
        );
        assert!(
            Closed::new(text.as_bytes(), b';')
                .read_to_string(&mut read)
                .is_err()
        );
    }
}
