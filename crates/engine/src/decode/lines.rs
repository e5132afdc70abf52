//! JSON lines, the results of Data Query, into Arrow: pieces of the file in, batches out.
//!
//! Each byte is looked at once. Held are one batch and one line, and what the last piece completed. A line is
//! a flat object with its keys in any order; a wanted key that is missing is an error, since a result always
//! has all its columns. Nothing is left out: a line that cannot be read ends the decoding, and so does half
//! a line at the end of the file.

use std::collections::HashMap;
use std::fmt;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use serde::de::{Deserializer as _, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::batches::{Batches, LONGEST_ROW, ResultColumn};
use super::error::{DecodeError, DecodeErrorKind, cut};
use super::line::{Slot, cut_line};
use super::object::Key;

/// Turns JSON lines into batches. After an error it is of no more use.
#[derive(Debug)]
pub struct LineDecoder {
    batches: Batches,
    wanted: HashMap<String, usize>,
    /// The keys of the last line, in order.
    layout: Vec<Slot>,
    /// The beginning of a line whose end has not come yet.
    rest: Vec<u8>,
}

impl LineDecoder {
    /// A decoder for a file from its beginning.
    ///
    /// # Errors
    /// If a column is asked for twice or is of an impossible type.
    pub fn new(columns: &[ResultColumn], batch_rows: usize) -> Result<Self, DecodeError> {
        let wanted = columns.iter().enumerate();
        Ok(Self {
            batches: Batches::new(columns, batch_rows)?,
            wanted: wanted
                .map(|(place, column)| (column.header.clone(), place))
                .collect(),
            layout: Vec::new(),
            rest: Vec::new(),
        })
    }

    /// The schema of all batches.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        self.batches.schema()
    }

    /// How many rows have been read.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.batches.rows()
    }

    /// Takes the next piece of the file, cut anywhere. Batches that it completes wait in [`Self::next_batch`].
    ///
    /// # Errors
    /// If a line is no JSON object with the wanted columns, or a value does not fit its column.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), DecodeError> {
        let mut piece = piece;
        if !self.rest.is_empty() {
            let Some(end) = piece.iter().position(|byte| *byte == b'\n') else {
                return self.hold(piece);
            };
            self.hold(&piece[..=end])?;
            let mut line = std::mem::take(&mut self.rest);
            self.read(&line)?;
            line.clear();
            self.rest = line;
            piece = &piece[end + 1..];
        }
        let last = piece.iter().rposition(|byte| *byte == b'\n');
        let (lines, rest) = piece.split_at(last.map_or(0, |last| last + 1));
        self.read(lines)?;
        self.hold(rest)
    }

    /// The next full batch, if there is one.
    pub fn next_batch(&mut self) -> Option<RecordBatch> {
        self.batches.next()
    }

    /// Ends the file, whose last line may lack its line end, and gives what is left. Full batches that nobody
    /// has taken yet come before it: then the last one is in [`Self::next_batch`].
    ///
    /// # Errors
    /// If the file breaks off within a line.
    pub fn finish(&mut self) -> Result<Option<RecordBatch>, DecodeError> {
        let line = std::mem::take(&mut self.rest);
        self.read(&line)?;
        self.batches.end_batch()?;
        Ok(self.batches.next())
    }

    fn hold(&mut self, piece: &[u8]) -> Result<(), DecodeError> {
        if self.rest.len() + piece.len() > LONGEST_ROW {
            let message = format!("the line is longer than {LONGEST_ROW} bytes");
            return Err(self.batches.refuse_row(DecodeErrorKind::Malformed, message));
        }
        self.rest.extend_from_slice(piece);
        Ok(())
    }

    /// Reads whole lines; the last one may lack its line end.
    fn read(&mut self, lines: &[u8]) -> Result<(), DecodeError> {
        let error = match std::str::from_utf8(lines) {
            Ok(text) => return self.read_text(text),
            Err(error) => error,
        };
        // What stands before the wrong bytes is read, so that the error names the right row.
        let valid = &lines[..error.valid_up_to()];
        let last = valid.iter().rposition(|byte| *byte == b'\n');
        let good = std::str::from_utf8(&valid[..last.map_or(0, |last| last + 1)]);
        self.read_text(good.unwrap_or_default())?;
        // Only the end of the file can cut a character: anywhere else the line end follows it.
        let kind = match error.error_len() {
            None => DecodeErrorKind::Incomplete,
            Some(_) => DecodeErrorKind::Malformed,
        };
        Err(self.batches.refuse_row(kind, "is not UTF-8".to_owned()))
    }

    fn read_text(&mut self, text: &str) -> Result<(), DecodeError> {
        let mut cells = vec![None; self.wanted.len()];
        let mut at = 0;
        while at < text.len() {
            let next = match cut_line(&self.layout, text, at, &mut cells) {
                Some(next) => next,
                None => {
                    let rest = &text[at..];
                    let end = rest.find('\n').map_or(text.len(), |end| at + end + 1);
                    if !self.take_line(&text[at..end], &mut cells)? {
                        at = end;
                        continue;
                    }
                    end
                }
            };
            self.append(&cells, next - at)?;
            at = next;
        }
        Ok(())
    }

    fn append(&mut self, cells: &[Option<&str>], bytes: usize) -> Result<(), DecodeError> {
        let columns = self.batches.builders().iter_mut().zip(cells).enumerate();
        for (column, (builder, cell)) in columns {
            let Some(json) = cell else {
                return Err(self.refuse_layout(column));
            };
            if let Err(misfit) = builder.append_result(json) {
                return Err(self.batches.refuse_cell(column, json, misfit));
            }
        }
        self.batches.end_row(bytes)
    }

    /// Reads a line in whatever order it has, and learns that order. False for a line that holds nothing.
    fn take_line<'t>(
        &mut self,
        line: &'t str,
        cells: &mut [Option<&'t str>],
    ) -> Result<bool, DecodeError> {
        let whole = line.ends_with('\n');
        let line = line.trim_matches(['\n', '\r', ' ', '\t']);
        // Some tools mark the beginning of a text file.
        let line = match self.rows() {
            0 => line.strip_prefix('\u{feff}').unwrap_or(line),
            _ => line,
        };
        if line.is_empty() {
            return Ok(false);
        }
        cells.fill(None);
        self.layout.clear();
        let mut json = serde_json::Deserializer::from_str(line);
        let object = Flat {
            wanted: &self.wanted,
            layout: &mut self.layout,
            cells,
        };
        let read = json.deserialize_map(object).and_then(|()| json.end());
        read.map(|()| true).map_err(|error| {
            let breaks_off = !whole && error.classify() == Category::Eof;
            let (kind, what) = if breaks_off {
                (DecodeErrorKind::Incomplete, "the file breaks off within")
            } else {
                (
                    DecodeErrorKind::Malformed,
                    "no JSON object with a value for each key:",
                )
            };
            let message = format!("{what} {} ({error})", cut(line));
            self.batches.refuse_row(kind, message)
        })
    }

    fn refuse_layout(&self, column: usize) -> DecodeError {
        let header = self.schema().field(column).name();
        let keys: Vec<_> = self.layout.iter().map(|slot| slot.key.as_str()).collect();
        let message = format!("has no column {header}, only {}", cut(&keys.join(", ")));
        self.batches.refuse_row(DecodeErrorKind::Columns, message)
    }
}

/// The object of a line. A wanted key that comes twice is refused: one of the two would be lost.
struct Flat<'l, 't> {
    wanted: &'l HashMap<String, usize>,
    layout: &'l mut Vec<Slot>,
    cells: &'l mut [Option<&'t str>],
}

impl<'t> Visitor<'t> for Flat<'_, 't> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<(), A::Error> {
        let Self {
            wanted,
            layout,
            cells,
        } = self;
        let slot = |key: &str| Slot {
            key: serde_json::Value::from(key).to_string(),
            column: wanted.get(key).copied(),
        };
        while let Some(slot) = map.next_key_seed(Key(slot))? {
            match slot.column {
                Some(column) => {
                    let value = map.next_value::<&RawValue>()?;
                    if cells[column].replace(value.get()).is_some() {
                        return Err(A::Error::custom(format!("{} comes twice", slot.key)));
                    }
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
            layout.push(slot);
        }
        Ok(())
    }
}
