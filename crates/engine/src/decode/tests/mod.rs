//! The decoder as scans use it: pages in, batches and errors out.

mod broken;
mod chunks;
mod csv;
mod custom;
mod fit;
mod lines;
mod naive;
mod pages;
mod values;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::{
    Column, CsvDecoder, DecodeError, LineDecoder, PageDecoder, ResultColumn, Shape, Type, Value,
};

fn path(text: &str) -> Vec<String> {
    text.split('.')
        .filter(|key| !key.is_empty())
        .map(str::to_owned)
        .collect()
}

/// `via.channel text`, or `channel=via.channel text` where name and path differ.
fn column(text: &str) -> Column {
    let (place, kind) = text.split_once(' ').unwrap();
    let (name, at) = place.split_once('=').unwrap_or((place, place));
    Column {
        name: name.replace('.', "_"),
        kind: Type::parse(kind).unwrap(),
        path: path(at),
        reference: None,
        values: Vec::new(),
        about: None,
        sideload: None,
        pseudo: false,
        custom: false,
        labels: Default::default(),
        search: None,
    }
}

fn shape(items: &str, columns: &[&str]) -> Shape {
    Shape {
        columns: columns.iter().map(|text| column(text)).collect(),
        items: path(items),
        ..Shape::default()
    }
}

fn decode(shape: &Shape, body: &str) -> Result<RecordBatch, DecodeError> {
    PageDecoder::new(shape)?.decode(body.as_bytes(), &[])
}

/// Every row as text: cells joined by `|`, NULL as `~`.
fn rows(batch: &RecordBatch) -> Vec<String> {
    let options = FormatOptions::new().with_null("~");
    let columns: Vec<_> = batch
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column, &options).unwrap())
        .collect();
    (0..batch.num_rows())
        .map(|row| {
            let cells: Vec<_> = columns
                .iter()
                .map(|column| column.value(row).to_string())
                .collect();
            cells.join("|")
        })
        .collect()
}

/// `amount decimal(10,2)`: a column of a job's result. The header may hold blanks.
fn result_columns(columns: &[&str]) -> Vec<ResultColumn> {
    let column = |text: &&str| {
        let (header, kind) = text.rsplit_once(' ').unwrap();
        ResultColumn {
            header: header.to_owned(),
            kind: Type::parse(kind).unwrap(),
        }
    };
    columns.iter().map(column).collect()
}

/// The batches of JSON lines that come in these pieces.
fn decode_lines<'p>(
    columns: &[&str],
    pieces: impl IntoIterator<Item = &'p [u8]>,
    batch_rows: usize,
) -> Result<Vec<RecordBatch>, DecodeError> {
    let mut decoder = LineDecoder::new(&result_columns(columns), batch_rows)?;
    let mut batches = Vec::new();
    for piece in pieces {
        decoder.push(piece)?;
        batches.extend(std::iter::from_fn(|| decoder.next_batch()));
    }
    batches.extend(decoder.finish()?);
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(decoder.rows(), rows as u64);
    assert!(decoder.next_batch().is_none());
    Ok(batches)
}

/// The batches of a CSV file that comes in these pieces, and how many NULs were removed.
fn decode_csv<'p>(
    columns: &[&str],
    null: &str,
    pieces: impl IntoIterator<Item = &'p [u8]>,
    batch_rows: usize,
) -> Result<(Vec<RecordBatch>, u64), DecodeError> {
    let mut decoder = CsvDecoder::new(&result_columns(columns), null, batch_rows)?;
    let mut batches = Vec::new();
    for piece in pieces {
        decoder.push(piece)?;
        batches.extend(std::iter::from_fn(|| decoder.next_batch()));
    }
    batches.extend(decoder.finish()?);
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(decoder.rows(), rows as u64);
    assert!(decoder.next_batch().is_none());
    Ok((batches, decoder.removed()))
}

/// Every row of all batches as text.
fn all_rows(batches: &[RecordBatch]) -> Vec<String> {
    batches.iter().flat_map(rows).collect()
}
