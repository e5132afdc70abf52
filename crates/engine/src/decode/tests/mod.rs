//! The decoder as scans use it: pages in, batches and errors out.

mod broken;
mod naive;
mod pages;
mod values;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::{Column, DecodeError, PageDecoder, Shape, Type, Value};

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
