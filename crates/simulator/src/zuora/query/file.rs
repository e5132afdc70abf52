//! The file of a result while it is written: JSON lines or separated values, plain or gzipped. Keys of a line have an order of
//! their own. It refuses to know where the file goes.

use std::io::Write as _;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use chrono::{DateTime, SecondsFormat};

use super::faults::QueryFaults;
use super::trino::{Cell, Cells, decimal_text};
use crate::zuora::sink::Sink;

/// What the lines are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    /// Values with this between them.
    Separated(char),
}

impl Format {
    pub(super) fn ending(self) -> &'static str {
        match self {
            Self::Json => "jsonl",
            Self::Separated('\t') => "tsv",
            Self::Separated(',') => "csv",
            Self::Separated(_) => "dsv",
        }
    }
}

/// A file that grows.
#[derive(Debug)]
pub(super) struct ResultFile {
    format: Format,
    sink: Sink,
    names: Vec<String>,
    /// The order of the keys in a line.
    order: Vec<usize>,
    /// Rows that were written or should have been.
    pub(super) rows: u64,
    missing_row: bool,
    malformed_line: bool,
}

impl ResultFile {
    pub(super) fn new(
        format: Format,
        gzip: bool,
        names: Vec<String>,
        schema: &SchemaRef,
        faults: &QueryFaults,
    ) -> Result<Self, String> {
        debug_assert_eq!(
            names.len(),
            schema.fields().len(),
            "every column has a name"
        );
        let mut file = Self {
            order: shuffled(&names),
            format,
            sink: Sink::new(gzip),
            names,
            rows: 0,
            missing_row: faults.missing_row,
            malformed_line: faults.malformed_line,
        };
        if let Format::Separated(separator) = format {
            let header: Vec<String> = file
                .names
                .iter()
                .map(|name| quoted(name, separator))
                .collect();
            let line = format!("{}\n", header.join(&separator.to_string()));
            file.write(line.as_bytes())?;
        }
        Ok(file)
    }

    pub(super) fn add(&mut self, batch: &RecordBatch) -> Result<(), String> {
        let columns = batch
            .columns()
            .iter()
            .map(Cells::of)
            .collect::<Result<Vec<_>, _>>()?;
        let mut line = Vec::new();
        for row in 0..batch.num_rows() {
            self.rows += 1;
            if self.missing_row && self.rows == 1 {
                continue;
            }
            line.clear();
            if self.malformed_line && self.rows == 2 {
                line.extend_from_slice(b"{\"id\": \"cut");
            } else {
                match self.format {
                    Format::Json => self.object(&columns, row, &mut line)?,
                    Format::Separated(separator) => {
                        let cells = columns
                            .iter()
                            .map(|column| quoted(&plain(&column.get(row)), separator));
                        let cells: Vec<String> = cells.collect();
                        line.extend_from_slice(cells.join(&separator.to_string()).as_bytes());
                    }
                }
            }
            line.push(b'\n');
            self.write(&line)?;
        }
        Ok(())
    }

    fn object(&self, columns: &[Cells], row: usize, line: &mut Vec<u8>) -> Result<(), String> {
        line.push(b'{');
        for (place, at) in self.order.iter().enumerate() {
            if place > 0 {
                line.push(b',');
            }
            text(&self.names[*at], line)?;
            line.push(b':');
            match columns[*at].get(row) {
                Cell::Null => line.extend_from_slice(b"null"),
                Cell::Varchar(value) => text(&value, line)?,
                Cell::Boolean(_) | Cell::Bigint(_) | Cell::Decimal(..) => {
                    line.extend_from_slice(plain(&columns[*at].get(row)).as_bytes());
                }
                Cell::Double(value) if value.is_finite() => {
                    serde_json::to_writer(&mut *line, &value).map_err(|error| error.to_string())?;
                }
                other => text(&plain(&other), line)?,
            }
        }
        line.push(b'}');
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        let written = self.sink.write_all(bytes);
        written.map_err(|error| error.to_string())
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, String> {
        self.sink.finish().map_err(|error| error.to_string())
    }
}

fn text(value: &str, line: &mut Vec<u8>) -> Result<(), String> {
    serde_json::to_writer(line, value).map_err(|error| error.to_string())
}

fn plain(cell: &Cell) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Boolean(value) => value.to_string(),
        Cell::Bigint(value) => value.to_string(),
        Cell::Double(value) => value.to_string(),
        Cell::Decimal(digits, scale) => {
            // At least one digit stays behind the point, as it does where such rows were seen.
            let text = decimal_text(*digits, *scale);
            match text.split_once('.') {
                Some((whole, fraction)) => {
                    let fraction = fraction.trim_end_matches('0');
                    format!(
                        "{whole}.{}",
                        if fraction.is_empty() { "0" } else { fraction }
                    )
                }
                None => text,
            }
        }
        Cell::Varchar(value) => value.clone(),
        Cell::Date(days) => {
            let day = DateTime::from_timestamp(i64::from(*days) * 86_400, 0).unwrap_or_default();
            day.format("%Y-%m-%d").to_string()
        }
        Cell::Moment(micros, zone) => {
            let moment = DateTime::from_timestamp_micros(*micros).unwrap_or_default();
            let precision = match micros.rem_euclid(1_000_000) {
                0 => SecondsFormat::Secs,
                rest if rest % 1_000 == 0 => SecondsFormat::Millis,
                _ => SecondsFormat::Micros,
            };
            match zone {
                Some(zone) => moment
                    .with_timezone(zone)
                    .fixed_offset()
                    .to_rfc3339_opts(precision, false),
                None => moment
                    .to_rfc3339_opts(precision, true)
                    .trim_end_matches('Z')
                    .to_owned(),
            }
        }
    }
}

fn quoted(value: &str, separator: char) -> String {
    if value.contains([separator, '"', '\n', '\r']) {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value.to_owned()
    }
}

/// An order that is neither that of the names nor that of the alphabet, and always the same.
fn shuffled(names: &[String]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|at| {
        let bytes = names[*at].bytes().rev();
        bytes.fold(0_u32, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(u32::from(byte))
        })
    });
    if order.len() > 1 && order.is_sorted() {
        order.rotate_left(1);
    }
    order
}
