//! CSV by header name, the results of AQuA, into Arrow: pieces of the files in, batches out.
//!
//! A result may have several files, each with its own header. Columns are found by name, whatever their order
//! and whatever else is there. Held are one batch and one row, and what the last piece completed. A row with more or fewer
//! fields than the header ends the decoding: nobody could say which field is whose. So does a file that
//! breaks off within quotes; one that breaks off elsewhere in its last row may only show in the number of rows.

use std::borrow::Cow;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use csv_core::{ReadRecordResult, Reader};
use zuzen_plan::value::Type;

use super::batches::{Batches, LONGEST_ROW, ResultColumn};
use super::error::{DecodeError, DecodeErrorKind, cut};
use super::wrong_shape;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Turns CSV files into batches. After an error it is of no more use.
#[derive(Debug)]
pub struct CsvDecoder {
    batches: Batches,
    /// The wanted headers as they are compared.
    headers: Vec<String>,
    null: String,
    removed: u64,
    file: File,
}

/// Where in a file the decoder is.
#[derive(Debug)]
struct File {
    reader: Reader,
    /// How much of a byte order mark has been seen; `None` behind its place.
    mark: Option<usize>,
    /// For every column, which field it is; `None` before the header.
    places: Option<Vec<usize>>,
    /// How many fields the header has.
    fields: usize,
    /// The fields of the row so far without delimiters, and how much of that is filled.
    row: Vec<u8>,
    filled: usize,
    /// Where the fields end, and how many have ended.
    ends: Vec<usize>,
    ended: usize,
    /// Whether no byte of the next row has come yet.
    between: bool,
    /// Whether the last byte was a carriage return, which a line feed may follow.
    returned: bool,
}

impl File {
    fn new() -> Self {
        Self {
            reader: Reader::new(),
            mark: Some(0),
            places: None,
            fields: 0,
            row: vec![0; 4096],
            filled: 0,
            ends: vec![0; 64],
            ended: 0,
            between: true,
            returned: false,
        }
    }

    /// The bytes behind a byte order mark, which may be cut too.
    fn skip_mark<'p>(&mut self, piece: &'p [u8]) -> (&'static [u8], &'p [u8]) {
        let Some(seen) = self.mark else {
            return (b"", piece);
        };
        let same = piece
            .iter()
            .zip(&BOM[seen..])
            .take_while(|(byte, mark)| byte == mark)
            .count();
        let seen = seen + same;
        let rest = &piece[same..];
        if rest.is_empty() && seen < BOM.len() {
            self.mark = Some(seen);
            return (b"", rest);
        }
        self.mark = None;
        if seen == BOM.len() {
            (b"", rest)
        } else {
            (&BOM[..seen], rest)
        }
    }

    /// A line without anything in a file of one column is a row whose field is empty; csv-core skips it.
    /// Gives how many bytes it took, and whether they are such a row.
    fn take_blank(&mut self, byte: u8) -> Option<bool> {
        if !self.between || self.fields != 1 {
            return None;
        }
        match byte {
            b'\n' if self.returned => {
                self.returned = false;
                Some(false)
            }
            b'\n' | b'\r' => {
                self.returned = byte == b'\r';
                Some(true)
            }
            _ => None,
        }
    }

    /// The bytes of a field of the row.
    fn field(&self, place: usize) -> std::ops::Range<usize> {
        let start = match place.checked_sub(1) {
            Some(before) => self.ends[before],
            None => 0,
        };
        start..self.ends[place]
    }
}

impl CsvDecoder {
    /// A decoder for the files of a result. `null` is the text that stands for NULL.
    ///
    /// # Errors
    /// If a column is asked for twice or is of a type that no field can hold.
    pub fn new(
        columns: &[ResultColumn],
        null: &str,
        batch_rows: usize,
    ) -> Result<Self, DecodeError> {
        let headers: Vec<_> = columns
            .iter()
            .map(|column| compared(&column.header))
            .collect();
        for (place, column) in columns.iter().enumerate() {
            if matches!(column.kind, Type::List(_)) {
                return Err(wrong_shape(&column.header, "CSV holds no lists"));
            }
            if headers[..place].contains(&headers[place]) {
                return Err(wrong_shape(&column.header, "the column is asked for twice"));
            }
        }
        Ok(Self {
            batches: Batches::new(columns, batch_rows)?,
            headers,
            null: null.to_owned(),
            removed: 0,
            file: File::new(),
        })
    }

    /// The schema of all batches.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        self.batches.schema()
    }

    /// How many rows have been read, of all files.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.batches.rows()
    }

    /// How many NUL characters were removed from text: Zuora exports some, and no database takes them.
    #[must_use]
    pub fn removed(&self) -> u64 {
        self.removed
    }

    /// Ends the file, whose last row may lack its line end, and begins the next one, with a header of its own.
    ///
    /// # Errors
    /// If the file that ends breaks off within a row.
    pub fn begin_file(&mut self) -> Result<(), DecodeError> {
        self.end_file()?;
        self.file = File::new();
        Ok(())
    }

    /// Takes the next piece of the file, cut anywhere. Batches that it completes wait in [`Self::next_batch`].
    ///
    /// # Errors
    /// If a wanted column is missing, a row has not as many fields as the header, or a value does not fit
    /// its column.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), DecodeError> {
        let (marked, piece) = self.file.skip_mark(piece);
        self.read(marked)?;
        self.read(piece)
    }

    /// The next full batch, if there is one.
    pub fn next_batch(&mut self) -> Option<RecordBatch> {
        self.batches.next()
    }

    /// Ends the last file, and gives what is left. Full batches that nobody has taken yet come before it:
    /// then the last one is in [`Self::next_batch`]. A file without a single byte has no rows.
    ///
    /// # Errors
    /// If the file breaks off within a row.
    pub fn finish(&mut self) -> Result<Option<RecordBatch>, DecodeError> {
        self.begin_file()?;
        self.batches.end_batch()?;
        Ok(self.batches.next())
    }

    fn end_file(&mut self) -> Result<(), DecodeError> {
        if let Some(seen) = self.file.mark.take() {
            self.read(&BOM[..seen])?;
        }
        if self.file.between {
            return Ok(());
        }
        // A line feed ends a row, unless it stands within quotes: then it becomes one more byte of the row.
        let filled = self.file.filled;
        self.read(b"\n")?;
        if self.file.filled > filled {
            let message = "the file breaks off within a quoted field".to_owned();
            return Err(self
                .batches
                .refuse_row(DecodeErrorKind::Incomplete, message));
        }
        Ok(())
    }

    fn read(&mut self, piece: &[u8]) -> Result<(), DecodeError> {
        let mut piece = piece;
        // An empty piece would mean the end of the file to csv-core.
        while let Some(first) = piece.first() {
            if let Some(is_row) = self.file.take_blank(*first) {
                if is_row {
                    self.file.ends[0] = 0;
                    self.append_row()?;
                }
                piece = &piece[1..];
                continue;
            }
            let file = &mut self.file;
            file.between = false;
            let (result, taken, filled, ended) = file.reader.read_record(
                piece,
                &mut file.row[file.filled..],
                &mut file.ends[file.ended..],
            );
            file.filled += filled;
            file.ended += ended;
            let (done, rest) = piece.split_at(taken);
            piece = rest;
            match result {
                ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
                ReadRecordResult::OutputFull => self.widen_row()?,
                ReadRecordResult::OutputEndsFull => file.ends.resize(file.ends.len() * 2, 0),
                ReadRecordResult::Record => {
                    file.returned = done.last() == Some(&b'\r');
                    self.end_row()?;
                    let file = &mut self.file;
                    (file.filled, file.ended, file.between) = (0, 0, true);
                }
            }
        }
        Ok(())
    }

    fn widen_row(&mut self) -> Result<(), DecodeError> {
        let length = self.file.row.len();
        if length >= LONGEST_ROW {
            let message = format!("is longer than {LONGEST_ROW} bytes");
            return Err(self.batches.refuse_row(DecodeErrorKind::Malformed, message));
        }
        self.file.row.resize(length * 2, 0);
        Ok(())
    }

    fn end_row(&mut self) -> Result<(), DecodeError> {
        if self.file.places.is_none() {
            return self.read_header();
        }
        let (found, wanted) = (self.file.ended, self.file.fields);
        if found != wanted {
            let message = format!("has {found} fields where the header has {wanted}");
            return Err(self.batches.refuse_row(DecodeErrorKind::Malformed, message));
        }
        self.append_row()
    }

    fn append_row(&mut self) -> Result<(), DecodeError> {
        let file = &self.file;
        let bytes = &file.row[..file.filled];
        let Ok(row) = std::str::from_utf8(bytes) else {
            let message = "is not UTF-8".to_owned();
            return Err(self.batches.refuse_row(DecodeErrorKind::Malformed, message));
        };
        let has_nul = bytes.contains(&0);
        let places = file.places.as_deref().unwrap_or_default();
        for (column, place) in places.iter().enumerate() {
            // Pieces of one character in two fields are whole only while the fields lie side by side.
            let Some(field) = row.get(file.field(*place)) else {
                let message = "is not UTF-8".to_owned();
                return Err(self.batches.refuse_row(DecodeErrorKind::Malformed, message));
            };
            let builder = &mut self.batches.builders()[column];
            if field == self.null || (field.is_empty() && !builder.is_text()) {
                builder.append_null();
                continue;
            }
            let mut kept = Cow::Borrowed(field);
            if has_nul && builder.is_text() {
                kept = Cow::Owned(field.replace('\0', ""));
                self.removed += (field.len() - kept.len()) as u64;
            }
            if let Err(misfit) = builder.append_field(&kept) {
                return Err(self.batches.refuse_cell(column, field, misfit));
            }
        }
        self.batches.end_row(bytes.len())
    }

    fn read_header(&mut self) -> Result<(), DecodeError> {
        let file = &mut self.file;
        let found: Vec<_> = (0..file.ended)
            .map(|place| compared(&String::from_utf8_lossy(&file.row[file.field(place)])))
            .collect();
        let mut places = Vec::with_capacity(self.headers.len());
        for (column, header) in self.headers.iter().enumerate() {
            let mut at = (0..found.len()).filter(|place| found[*place] == *header);
            let trouble = match (at.next(), at.next()) {
                (Some(place), None) => {
                    places.push(place);
                    continue;
                }
                (None, _) => format!("is not there, only {}", cut(&found.join(", "))),
                (Some(_), Some(_)) => "is there twice".to_owned(),
            };
            let name = self.batches.schema().field(column).name();
            let path = format!("header, column {name}");
            return Err(DecodeError::new(DecodeErrorKind::Columns, path, trouble));
        }
        file.fields = found.len();
        file.places = Some(places);
        Ok(())
    }
}

/// A header as it is compared: services change its case and put blanks around it.
fn compared(header: &str) -> String {
    header.trim_matches(['\u{feff}', ' ', '\t']).to_lowercase()
}
